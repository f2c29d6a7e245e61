"""Bringing the answer of an ASYNC attempt home, however long the orchestrator is away."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from ci.port import Orchestrator
from ci.runner.answers import answer_refused
from turboci.errors import CIError, ExecutionNotFound, LimitExceeded, OrchestratorUnavailable, StaleAttempt
from turboci.executions import Answer, Execution

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 5.0

_log = logging.getLogger(__name__)


async def complete(execution: Execution, answer: Answer, port: Orchestrator) -> None:
    """Deliver the answer, or find out that nobody wants it any more.

    While the orchestrator is away, or its disk is full, this waits and tries again, until the caller gives up. An
    answer that is refused for its content is replaced by a red one that says so, because the attempt would stay open
    otherwise.
    """
    try:
        await _deliver(execution, answer, port)
    except (StaleAttempt, ExecutionNotFound) as error:
        _log.warning("the answer of stage %r is dropped: %s", execution.stage_id, error)
    except CIError as error:
        _log.error("the answer of stage %r was refused: %s", execution.stage_id, error)
        await _complete_red(execution, error, port)


async def _complete_red(execution: Execution, reason: CIError, port: Orchestrator) -> None:
    try:
        await _deliver(execution, answer_refused(reason), port)
    except CIError as error:
        _log.error("stage %r stays without an answer: %s", execution.stage_id, error)


async def _deliver(execution: Execution, answer: Answer, port: Orchestrator) -> None:
    wait = FIRST_WAIT
    while True:
        try:
            await port.complete_execution(execution.execution_id, answer)
        except (OrchestratorUnavailable, LimitExceeded) as error:
            if isinstance(error, LimitExceeded) and error.field:
                raise  # it is the answer that is too large, not the disk that is full
            _log.warning("the answer of stage %r waits for the orchestrator: %s", execution.stage_id, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        else:
            return
