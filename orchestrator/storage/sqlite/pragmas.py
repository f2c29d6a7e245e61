"""How connections are opened and set up."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import apsw

Durability: TypeAlias = Literal["full", "relaxed"]

_STATEMENTS: Final = 128
"""Prepared statements kept by a connection: more than the program has that are run time and again.

Not many more: apsw looks for a statement by going through all that are kept.
"""

_BUSY_MS: Final = 5_000
"""How long to wait for a program that looks into the file, such as the sqlite3 shell."""

# Memory maps stay off: an I/O error of a mapped page kills the process instead of failing the statement.
_COMMON: Final = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA mmap_size = 0",
)
_WRITER: Final = (
    "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 1000",
    "PRAGMA journal_size_limit = 67108864",
)
_READER: Final = ("PRAGMA cache_size = -16384", "PRAGMA query_only = ON")
_SYNCHRONOUS: Final[dict[Durability, str]] = {
    "full": "PRAGMA synchronous = FULL",
    "relaxed": "PRAGMA synchronous = NORMAL",
}


def connect_writer(path: str, durability: Durability) -> apsw.Connection:
    """Open the connection that writes; creates the file when it is missing.

    Raises:
        apsw.Error: The file cannot be opened, is no database, or its file system cannot hold a write-ahead log.
    """
    connection = _connect(path)
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").get
        if mode != "wal":
            raise apsw.CantOpenError(f"its file system does not allow a write-ahead log (journal mode {mode})")
        _set_up(connection, (*_COMMON, *_WRITER, _SYNCHRONOUS[durability]))
    except BaseException:
        connection.close()
        raise
    return connection


def connect_memory() -> apsw.Connection:
    """Open a database that lives in memory, for as long as its one connection."""
    connection = _connect(":memory:")
    _set_up(connection, _COMMON)
    return connection


def connect_reader(path: str) -> apsw.Connection:
    """Open a connection that can only read.

    Raises:
        apsw.Error: The file cannot be opened.
    """
    connection = _connect(path)
    try:
        _set_up(connection, (*_COMMON, *_READER))
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: str) -> apsw.Connection:
    connection = apsw.Connection(path, statementcachesize=_STATEMENTS)
    connection.set_busy_timeout(_BUSY_MS)
    # Otherwise SQLite, as apsw builds it (STAT4), prepares a statement anew whenever a bound value changes: a join of
    # two tables took 38 us instead of 7.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    return connection


def _set_up(connection: apsw.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        connection.execute(pragma).fetchall()
