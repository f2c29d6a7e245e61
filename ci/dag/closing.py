"""Ends the block of an execution."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from ci.dag.ledger import Ledger
from ci.port import Orchestrator
from ci.workflow import RunningPlan
from turboci.errors import CIError

logger = logging.getLogger("ci")

CANCEL_GRACE: Final = 10.0
"""Seconds that cancelling a plan may hold up the exception that caused it."""


async def finish(plan: RunningPlan[Any, Any], ledger: Ledger) -> None:
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


async def cancel_for(error: BaseException, orchestrator: Orchestrator, work_plan_id: str) -> None:
    """Cancel a plan because of `error`, even if this task is being cancelled.

    Errors of the cancellation are logged only: `error` is under way and says more.
    """
    reason = f"its block was left by {type(error).__name__}"
    call = orchestrator.cancel_work_plan(work_plan_id, reason)
    cancelling = asyncio.ensure_future(call)
    await asyncio.wait((cancelling,), timeout=CANCEL_GRACE)
    if not cancelling.done():
        logger.warning("work plan %r is still being cancelled", work_plan_id)
        return
    failure = cancelling.exception()
    if isinstance(failure, CIError):
        logger.warning("work plan %r could not be cancelled: %s", work_plan_id, failure)
    elif failure is not None:
        raise failure
