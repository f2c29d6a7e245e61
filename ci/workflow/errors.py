"""Errors of those who wait for a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ci.workflow.failures import describe, failed_nodes
from ci.workflow.result import WorkflowResult
from turboci.errors import CIError
from turboci.reasons import Reason

MAX_REASONS = 20


class WorkflowFailed(CIError):
    """A plan is complete, and a node FAILED or was CANCELLED.

    Attributes:
        result: All nodes.
        failed: Those that FAILED, first those with which it began; a stage that ended its check so is left out.

    Example:
        try:
            await execution.wait_for_completion()
        except ci.WorkflowFailed as error:
            print(error)                                      # what failed and why, down to the last lines of output
            red = [node.id for node in error.failed]
    """

    def __init__(self, result: WorkflowResult) -> None:
        super().__init__(describe(result))
        self.result: Final = result
        self.failed: Final = tuple(failed_nodes(result))

    def __reduce__(self) -> tuple[Any, ...]:
        return WorkflowFailed, (self.result,)


class WorkflowStalled(CIError):
    r"""A plan is not complete, and nothing that is under way can complete it.

    Attributes:
        work_plan_id: The plan.
        reasons: What each open node waits for; of a large plan, the first 500 and those that they wait for.

    Example:
        try:
            await execution.wait_for_completion()
        except ci.WorkflowStalled as error:
            print(*error.reasons, sep="\n")
    """

    def __init__(self, work_plan_id: str, reasons: Sequence[Reason]) -> None:
        self.work_plan_id: Final = work_plan_id
        self.reasons: Final = tuple(reasons)
        super().__init__(
            f"work plan {work_plan_id!r} stands still: nothing that is under way can complete it{listed(self.reasons)}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return WorkflowStalled, (self.work_plan_id, self.reasons)


def listed(reasons: Sequence[Reason]) -> str:
    """Return the reasons as indented lines after a colon; nothing if there are none."""
    if not reasons:
        return ""
    lines = [f"\n  {reason}" for reason in reasons[:MAX_REASONS]]
    if len(reasons) > MAX_REASONS:
        lines.append(f"\n  and {len(reasons) - MAX_REASONS} more")
    return ":" + "".join(lines)
