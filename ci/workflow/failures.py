"""Tells people what failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ci.workflow.causes import AnyNode, Causes
from ci.workflow.result import WorkflowResult
from turboci.nodes import Attempt, Check, ProgressEntry, Stage
from turboci.states import Outcome

MAX_NODES: Final = 20
"""Nodes of each outcome that are shown; of more only the number is told."""
MAX_LINES: Final = 20
"""Lines of output, or of progress, that are shown of each node."""
TRACEBACK: Final = "traceback"
"""What the runners of this package keep in the details of an attempt whose handler raised."""
MAX_STEPS: Final = 3
"""Steps of a chain of causes that are shown before the root."""
MAX_ATTEMPTS: Final = 5
"""Attempts that are shown of each stage, the last ones."""


def describe(result: WorkflowResult) -> str:
    """Return what failed and why, those first with which it began, then what was cancelled and what did not run."""
    causes = Causes(result)
    failed = failed_nodes(result, causes)
    lines = [_headline(result, len(failed))]
    lines += _listed(failed, causes)
    for outcome in (Outcome.CANCELLED, Outcome.SKIPPED):
        lines += _listed(_spoken_for(result, outcome, causes), causes)
    return "\n".join(lines)


def failed_nodes(result: WorkflowResult, causes: Causes | None = None) -> list[AnyNode]:
    """Return the FAILED nodes, roots first; a stage that only repeats what its check says is left out."""
    known = causes or Causes(result)
    failed = _spoken_for(result, Outcome.FAILED, known)
    return sorted(failed, key=lambda node: bool(known.chain(node)))


def last_lines(check: Check, count: int = MAX_LINES) -> list[str]:
    """Return the end of what the command of a check wrote; empty if no result has an ``output`` text."""
    output = check.data.get("output")
    return output.rstrip().splitlines()[-count:] if isinstance(output, str) else []


def cause_of(node: AnyNode) -> str:
    """Return why a node ended as it did; may be empty."""
    if isinstance(node, Check):
        failures = [result.failure for result in node.results if result.failure]
        return (failures[-1] if failures else node.cause) or ""
    return node.cause or ""


def _spoken_for(result: WorkflowResult, outcome: Outcome, causes: Causes) -> list[AnyNode]:
    return [node for node in result.nodes(outcome) if causes.speaker(node) is node]


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


def _listed(nodes: Sequence[AnyNode], causes: Causes) -> Iterator[str]:
    for node in nodes[:MAX_NODES]:
        yield from _node(node, causes)
    if len(nodes) > MAX_NODES:
        yield f"  and {len(nodes) - MAX_NODES} more {nodes[0].outcome.value if nodes[0].outcome else ''}".rstrip()


def _node(node: AnyNode, causes: Causes) -> Iterator[str]:
    chain = causes.chain(node)
    yield f"  {_ended(node, with_cause=not chain)}"
    yield from (f"    because {line}" for line in _links(chain))
    if node.outcome is Outcome.FAILED and not chain:
        for worker in causes.workers(node):
            yield from _attempts(worker)
        yield from (f"    | {line}" for line in _signs_of_life(node, causes))
        yield from (f"    | {line}" for line in _traceback(node, causes))


def _links(chain: Sequence[AnyNode]) -> Iterator[str]:
    """Yield the steps of a chain, the root with its cause; of a long one the middle is left out."""
    if not chain:
        return
    *steps, root = chain
    yield from (_ended(each, with_cause=False) for each in steps[:MAX_STEPS])
    if len(steps) > MAX_STEPS:
        yield f"{len(steps) - MAX_STEPS} more ended so"
    yield _ended(root, with_cause=True)


def _ended(node: AnyNode, *, with_cause: bool) -> str:
    cause = cause_of(node) if with_cause else ""
    outcome = node.outcome.value if node.outcome is not None else ""
    return f"{node.ref} {outcome}{f': {cause}' if cause else ''}"


def _attempts(stage: Stage) -> Iterator[str]:
    """Yield what became of each attempt, if there were several."""
    if len(stage.attempts) < 2:
        return
    yield f"    {stage.ref} made {len(stage.attempts)} attempts:"
    earlier = len(stage.attempts) - MAX_ATTEMPTS
    if earlier > 0:
        yield f"      {earlier} before these"
    yield from (f"      {_attempt(attempt)}" for attempt in stage.attempts[-MAX_ATTEMPTS:])


def _attempt(attempt: Attempt) -> str:
    return f"{attempt.idx} {attempt.state.name}{f': {attempt.failure}' if attempt.failure else ''}"


def _signs_of_life(node: AnyNode, causes: Causes) -> list[str]:
    """Return the last lines of output, or of progress where no output was kept."""
    lines = last_lines(node) if isinstance(node, Check) else []
    if lines:
        return lines
    said = [entry for worker in causes.workers(node) for attempt in worker.attempts[-1:] for entry in attempt.progress]
    return list(_progress(said))[-MAX_LINES:]


def _traceback(node: AnyNode, causes: Causes) -> list[str]:
    """Return the end of what a handler raised, which is where in it that was."""
    found: list[str] = []
    for worker in causes.workers(node):
        kept = worker.attempts[-1].details.get(TRACEBACK) if worker.attempts else None
        found += kept.splitlines()[-MAX_LINES:] if isinstance(kept, str) else []
    return found


def _progress(entries: Iterable[ProgressEntry]) -> Iterator[str]:
    """Yield what was said, line by line; a percentage where it has changed."""
    percent: int | None = None
    for entry in entries:
        lines = entry.message.rstrip().splitlines()
        if entry.percent is not None and entry.percent != percent:
            percent = entry.percent
            yield f"{percent} % {lines.pop(0)}" if lines else f"{percent} %"
        yield from lines
