"""A look at a database from outside, which changes nothing in it."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from orchestrator.storage.errors import StorageUnusable
from orchestrator.storage.sqlite.files import locate, unusable
from orchestrator.storage.sqlite.lock import FileLock
from orchestrator.storage.sqlite.migrate import load_migrations


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in the file of a database.

    Attributes:
        schema: The version of its schema; 0 if it has none of ours.
        known: The newest version that this program knows.
        damage: What SQLite found wrong; empty if nothing.
    """

    schema: int
    known: int
    damage: str = ""


def sqlite_version() -> str:
    """Return the version of the SQLite library that is used."""
    return apsw.sqlite_lib_version()


def inspect(name: str) -> Inspection:
    """Look at the schema and at the pages of a database that exists; others may use it meanwhile.

    Raises:
        StorageUnusable: It cannot be read.
    """
    path = locate(name)
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(5_000)
            ours = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'").get
            schema = connection.execute("SELECT max(version) FROM schema_migrations").get if ours else 0
            said = connection.execute("PRAGMA quick_check(1)").get
        finally:
            connection.close()
    except apsw.Error as error:
        raise unusable(name, error) from error
    return Inspection(int(schema or 0), len(load_migrations()), "" if said == "ok" else str(said))


def require_unserved(name: str) -> None:
    """Take the lock of a database that exists, and give it back.

    Raises:
        DatabaseInUse: An orchestrator serves it.
        StorageUnusable: The file system cannot lock.
    """
    path = locate(name)
    if not path.exists():
        raise StorageUnusable(name, "does not exist", "name the database with --db")
    FileLock.acquire(path, name).release()
