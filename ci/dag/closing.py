"""Ends the block of an execution."""

from __future__ import annotations

from typing import Any

from ci.dag.cancelling import cancel_for
from ci.dag.ledger import DAGLedger
from ci.workflow import RunningPlan


async def finish(plan: RunningPlan[Any, Any], ledger: DAGLedger) -> None:
    """Write everything that is open and wait for completion, unless that has been seen already.

    Raises:
        WorkflowFailed: A node FAILED or was CANCELLED.
        DAGValidationError: An open node is wrong.
    """
    try:
        await ledger.commit(everything=True)
        if not plan.complete:
            await plan.wait_for_completion()
    except BaseException as error:
        await abandon(plan, error)
        raise


async def abandon(plan: RunningPlan[Any, Any], error: BaseException) -> None:
    """Cancel a plan that is not complete; see `cancel_for`."""
    if not plan.complete:
        await cancel_for(error, plan.orchestrator, plan.work_plan_id)
