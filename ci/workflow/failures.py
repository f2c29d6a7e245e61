"""Tells people what failed."""

from __future__ import annotations

from collections.abc import Iterator

from ci.workflow.result import WorkflowResult
from turboci.nodes import Check, Stage
from turboci.states import Outcome

MAX_NODES = 20
"""Nodes that are shown in full; of more only the number is told."""
MAX_LINES = 20
"""Lines of output that are shown of each check."""


def describe(result: WorkflowResult) -> str:
    """Return what failed and why, then how many nodes ended otherwise."""
    failed = list(_failed(result))
    lines = [_headline(result, len(failed))]
    for node in failed[:MAX_NODES]:
        lines += _node(node)
    if len(failed) > MAX_NODES:
        lines.append(f"  and {len(failed) - MAX_NODES} more")
    return "\n".join(lines)


def last_lines(check: Check, count: int = MAX_LINES) -> list[str]:
    """Return the end of what the command of a check wrote; empty if no result has an ``output`` text."""
    output = check.data.get("output")
    return output.rstrip().splitlines()[-count:] if isinstance(output, str) else []


def cause_of(node: Check | Stage) -> str:
    """Return why a node ended as it did; may be empty."""
    if isinstance(node, Check):
        failures = [result.failure for result in node.results if result.failure]
        return (failures[-1] if failures else node.cause) or ""
    return node.cause or ""


def _failed(result: WorkflowResult) -> Iterator[Check | Stage]:
    """Yield the FAILED nodes; a stage that only repeats what its check says is left out."""
    for node in result.nodes(Outcome.FAILED):
        if isinstance(node, Stage) and any(
            assignment.target_check_id in result.checks
            and result.checks[assignment.target_check_id].outcome is Outcome.FAILED
            for assignment in node.assignments
        ):
            continue
        yield node


def _headline(result: WorkflowResult, failed: int) -> str:
    name = f"workflow {result.name!r}" if result.name else f"work plan {result.work_plan_id!r}"
    counts = [f"{failed} FAILED"] if failed else []
    for outcome in (Outcome.CANCELLED, Outcome.SKIPPED):
        count = sum(1 for _ in result.nodes(outcome))
        if count:
            counts.append(f"{count} {outcome.value}")
    verb = "failed" if failed else "was cancelled"
    total = len(result.checks) + len(result.stages)
    return f"{name} {verb}: of {total} nodes {', '.join(counts)}"


def _node(node: Check | Stage) -> Iterator[str]:
    cause = cause_of(node)
    yield f"  {node.ref} FAILED{f': {cause}' if cause else ''}"
    if isinstance(node, Check):
        yield from (f"    | {line}" for line in last_lines(node))
