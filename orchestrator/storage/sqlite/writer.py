"""The one thread that writes."""

from __future__ import annotations

import asyncio
import logging
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
            except BaseException as error:
                _LOG.exception("the writer failed; it goes on with the next transaction")
                self._abandon(group, error)
            self._hand_back(group)

    def _run_group(self, group: list[Operation[Any]]) -> None:
        """Run the one operation in `group`, add what arrives meanwhile, and commit."""
        queue, run = self._queue, self._transaction.run
        until = time.monotonic() + _GROUP_SECONDS
        while True:
            if not run(group[-1]):
                break
            if len(group) >= _GROUP_OPERATIONS or queue.empty() or time.monotonic() >= until:
                break
            operation = queue.get_nowait()
            if operation is None:
                self._working = False
                break
            group.append(operation)
        self._transaction.commit()

    def _abandon(self, group: Sequence[Operation[Any]], error: BaseException) -> None:
        self._transaction.lose(error)
        for operation in group:
            if not operation.failed:
                operation.fail(error)

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
