"""The last line of every call: whatever leaves a handler leaves it as a status with a reason."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Final, NoReturn, TypeAlias, TypeVar

import grpc
from grpc import aio

from turboci.errors import InternalError, ServiceError
from turboci.ids import new_id
from turboci.wire.errors import DETAILS_KEY, status_of

T = TypeVar("T")

Context: TypeAlias = aio.ServicerContext[bytes, bytes]

LOG: Final = logging.getLogger("turboci.server")


async def guarded(method: str, context: Context, work: Awaitable[T]) -> T:
    """Return what `work` returns; end the call with a status if it raises.

    Args:
        method: The name of the RPC, for the log.
        context: The call.
        work: The handler at work.
    """
    try:
        return await work
    except ServiceError as error:
        level = logging.ERROR if isinstance(error, InternalError) else logging.DEBUG
        LOG.log(level, "%s from %s: %s", method, context.peer(), error)
        failure = error
    except aio.AbortError:
        raise
    except asyncio.CancelledError as error:
        if _is_cancelled():
            raise
        failure = _unforeseen(method, context, error)
    except Exception as error:
        failure = _unforeseen(method, context, error)
    return await abort(context, failure)


async def abort(context: Context, error: ServiceError) -> NoReturn:
    """End the call with the status, the sentence and the details of `error`."""
    status, message, details = status_of(error)
    await context.abort(grpc.StatusCode[status], message, ((DETAILS_KEY, details),))


def _is_cancelled() -> bool:
    """Return whether somebody cancelled this task; otherwise a CancelledError strayed in from something it awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _unforeseen(method: str, context: Context, error: BaseException) -> InternalError:
    error_id = new_id()
    LOG.error("error %s in %s from %s", error_id, method, context.peer(), exc_info=error)
    return InternalError(
        f"error {error_id}", f"stopped {method}", hint="the log of the orchestrator has the details under this id"
    )
