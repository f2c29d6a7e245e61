"""Queries beside the writer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import apsw

from orchestrator.storage.interface import Connection
from orchestrator.storage.sqlite.failures import query_failure
from orchestrator.storage.sqlite.operation import presentable
from orchestrator.storage.sqlite.pragmas import connect_reader
from orchestrator.storage.sqlite.session import Snapshot

T = TypeVar("T")

_THREADS: Final = 3


class Readers:
    """A few threads that run queries, each on a connection and in a transaction of its own.

    Threads and connections are made when they are first needed.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="turboci-reader")
        self._idle: deque[apsw.Connection] = deque()

    async def run(self, query: Callable[[Connection], T]) -> T:
        """Run a query on one snapshot of the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._query, query)

    async def stop(self) -> None:
        """Finish what is queued, then close all connections."""
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            self._idle.pop().close()

    def _query(self, query: Callable[[Connection], T]) -> T:
        try:
            return self._on_snapshot(query)
        except StopIteration as error:
            raise presentable(error) from error
        except apsw.Error as error:
            raise query_failure(self._path, error) from error

    def _on_snapshot(self, query: Callable[[Connection], T]) -> T:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = connect_reader(self._path)
        try:
            connection.execute("BEGIN")
            try:
                return query(Snapshot(connection))
            finally:
                connection.execute("ROLLBACK")
        finally:
            self._idle.append(connection)


def guarded(query: Callable[[Connection], T], connection: apsw.Connection) -> Callable[[Connection], T]:
    """Return `query` as an operation for a database in memory, where the writer's connection is the only one.

    A pragma that forbids writes would make SQLite compile every statement anew, so the changes are counted.
    """

    def operation(session: Connection) -> T:
        before = connection.total_changes()
        result = query(session)
        if connection.total_changes() != before:
            raise apsw.ReadOnlyError("attempt to write a readonly database")
        return result

    return operation
