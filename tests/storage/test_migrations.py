"""Schemas and their versions."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from orchestrator.storage.errors import MigrationFailed, SchemaNewer, StorageUnusable
from orchestrator.storage.interface import Connection
from orchestrator.storage.sqlite import SQLiteDatabase
from orchestrator.storage.sqlite.migrate import load_migrations
from tests.storage.conftest import Open, bodies, insert


def applied(connection: Connection) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in connection.execute("SELECT version, name FROM schema_migrations")]


def tables(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]


def user_version(connection: Connection) -> int:
    return int(next(connection.execute("PRAGMA user_version"))[0])


async def test_new_database(database: SQLiteDatabase) -> None:
    """A new database gets every step, recorded with its time."""
    assert await database.read(applied) == [(1, "notes")]
    assert await database.read(user_version) == 1
    at = await database.read(lambda c: next(c.execute("SELECT applied_us FROM schema_migrations"))[0])
    assert 0 <= time.time_ns() // 1_000 - at < 60_000_000


async def test_next_steps(open_database: Open, schema: Path) -> None:
    """An older database gets the steps that it lacks, in order, and keeps its rows."""
    database = await open_database()
    await database.write(insert("a"))
    await database.close()
    (schema / "0002_stars.sql").write_text("ALTER TABLE notes ADD COLUMN stars INTEGER NOT NULL DEFAULT 3;")
    (schema / "0003_more.sql").write_text("UPDATE notes SET stars = stars + 1; CREATE TABLE more (id INTEGER);")
    database = await open_database()
    assert await database.read(applied) == [(1, "notes"), (2, "stars"), (3, "more")]
    assert await database.read(lambda c: list(c.execute("SELECT body, stars FROM notes"))) == [("a", 4)]


async def test_newer_database(open_database: Open, schema: Path, path: Path) -> None:
    """A database from a newer version is refused in one line and stays as it is."""
    (schema / "0002_more.sql").write_text("CREATE TABLE more (id INTEGER);")
    await (await open_database()).close()
    (schema / "0002_more.sql").unlink()
    with pytest.raises(SchemaNewer) as refusal:
        await open_database()
    assert str(refusal.value) == (
        f"{path} was written by a newer version (schema 2; this version knows up to 1); "
        "upgrade turboci-lite or choose another file with --db"
    )
    (schema / "0002_more.sql").write_text("CREATE TABLE more (id INTEGER);")
    assert await (await open_database()).read(tables) == ["more", "notes", "schema_migrations"]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE more (id INTEGER); INSERT INTO absent VALUES (1);", "no such table: absent"),
        ("CREATE TABLE more (id INTEGER); SELEC 1;", "syntax error"),
        (
            "CREATE TABLE more (note INTEGER REFERENCES notes (id)); INSERT INTO more VALUES (7);",
            "1 rows refer to rows that do not exist, first in more",
        ),
    ],
)
async def test_failed_step(open_database: Open, schema: Path, sql: str, reason: str) -> None:
    """A step that fails leaves nothing behind, the steps before it stay, and the file is free again."""
    await (await open_database()).close()
    (schema / "0002_good.sql").write_text("CREATE TABLE good (id INTEGER);")
    (schema / "0003_bad.sql").write_text(sql)
    with pytest.raises(MigrationFailed, match=rf"cannot be brought to schema 3 \(bad\): .*{reason}; it stays at"):
        await open_database()
    (schema / "0003_bad.sql").unlink()
    database = await open_database()
    assert await database.read(tables) == ["good", "notes", "schema_migrations"]
    assert await database.read(user_version) == 2


async def test_failed_first_step(open_database: Open, schema: Path) -> None:
    """When the first step fails the file stays an empty database that a later start can use."""
    good = (schema / "0001_notes.sql").read_text()
    (schema / "0001_notes.sql").write_text("CREATE TABLE notes (id INTEGER); SELEC 1;")
    with pytest.raises(MigrationFailed):
        await open_database()
    (schema / "0001_notes.sql").write_text(good)
    database = await open_database()
    await database.write(insert("a"))
    assert await database.read(bodies) == ["a"]


async def test_step_that_commits(open_database: Open, schema: Path) -> None:
    """A step that ends its own transaction is an error."""
    await (await open_database()).close()
    (schema / "0002_bad.sql").write_text("CREATE TABLE more (id INTEGER); COMMIT;")
    with pytest.raises(MigrationFailed, match="the migration ends its transaction itself"):
        await open_database()


async def test_rebuilt_table(open_database: Open, schema: Path) -> None:
    """A step may rebuild a table that others refer to with ON DELETE CASCADE; foreign keys hold again after it."""
    (schema / "0001_notes.sql").write_text(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);"
        "CREATE TABLE replies (note INTEGER REFERENCES notes (id) ON DELETE CASCADE);"
        "INSERT INTO notes VALUES (1, 'a'); INSERT INTO replies VALUES (1);"
    )
    await (await open_database()).close()
    (schema / "0002_rebuild.sql").write_text(
        "CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, body TEXT NOT NULL); INSERT INTO rebuilt SELECT * FROM notes;"
        "DROP TABLE notes; ALTER TABLE rebuilt RENAME TO notes;"
    )
    database = await open_database()
    assert await database.read(lambda c: list(c.execute("SELECT note FROM replies"))) == [(1,)]
    await database.write(lambda session: session.change("DELETE FROM notes"))
    assert await database.read(lambda c: list(c.execute("SELECT note FROM replies"))) == []


async def test_other_program(open_database: Open, schema: Path, path: Path) -> None:
    """A database that another program made is refused and not touched."""
    (schema / "0001_notes.sql").rename(schema / "0001_theirs.sql")
    database = await open_database()
    await database.write(lambda session: session.change("DROP TABLE schema_migrations"))
    await database.close()
    with pytest.raises(StorageUnusable, match="is another program's database; choose another file with --db"):
        await open_database()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("2_more.sql", "is misnamed; name it like 0001_initial.sql"),
        ("0003_more.sql", "stands where 0002 is expected; number without gaps"),
        ("0001_again.sql", "stands where 0002 is expected; number without gaps"),
    ],
)
def test_misnumbered(schema: Path, name: str, problem: str) -> None:
    """A step that is misnamed, missing or there twice is found before any database is touched."""
    (schema / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match=problem):
        load_migrations(schema)


async def test_own_schema(tmp_path: Path) -> None:
    """The product's own migrations make a sound database."""
    database = await SQLiteDatabase.open(tmp_path / "own.db")
    try:
        assert await database.read(user_version) == len(load_migrations()) >= 1
        assert await database.check_integrity() == []
    finally:
        await database.close()
