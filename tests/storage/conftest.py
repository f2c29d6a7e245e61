"""Databases of the tests, closed at their end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.sqlite import Durability, SQLiteDatabase

NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;\n"


class Open(Protocol):
    """Opens a database that the test need not close."""

    def __call__(self, where: Path | None = ..., *, durability: Durability = ...) -> Awaitable[SQLiteDatabase]: ...


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """A folder of migrations with one table, `notes`."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_notes.sql").write_text(NOTES)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the test's database lies."""
    return tmp_path / "turboci.db"


@pytest.fixture
async def open_database(schema: Path, path: Path) -> AsyncIterator[Open]:
    opened: list[SQLiteDatabase] = []

    async def open_(where: Path | None = path, *, durability: Durability = "full") -> SQLiteDatabase:
        opened.append(await SQLiteDatabase.open(where, durability=durability, migrations=schema))
        return opened[-1]

    yield open_
    for database in opened:
        await database.close()


@pytest.fixture(params=["file", "memory"])
async def database(request: pytest.FixtureRequest, open_database: Open, path: Path) -> SQLiteDatabase:
    """A database on a file, and then one in memory."""
    return await open_database(path if request.param == "file" else None)


@pytest.fixture
def one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations that are queued together commit together, however slow the machine is."""
    monkeypatch.setattr("orchestrator.storage.sqlite.writer._GROUP_SECONDS", 60.0)


def insert(body: str) -> Callable[[Session], int]:
    """Return an operation that writes one note."""
    return lambda session: session.change("INSERT INTO notes (body) VALUES (?)", (body,))


def bodies(connection: Connection) -> list[str]:
    """Return all notes, oldest first."""
    return [body for (body,) in connection.execute("SELECT body FROM notes ORDER BY id")]
