"""The one thread that writes."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

import apsw

from orchestrator.storage.interface import Session
from orchestrator.storage.sqlite.operation import Operation
from orchestrator.storage.sqlite.transaction import Transaction

T = TypeVar("T")

_LOG = logging.getLogger("turboci.storage")

_GROUP_OPERATIONS: Final = 512
_GROUP_SECONDS: Final = 0.005
"""How long operations that keep arriving may put off the commit."""

_SWITCH_SECONDS: Final = 0.0001
"""How long a busy event loop may hold up each statement.

Every statement releases the interpreter's lock; with Python's 5 ms, beside a loop that computes, an operation of 20
statements takes 100 ms. The setting is one for the process; it is only ever lowered.
"""


class Writer:
    """Runs operations in the order they came and commits them in groups.

    Belongs to the event loop that made it: `submit` and `stop` are called there and nowhere else.
    """

    def __init__(self, connection: apsw.Connection, database: str) -> None:
        self._connection = connection
        self._transaction = Transaction(connection, database)
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Operation[Any] | None] = SimpleQueue()
        self._working = True
        if sys.getswitchinterval() > _SWITCH_SECONDS:
            sys.setswitchinterval(_SWITCH_SECONDS)
        # A daemon: a program that ends without close() loses nothing that was answered.
        self._thread = Thread(target=self._work, name="turboci-writer", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[[Session], T]) -> asyncio.Future[T]:
        """Queue an operation; the future is resolved once it is durable."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(Operation(function, self._connection, future))
        return future

    async def stop(self) -> None:
        """Finish what is queued and end the thread; nothing may be submitted any more."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while self._working:
            operation = self._queue.get()
            if operation is None:
                return
            group = [operation]
            try:
                self._run_group(group)
            except BaseException as error:  # the thread must outlive whatever it is
                self._abandon(group, error)
            self._hand_back(group)

    def _run_group(self, group: list[Operation[Any]]) -> None:
        """Run the one operation in `group`, add what arrives meanwhile, and commit."""
        run = self._transaction.run
        until = time.monotonic() + _GROUP_SECONDS
        run(group[0])
        while len(group) < _GROUP_OPERATIONS and time.monotonic() < until:
            operation = self._take()
            if operation is None:
                break
            group.append(operation)
            run(operation)
        self._transaction.commit()

    def _take(self) -> Operation[Any] | None:
        """Return an operation that is queued; None if there is none now, or never will be."""
        if self._queue.empty():
            return None
        operation = self._queue.get_nowait()
        if operation is None:
            self._working = False
        return operation

    def _abandon(self, group: list[Operation[Any]], error: BaseException) -> None:
        """Fail the group and all that is queued: each would wait as long for the same lock, one after the other."""
        while (operation := self._take()) is not None:
            group.append(operation)
        self._transaction.lose(error, [operation for operation in group if not operation.failed])

    def _hand_back(self, group: Sequence[Operation[Any]]) -> None:
        try:
            self._loop.call_soon_threadsafe(_deliver, group)
        except RuntimeError:
            _LOG.warning("the event loop closed before %d operations were answered", len(group))


def _deliver(group: Sequence[Operation[Any]]) -> None:
    for operation in group:
        operation.announce()
    for operation in group:
        operation.answer()
