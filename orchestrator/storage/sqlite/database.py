"""The database on SQLite."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from importlib.resources.abc import Traversable
from typing import Self, TypeVar

import apsw

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.sqlite.migrate import load_migrations
from orchestrator.storage.sqlite.opening import OpenFile, open_file, open_memory
from orchestrator.storage.sqlite.pragmas import Durability
from orchestrator.storage.sqlite.reader import Readers, guarded
from orchestrator.storage.sqlite.writer import Writer
from turboci.errors import OrchestratorUnavailable

T = TypeVar("T")

_LOG = logging.getLogger("turboci.storage")


class SQLiteDatabase:
    """A SQLite file, or memory, with one writer and a few readers.

    Belongs to the event loop that opened it.
    """

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._writer = Writer(file.connection, file.name)
        self._readers = Readers(file.path) if file.path is not None else None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        path: str | os.PathLike[str] | None,
        *,
        durability: Durability = "full",
        migrations: Traversable | None = None,
    ) -> Self:
        """Open or create a database and bring it to the schema of this version.

        Args:
            path: The file; None is a new database in memory.
            durability: ``full`` survives a loss of power; ``relaxed`` may lose the last commits then, but not
                when the process is killed.
            migrations: Where the schema's steps lie; by default ``orchestrator/storage/migrations``.

        Raises:
            StorageUnusable: The file cannot be used; the message is one line with the remedy.
        """
        steps = load_migrations(migrations)
        if path is None:
            return cls(open_memory(steps))
        opening = asyncio.ensure_future(asyncio.to_thread(open_file, os.fspath(path), durability, steps))
        try:
            return cls(await asyncio.shield(opening))
        except asyncio.CancelledError:
            opening.add_done_callback(_discard)
            raise

    async def write(self, operation: Callable[[Session], T], /) -> T:
        """Run an operation in the writer's next transaction; return when it is durable.

        Cancelling the caller does not undo the operation. What it raises is raised here, and nothing of it is kept.

        Raises:
            LimitExceeded: The disk is full.
            InternalError: A statement or the commit failed otherwise.
            OrchestratorUnavailable: The database is closed, or another program locks it.
        """
        self._check_open()
        return await self._writer.submit(operation)

    async def read(self, query: Callable[[Connection], T], /) -> T:
        """Run a query on a snapshot that holds every operation that was answered before.

        Raises:
            InternalError: A statement failed.
            OrchestratorUnavailable: The database is closed, or another program locks it.
        """
        self._check_open()
        if self._readers is None:
            return await self._writer.submit(guarded(query, self._file.connection))
        return await self._readers.run(query)

    def announce(self, address: str) -> None:
        """Tell programs that want the same file where this one serves, as host:port."""
        if self._file.lock is not None:
            self._file.lock.announce(address)

    async def check_integrity(self) -> list[str]:
        """Return what is wrong with the file, one finding a line; nothing if it is sound."""
        return await self.read(_findings)

    async def close(self) -> None:
        """Finish what is queued, fold the log into the file, and release the lock; again does nothing."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._readers is not None:
            await self._readers.stop()
        await self._writer.stop()
        await asyncio.to_thread(_checkpoint_and_close, self._file)

    def _check_open(self) -> None:
        if self._closing is not None:
            raise OrchestratorUnavailable(
                f"database {self._file.name!r}", "is closed", hint="its orchestrator is stopping, or has stopped"
            )


def _discard(opening: asyncio.Future[OpenFile]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _checkpoint_and_close(file: OpenFile) -> None:
    try:
        if file.path is not None:
            file.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    except apsw.Error:
        _LOG.warning("the log of %s was not folded into it; the next start does that", file.name, exc_info=True)
    finally:
        file.close()


def _findings(connection: Connection) -> list[str]:
    findings = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        findings.append(f"row {row} of {table} refers to a row of {parent} that does not exist")
    return findings
