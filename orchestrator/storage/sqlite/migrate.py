"""Brings a database to the schema of this version."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import apsw

from orchestrator.storage.errors import MigrationFailed, SchemaNewer, StorageUnusable

_LOG = logging.getLogger("turboci.storage")

_FILE: Final = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.sql")

_CREATE_RECORD: Final = (
    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_us INTEGER NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    sql: str


def load_migrations(directory: Traversable | None = None) -> tuple[Migration, ...]:
    """Read the migrations, oldest first.

    Args:
        directory: Where the ``0001_name.sql`` files lie; by default ``orchestrator/storage/migrations``.

    Raises:
        ValueError: A file is misnamed, or the numbers are not 1, 2, 3 and so on.
    """
    folder = directory if directory is not None else files("orchestrator.storage").joinpath("migrations")
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    migrations = []
    for expected, entry in enumerate(found, start=1):
        match = _FILE.fullmatch(entry.name)
        if match is None:
            raise ValueError(f"migration {entry.name!r} is misnamed; name it like 0001_initial.sql")
        if int(match["version"]) != expected:
            raise ValueError(f"migration {entry.name!r} stands where {expected:04d} is expected; number without gaps")
        migrations.append(Migration(expected, match["name"], entry.read_text(encoding="utf-8")))
    return tuple(migrations)


def migrate(connection: apsw.Connection, migrations: Sequence[Migration], path: str) -> None:
    """Apply what the database lacks, each step wholly or not at all.

    Raises:
        SchemaNewer: The database has steps that this version does not know.
        MigrationFailed: A step failed; the steps before it are kept.
        StorageUnusable: The file is another program's database.
    """
    present = _schema_version(connection, path)
    if present > len(migrations):
        raise SchemaNewer(
            path,
            f"was written by a newer version (schema {present}; this version knows up to {len(migrations)})",
            "upgrade turboci-lite or choose another file with --db",
        )
    # As SQLite advises: a step that rebuilds a table would otherwise delete the rows that refer to it.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        for migration in migrations[present:]:
            _apply(connection, migration, path)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _schema_version(connection: apsw.Connection, path: str) -> int:
    if connection.table_exists(None, "schema_migrations"):
        version = connection.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").get
        return int(version)
    if connection.execute("SELECT count(*) FROM sqlite_schema").get:
        raise StorageUnusable(path, "is another program's database", "choose another file with --db")
    return 0


def _apply(connection: apsw.Connection, migration: Migration, path: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if migration.version == 1:
            connection.execute(_CREATE_RECORD)
        connection.execute(migration.sql).fetchall()
        if not connection.in_transaction:
            raise apsw.SQLError("the migration ends its transaction itself")
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise apsw.ConstraintError(f"{len(broken)} rows refer to rows that do not exist, first in {broken[0][0]}")
        connection.execute(
            "INSERT INTO schema_migrations (version, name, applied_us) VALUES (?, ?, ?)",
            (migration.version, migration.name, time.time_ns() // 1_000),
        )
        connection.execute(f"PRAGMA user_version = {migration.version}")
        connection.execute("COMMIT")
    except apsw.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise MigrationFailed(
            path,
            f"cannot be brought to schema {migration.version} ({migration.name}): {error}",
            f"it stays at schema {migration.version - 1}; report this, or choose another file with --db",
        ) from error
    _LOG.info("%s is now at schema %d (%s)", path, migration.version, migration.name)
