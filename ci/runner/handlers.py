"""Calling a handler, be it a coroutine function or a plain one."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Awaitable, Callable, Mapping
from types import CodeType
from typing import TypeAlias

from ci.runner.context import StageContext
from turboci.errors import InvalidArgument

HandlerResult: TypeAlias = Mapping[str, object] | None
Handler: TypeAlias = Callable[[StageContext], HandlerResult | Awaitable[HandlerResult]]


def require_handler(handler: object) -> None:
    """Refuse what cannot be called with one argument.

    Raises:
        InvalidArgument: It cannot; the text says why.
    """
    hint = "a handler is a function that takes one argument, the StageContext"
    if not callable(handler):
        subject = f"handler {handler!r} ({type(handler).__name__})"
        raise InvalidArgument(subject, "cannot be called", hint=hint, field="handler")
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):
        return  # Some that are written in C do not tell.
    try:
        signature.bind(None)
    except TypeError as error:
        subject = f"handler {getattr(handler, '__name__', repr(handler))}{signature}"
        problem = f"cannot be called with one argument ({error})"
        raise InvalidArgument(subject, problem, hint=hint, field="handler") from None


async def call_handler(
    handler: Handler, context: StageContext, on_thread: Callable[[threading.Thread, asyncio.Event], None]
) -> object:
    """Return what the handler returns, or raise what it raises.

    A plain function runs in a thread of its own. When this coroutine is cancelled the thread goes on until the function
    returns - it is asked to by `context.cancelled` - and its result is dropped.

    Args:
        handler: The user's function.
        context: Its argument.
        on_thread: Called with such a thread before it starts, and with what is set when its function has returned.
    """
    returned: object
    if _is_coroutine_function(handler):
        returned = handler(context)
    else:
        returned = await _in_thread(handler, context, on_thread)
    if inspect.isawaitable(returned):
        returned = await returned
    return returned


def _is_coroutine_function(handler: Handler) -> bool:
    code = getattr(handler, "__code__", None)
    if isinstance(code, CodeType) and code.co_flags & inspect.CO_COROUTINE:
        return True  # Nearly always; what follows costs ten times as much.
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004


async def _in_thread(
    handler: Handler, context: StageContext, on_thread: Callable[[threading.Thread, asyncio.Event], None]
) -> object:
    loop = asyncio.get_running_loop()
    returned_at_last = asyncio.Event()
    outcome: asyncio.Future[object] = loop.create_future()
    variables = contextvars.copy_context()

    def settle(returned: object, error: BaseException | None) -> None:
        returned_at_last.set()
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(returned)

    def work() -> None:
        returned: object = None
        raised: BaseException | None = None
        try:
            returned = variables.run(handler, context)
        except BaseException as error:
            raised = _for_future(error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, returned, raised)

    # Daemon, and no pool: a function that ignores its cancellation must neither hold up the next one nor the exit.
    thread = threading.Thread(target=work, name=f"stage {context.stage_id}", daemon=True)
    on_thread(thread, returned_at_last)
    thread.start()
    return await outcome


def _for_future(error: BaseException) -> BaseException:
    if isinstance(error, StopIteration):
        # A future refuses it, because it would end the coroutine that awaits.
        wrapped = RuntimeError(f"StopIteration: {error}")
        wrapped.__cause__ = error
        return wrapped
    return error
