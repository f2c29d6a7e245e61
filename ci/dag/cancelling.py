"""Cancels a plan because of an error that is under way."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from ci.port import Orchestrator
from turboci.errors import CIError

logger: Final = logging.getLogger("ci")

CANCEL_GRACE: Final = 10.0
"""Seconds that cancelling a plan may hold up the exception that caused it."""


async def cancel_for(error: BaseException, orchestrator: Orchestrator, work_plan_id: str, reason: str = "") -> None:
    """Cancel a plan because of `error`, even if this task is being cancelled.

    Errors of the cancellation are logged only: `error` is under way and says more.
    """
    call = orchestrator.cancel_work_plan(work_plan_id, reason or f"its block was left by {type(error).__name__}")
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
