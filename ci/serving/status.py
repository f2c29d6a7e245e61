"""How the calls to a runner end when it raises."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Final, NoReturn, TypeAlias, TypeVar

import grpc
from grpc import aio

from turboci.errors import AttemptStopped, InternalError, ServiceError
from turboci.ids import new_id
from turboci.wire.errors import DETAILS_KEY, status_of

T = TypeVar("T")

Context: TypeAlias = aio.ServicerContext[bytes, bytes]

_log: Final = logging.getLogger(__name__)


async def guarded(context: Context, work: Awaitable[T]) -> T:
    """Return what `work` returns; end the call with a status if it raises."""
    try:
        return await work
    except ServiceError as error:
        failure = error
    except AttemptStopped as error:
        # It has no answer, and that is no defect.
        await context.abort(grpc.StatusCode.CANCELLED, str(error))
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        failure = _unforeseen(error)
    except Exception as error:
        failure = _unforeseen(error)
    return await _abort(context, failure)


def _unforeseen(error: BaseException) -> InternalError:
    error_id = new_id()
    _log.error("error %s in a runner", error_id, exc_info=error)
    return InternalError(f"error {error_id}", "stopped the runner", hint="the log of the runner has the details")


async def _abort(context: Context, error: ServiceError) -> NoReturn:
    status, message, details = status_of(error)
    await context.abort(grpc.StatusCode[status], message, ((DETAILS_KEY, details),))
