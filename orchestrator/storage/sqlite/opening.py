"""Opens a database: file, lock, connection and schema, in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from orchestrator.storage.sqlite.files import locate, unusable
from orchestrator.storage.sqlite.lock import FileLock
from orchestrator.storage.sqlite.migrate import Migration, migrate
from orchestrator.storage.sqlite.pragmas import Durability, connect_memory, connect_writer


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A database that is open for writing.

    Attributes:
        name: As the user called it.
        path: The real path, or None in memory.
        connection: The one that writes; its schema is up to date.
        lock: What keeps other servers out, or None in memory.
    """

    name: str
    path: str | None
    connection: apsw.Connection
    lock: FileLock | None

    def close(self) -> None:
        """Close the connection and release the lock."""
        try:
            self.connection.close()
        finally:
            if self.lock is not None:
                self.lock.release()


def open_memory(migrations: Sequence[Migration]) -> OpenFile:
    """Open a new database in memory."""
    connection = connect_memory()
    migrate(connection, migrations, "memory")
    return OpenFile("memory", None, connection, None)


def open_file(name: str, durability: Durability, migrations: Sequence[Migration]) -> OpenFile:
    """Open the database in the file `name`, or create it.

    Raises:
        StorageUnusable: It cannot be used.
    """
    path = locate(name)
    lock = FileLock.acquire(path, name)
    try:
        connection = _connect(str(path), name, durability, migrations)
    except BaseException:
        lock.release()
        raise
    return OpenFile(name, str(path), connection, lock)


def _connect(path: str, name: str, durability: Durability, migrations: Sequence[Migration]) -> apsw.Connection:
    try:
        connection = connect_writer(path, durability)
    except apsw.Error as error:
        raise unusable(name, error) from error
    try:
        migrate(connection, migrations, name)
    except BaseException as error:
        connection.close()
        if isinstance(error, apsw.Error):
            raise unusable(name, error) from error
        raise
    return connection
