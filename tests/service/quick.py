"""The rig without threads and files, for tests that start thousands of servers.

The database is a real SQLite one, in memory; what it does, it does at once. Threads, files and groups of operations
that share a commit are what `tests/storage` and `tests/e2e` are about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, TypeVar

import apsw
import pytest

from orchestrator.service import cancellation, cascading, holding, unit_of_work
from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.sqlite.database import _findings
from orchestrator.storage.sqlite.migrate import load_migrations, migrate
from orchestrator.storage.sqlite.operation import Operation
from orchestrator.storage.sqlite.pragmas import connect_memory
from orchestrator.storage.sqlite.reader import guarded
from orchestrator.storage.sqlite.session import Snapshot
from orchestrator.storage.sqlite.transaction import Transaction
from tests.service.rig import Rig, one_turn
from turboci import ids

T = TypeVar("T")


class QuickDatabase:
    """Implements `orchestrator.storage.interface.Database` on the event loop's own thread.

    Args:
        content: What it holds, as `content` returns it; a new one by default.
    """

    def __init__(self, content: bytes | None = None) -> None:
        self._connection = connect_memory()
        self._connection.deserialize("main", _migrated() if content is None else content)
        self._transaction = Transaction(self._connection, "memory")

    async def write(self, operation: Callable[[Session], T], /) -> T:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        queued = Operation(operation, self._connection, answer)
        self._transaction.run(queued)
        self._transaction.commit()
        queued.announce()
        queued.answer()
        return await answer

    async def read(self, query: Callable[[Connection], T], /) -> T:
        return self.look(query)

    def look(self, query: Callable[[Connection], T]) -> T:
        """Return what a query reads."""
        return guarded(query, self._connection)(Snapshot(self._connection))

    def content(self) -> bytes:
        """Return all that is committed."""
        return self._connection.serialize("main")

    def close(self) -> None:
        self._connection.close()


@cache
def _migrated() -> bytes:
    """Return a database without rows."""
    connection: apsw.Connection = connect_memory()
    migrate(connection, load_migrations(), "memory")
    return connection.serialize("main")


class QuickRig(Rig):
    """One server at a time, on an event loop of its own: the rules of state machines are no coroutines.

    Nothing about it is random: whoever does the same again sees the same ids, and so the same order of whatever is
    sorted by them. Hypothesis repeats examples, and takes one that goes another way for a mistake.
    """

    def __init__(self, **settings: Any) -> None:
        self._begin()
        self._entropy = pytest.MonkeyPatch()
        self._entropy.setattr(ids, "entropy", Random(0).randbytes)
        self._loop = asyncio.new_event_loop()
        self._quick = QuickDatabase()
        self.run(self.start(**settings))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns."""
        return self._loop.run_until_complete(work)

    async def start(self, **settings: Any) -> None:
        self._config = replace(self._config, **settings)
        await self._serve(self._quick)

    async def stop(self) -> None:
        await self.server.stop()

    async def crash(self, **settings: Any) -> None:
        content = self._quick.content()
        await self.stop()
        self._quick.close()
        self.runners.take_all()
        self._quick = QuickDatabase(content)
        await self.start(**settings)

    def end(self) -> None:
        """Stop the server, and close everything."""
        try:
            self.run(self.stop())
        finally:
            self._quick.close()
            self._loop.close()
            self._entropy.undo()

    async def settle(self) -> None:
        # Whatever follows is in the loop's own queue: there are neither threads nor sockets nor timers.
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
        await one_turn()
        while ready:
            await one_turn()

    def look(self, query: Callable[[Connection], T]) -> T:
        """Return what a query reads."""
        return self._quick.look(query)

    def content(self) -> bytes:
        """Return the whole database."""
        return self._quick.content()

    async def read(self, query: Callable[[Connection], T]) -> T:
        return self.look(query)

    async def change(self, sql: str, *parameters: int | str) -> None:
        await self._quick.write(lambda session: session.change(sql, parameters))

    async def findings(self) -> list[str]:
        return self.look(_findings)


def cut_cascades(patch: pytest.MonkeyPatch) -> None:
    """Let a unit of work do next to nothing, so that whatever follows takes many of them."""
    for module in (cancellation, cascading, unit_of_work):
        patch.setattr(module, "LARGEST_WHOLE", 2)
    for module in (cascading, unit_of_work):
        patch.setattr(module, "STEP", 2)
    patch.setattr(holding, "_STAGES", 1)
