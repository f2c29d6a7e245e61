"""What happens when SQLite cannot write."""

from __future__ import annotations

import asyncio
import re
import resource
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from orchestrator.storage.interface import Session
from orchestrator.storage.sqlite import SQLiteDatabase
from tests.storage.conftest import Open, bodies, insert
from tests.storage.test_writer import run_together
from turboci.errors import InternalError, LimitExceeded, OrchestratorUnavailable


def forbid_growth(session: Session) -> None:
    """Make the database full where it stands."""
    pages = next(session.execute("PRAGMA page_count"))[0]
    list(session.execute(f"PRAGMA max_page_count = {pages}"))


def insert_big(session: Session) -> None:
    session.change("INSERT INTO notes (body) VALUES (?)", ("x" * 1_000_000,))


async def test_full(database: SQLiteDatabase) -> None:
    """An operation that finds no room fails with LimitExceeded; once there is room, the next one works."""
    await database.write(forbid_growth)
    with pytest.raises(LimitExceeded, match="cannot grow: the disk is full; free space and try again"):
        await database.write(insert_big)
    await database.write(lambda session: list(session.execute("PRAGMA max_page_count = 1000000")))
    await database.write(insert_big)
    assert len(await database.read(bodies)) == 1


async def test_full_takes_the_group_along(
    open_database: Open, one_group: None, caplog: pytest.LogCaptureFixture
) -> None:
    """When SQLite gives up the whole transaction, each operation in it fails and is undone, newest first."""
    database = await open_database()
    seen: list[str] = []

    def noting(name: str, then: Callable[[Session], object]) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            session.on_rollback(lambda: seen.append(name))
            session.after_commit(lambda: seen.append(f"{name} committed"))
            then(session)

        return operation

    await database.write(forbid_growth)
    answers = await run_together(
        database,
        noting("a", insert("a")),
        noting("b", insert("b")),
        noting("big", insert_big),
        noting("c", insert("c")),
    )
    assert [type(answer) for answer in answers] == [LimitExceeded, LimitExceeded, LimitExceeded, type(None)]
    assert len({id(answer) for answer in answers}) == 4
    assert seen == ["big", "b", "a", "c committed"]
    assert await database.read(bodies) == ["c"]


async def test_hidden_full(open_database: Open, one_group: None) -> None:
    """An operation that hides the error by which SQLite gave up the transaction does not count as done."""
    database = await open_database()

    def hiding(session: Session) -> None:
        try:
            insert_big(session)
        except apsw.FullError:
            return

    await database.write(forbid_growth)
    answers = await run_together(database, insert("a"), hiding, insert("b"))
    assert [type(answer) for answer in answers] == [InternalError, InternalError, int]
    assert await database.read(bodies) == ["b"]


async def test_commit_fails(open_database: Open, path: Path, one_group: None, caplog: pytest.LogCaptureFixture) -> None:
    """A commit that cannot be written fails every operation of the group, keeps none, and the next group works."""
    database = await open_database()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    seen: list[str] = []

    def forbid_log(session: Session) -> None:
        session.on_rollback(lambda: seen.append("first"))
        size = path.with_name("turboci.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))

    def allow_log(session: Session) -> None:
        session.on_rollback(lambda: seen.append("second"))
        session.on_rollback(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits))

    try:
        answers = await run_together(database, forbid_log, insert("a"), allow_log)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [type(answer) for answer in answers] == [InternalError] * 3
    assert seen == ["second", "first"]
    found = re.search(r"error ([0-9a-f]{12}) lost a transaction; nothing of it was kept", str(answers[1]))
    assert found is not None
    assert f"error {found[1]}" in caplog.text
    assert await database.write(insert("b")) == 1
    assert await database.read(bodies) == ["b"]


async def test_locked_by_another_program(
    open_database: Open, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While another program holds SQLite's lock all waiting callers are told so together; then writing goes on."""
    monkeypatch.setattr("orchestrator.storage.sqlite.pragmas._BUSY_MS", 50)
    database = await open_database()
    other = apsw.Connection(str(path))
    try:
        other.execute("BEGIN IMMEDIATE")
        answers = await asyncio.gather(
            *(database.write(insert(str(number))) for number in range(3)), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [OrchestratorUnavailable] * 3
        assert "is locked by another program; close that program and try again" in str(answers[0])
        assert caplog.text.count("another program holds a lock") <= 2
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert await database.write(insert("a")) == 1
    assert await database.read(bodies) == ["a"]
