"""Tasks that begin at once instead of in the next turn of the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")


def begin(coroutine: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop, name: str) -> asyncio.Task[T]:
    """Return a task of `loop`, which runs, that has come to where it first waits, or to its end.

    What is brief is done when this returns, and whoever called has its effects without waiting for the loop. To the
    coroutine all is as in any task: it has its own context, and it is its own current task.
    """
    if sys.version_info >= (3, 12):
        return asyncio.Task(coroutine, loop=loop, name=name, eager_start=True)
    begun = _Begun(coroutine)
    context = contextvars.copy_context()
    task: asyncio.Task[T] = asyncio.Task(begun, loop=loop, name=name, context=context)
    outer = asyncio.current_task(loop)
    if outer is not None:
        asyncio.tasks._leave_task(loop, outer)  # noqa: SLF001 - what asyncio offers to those who extend it
    asyncio.tasks._enter_task(loop, task)  # noqa: SLF001
    try:
        context.run(begun.begin)
    finally:
        asyncio.tasks._leave_task(loop, task)  # noqa: SLF001
        if outer is not None:
            asyncio.tasks._enter_task(loop, outer)  # noqa: SLF001
    return task


class _Begun(Coroutine[Any, Any, T]):
    """A coroutine whose first step is taken before its task asks for it; the task is told what came of it."""

    __slots__ = ("_coroutine", "_ended", "_told", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine: Final = coroutine
        self._waits_for: Any = None
        self._ended: BaseException | None = None
        self._told = False

    def begin(self) -> None:
        """Take the first step."""
        try:
            self._waits_for = self._coroutine.send(None)
        except BaseException as ended:
            self._ended = ended

    def send(self, value: Any, /) -> Any:
        """Go on; the first time, only say what the first step has led to."""
        if self._told:
            return self._coroutine.send(value)
        self._tell_end()
        if self._waits_for is None:
            return self._coroutine.send(None)  # It wanted to wait for the next turn, which is this one.
        waits_for, self._waits_for = self._waits_for, None
        return waits_for

    def throw(self, *raised: Any) -> Any:
        """Go on with an error; what has ended stays as it ended."""
        if not self._told:
            self._tell_end()
            if self._waits_for is not None:
                # As the task would do, had it been told already.
                self._waits_for.cancel()
                self._waits_for = None
        return self._coroutine.throw(*raised)

    def close(self) -> None:
        """End it."""
        self._coroutine.close()

    def __await__(self) -> Any:
        return self._coroutine.__await__()

    def _tell_end(self) -> None:
        self._told = True
        if self._ended is not None:
            ended, self._ended = self._ended, None
            raise ended
