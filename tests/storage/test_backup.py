"""Copies of a database."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path

import apsw
import pytest

from orchestrator.storage.errors import BackupFailed, DatabaseInUse, StorageUnusable
from orchestrator.storage.interface import Session
from orchestrator.storage.sqlite import SQLiteDatabase, backup
from orchestrator.storage.sqlite.backup import back_up
from tests.storage.conftest import Open, bodies, insert


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder / "copy.db"


async def test_the_copy_of_a_database_in_use_has_all_that_was_answered(
    open_database: Open, path: Path, target: Path
) -> None:
    """It holds what is in the log only, opens like any other, and needs no file beside it."""
    database = await open_database()
    await database.write(insert("a"))
    await database.write(insert("b"))
    size = await asyncio.to_thread(back_up, str(path), str(target))
    assert files(target.parent) == ["copy.db"]
    assert size == target.stat().st_size
    await database.write(insert("c"))
    copy = await open_database(target)
    assert await copy.read(bodies) == ["a", "b"]
    assert await database.read(bodies) == ["a", "b", "c"]


async def test_a_copy_is_of_one_moment_however_much_is_written_meanwhile(
    open_database: Open, path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed between its steps is not in it, and does not make it begin anew."""
    database = await open_database()

    def pair(number: int) -> None:
        with sqlite3.connect(path) as other:
            other.execute("INSERT INTO notes (body) VALUES (?), (?)", (f"x{number}", f"y{number}"))
        other.close()

    def many(session: Session) -> None:
        for number in range(2_000):
            session.change("INSERT INTO notes (body) VALUES (?)", (f"{number:06} {'z' * 200}",))

    await database.write(many)
    steps: list[int] = []
    step = apsw.Backup.step

    class Disturbed:
        def __init__(self, inner: apsw.Backup) -> None:
            self.inner = inner

        def __enter__(self) -> Disturbed:
            return self

        def __exit__(self, *details: object) -> None:
            self.inner.finish()

        @property
        def done(self) -> bool:
            return self.inner.done

        def step(self, pages: int) -> None:
            step(self.inner, pages)
            steps.append(self.inner.remaining)
            pair(len(steps))

    class Disturbing(apsw.Connection):
        def backup(self, *names: object) -> Disturbed:  # type: ignore[override]
            return Disturbed(super().backup(*names))  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "_PAGES", 20)
    monkeypatch.setattr("orchestrator.storage.sqlite.backup.apsw.Connection", Disturbing)
    await asyncio.to_thread(back_up, str(path), str(target))
    monkeypatch.undo()
    assert len(steps) > 3
    assert steps == sorted(steps, reverse=True)
    copy = await open_database(target)
    assert len(await copy.read(bodies)) == 2_000
    assert len(await database.read(bodies)) == 2_000 + 2 * len(steps)


async def test_a_file_that_exists_is_not_replaced(open_database: Open, path: Path, target: Path) -> None:
    """It stays as it is unless replacing was asked for; then a log that lies beside it goes too."""
    await (await open_database()).write(insert("a"))
    target.write_text("precious")
    with pytest.raises(BackupFailed) as refusal:
        back_up(str(path), str(target))
    assert str(refusal.value) == f"{target} exists; name another file, or replace this one with --force"
    assert target.read_text() == "precious"
    Path(f"{target}-wal").write_text("of another database")
    back_up(str(path), str(target), overwrite=True)
    assert files(target.parent) == ["copy.db", "copy.db.lock"]
    assert await (await open_database(target)).read(bodies) == ["a"]


async def test_a_database_in_use_is_not_replaced(open_database: Open, path: Path, target: Path) -> None:
    """Not even by force: its server would go on with a file that has no name any more."""
    await open_database()
    await (await open_database(target)).write(insert("theirs"))
    with pytest.raises(DatabaseInUse, match=r"copy.db is in use by process"):
        await asyncio.to_thread(back_up, str(path), str(target), overwrite=True)


async def test_the_database_itself_is_not_replaced(open_database: Open, path: Path) -> None:
    """By whatever name it goes."""
    await open_database()
    link = path.with_name("link.db")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(BackupFailed, match="is the database itself"):
            back_up(str(path), str(name), overwrite=True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be copied: there is no such file"),
        (b"my diary\n" * 1_000, "is not a SQLite database"),
        (b"", "is no database of an orchestrator"),
    ],
)
def test_what_is_no_database_is_not_copied(content: bytes | None, problem: str, path: Path, target: Path) -> None:
    """One line says what is wrong with the source; nothing is left at the destination."""
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageUnusable, match=problem) as refusal:
        back_up(str(path), str(target))
    assert "\n" not in str(refusal.value)
    assert files(target.parent) == []


async def test_a_damaged_database_makes_no_copy(open_database: Open, path: Path, target: Path) -> None:
    """The copy is checked before it gets its name: a former good copy is not replaced by a bad one."""
    database = await open_database()
    await database.write(
        lambda session: [
            session.change("INSERT INTO notes (body) VALUES (?)", (f"{n} {'x' * 900}",)) for n in range(99)
        ]
    )
    await database.close()
    target.write_text("the last good one")
    size = os.path.getsize(path)  # noqa: PTH202
    with path.open("r+b") as file:
        for page in range(3, size // 4096 - 1):
            file.seek(page * 4096 + 8)
            file.write(b"\xff" * 64)
    with pytest.raises(StorageUnusable, match="is damaged"):
        back_up(str(path), str(target), overwrite=True)
    assert target.read_text() == "the last good one"
    assert files(target.parent) == ["copy.db", "copy.db.lock"]


async def test_a_missing_folder_is_named(open_database: Open, path: Path, tmp_path: Path) -> None:
    """As for any database."""
    await open_database()
    with pytest.raises(StorageUnusable, match="there is no directory"):
        back_up(str(path), str(tmp_path / "absent" / "copy.db"))


def test_the_product_copies_its_own_schema(tmp_path: Path, target: Path) -> None:
    """With every table and index."""

    async def make() -> None:
        database = await SQLiteDatabase.open(tmp_path / "own.db")
        await database.close()

    asyncio.run(make())
    back_up(str(tmp_path / "own.db"), str(target))
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
    with apsw.Connection(str(target)) as copy, apsw.Connection(str(tmp_path / "own.db")) as own:
        assert copy.execute(schema).fetchall() == own.execute(schema).fetchall()
        assert copy.execute("PRAGMA journal_mode").get == "delete"
