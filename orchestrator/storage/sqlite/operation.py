"""One operation on its way through the writer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

import apsw

from orchestrator.storage.interface import Session
from orchestrator.storage.sqlite.session import WriteSession

T = TypeVar("T")

_LOG = logging.getLogger("turboci.storage")


class Operation(Generic[T]):
    """A function, the session it runs in, and the future its caller waits on.

    The writer's thread owns it until it is handed back to the event loop.
    """

    __slots__ = ("_error", "_function", "_future", "_session", "_value")

    def __init__(
        self, function: Callable[[Session], T], connection: apsw.Connection, future: asyncio.Future[T]
    ) -> None:
        self._function = function
        self._session = WriteSession(connection)
        self._future = future
        self._value: T
        self._error: BaseException | None = None

    @property
    def failed(self) -> bool:
        """Whether the operation has an error to answer."""
        return self._error is not None

    def run(self) -> None:
        """Run the function and keep what it returns; what it raises is raised."""
        self._value = self._function(self._session)

    def fail(self, error: BaseException) -> None:
        """Undo what the operation did outside the database, and answer `error`."""
        self._error = presentable(error)
        callbacks = self._session.rolled_back
        while callbacks:
            _call(callbacks.pop(), "on_rollback")

    def announce(self) -> None:
        """Call the callbacks of a durable operation."""
        if self._error is None:
            for callback in self._session.committed:
                _call(callback, "after_commit")
        # Callbacks know who asked for them, and that one the session: a circle, with all that the operation has read.
        self._session.committed.clear()
        self._session.rolled_back.clear()

    def answer(self) -> None:
        """Resolve the future, unless its caller has gone."""
        if not self._future.done():
            if self._error is None:
                self._future.set_result(self._value)
            else:
                self._future.set_exception(self._error)
        elif self._error is not None:
            _LOG.warning("an operation whose caller was cancelled failed", exc_info=self._error)


def presentable(error: BaseException) -> BaseException:
    """Return `error`, wrapped if a future cannot carry it."""
    if not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError("the function raised StopIteration")
    wrapped.__cause__ = error
    return wrapped


def _call(callback: Callable[[], None], kind: str) -> None:
    try:
        callback()
    except Exception:
        _LOG.exception("an %s callback failed; the operation is not affected", kind)
