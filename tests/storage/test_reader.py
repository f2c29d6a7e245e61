"""Queries beside the writer."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import apsw
import pytest

from orchestrator.storage.interface import Connection
from orchestrator.storage.sqlite import SQLiteDatabase
from tests.storage.conftest import Open, bodies, insert
from turboci.errors import InternalError


async def test_readers_see_answered_writes(database: SQLiteDatabase) -> None:
    """A query that starts after a write was answered sees it, whichever reader runs it."""

    async def caller(name: int) -> None:
        for turn in range(25):
            body = f"{name}.{turn}"
            await database.write(insert(body))
            assert body in await database.read(bodies)

    await asyncio.gather(*(caller(name) for name in range(8)))
    assert len(await database.read(bodies)) == 200


async def test_one_query_sees_one_snapshot(open_database: Open) -> None:
    """A write that is answered while a query runs is not seen by that query, and is by the next."""
    database = await open_database()
    await database.write(insert("a"))
    read_once, written = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[list[str], list[str]]:
        first = bodies(connection)
        read_once.set()
        assert written.wait(30)
        return first, bodies(connection)

    query = asyncio.ensure_future(database.read(twice))
    await asyncio.to_thread(read_once.wait, 30)
    await database.write(insert("b"))
    written.set()
    assert await query == (["a"], ["a"])
    assert await database.read(bodies) == ["a", "b"]


async def test_queries_run_at_once(open_database: Open) -> None:
    """Three queries run beside each other while the writer is busy."""
    database = await open_database()
    together = threading.Barrier(4)
    meeting = [asyncio.ensure_future(database.read(lambda connection: together.wait(30))) for _ in range(3)]
    meeting.append(asyncio.ensure_future(database.write(lambda session: together.wait(30))))
    assert sorted(await asyncio.gather(*meeting)) == [0, 1, 2, 3]


async def test_queries_cannot_write(database: SQLiteDatabase) -> None:
    """A query that writes fails and changes nothing, and later queries and operations work."""
    with pytest.raises(InternalError) as caught:
        await database.read(lambda connection: connection.change("INSERT INTO notes (body) VALUES ('a')"))
    assert isinstance(caught.value.__cause__, apsw.ReadOnlyError)
    assert await database.read(bodies) == []
    assert await database.write(insert("b")) == 1


async def test_query_that_raises(database: SQLiteDatabase) -> None:
    """What a query raises reaches its caller, and its connection serves the next query."""
    for _ in range(5):
        with pytest.raises(InternalError, match=r"^error [0-9a-f]{12} stopped a call at the database; ") as caught:
            await database.read(lambda connection: list(connection.execute("SELECT * FROM absent")))
        assert "absent" not in str(caught.value)
        assert isinstance(caught.value.__cause__, apsw.SQLError)
    assert await database.read(bodies) == []


async def test_cancelled_query(open_database: Open) -> None:
    """A query whose caller is cancelled ends by itself, and close waits for it."""
    database = await open_database()
    entered, proceed = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        entered.set()
        assert proceed.wait(30)

    query = asyncio.ensure_future(database.read(slow))
    await asyncio.to_thread(entered.wait, 30)
    query.cancel()
    with pytest.raises(asyncio.CancelledError):
        await query
    closing = asyncio.ensure_future(database.close())
    await asyncio.sleep(0)
    assert not closing.done()
    proceed.set()
    await closing


async def test_memory_leaves_no_file(open_database: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in memory writes no file, and two of them share nothing."""
    monkeypatch.chdir(tmp_path)
    one, other = await open_database(None), await open_database(None)
    await one.write(insert("a"))
    assert await other.read(bodies) == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["migrations"]


async def test_integrity(database: SQLiteDatabase) -> None:
    """`check_integrity` finds nothing in a sound database."""
    await database.write(insert("a"))
    assert await database.check_integrity() == []


async def test_findings(open_database: Open, path: Path) -> None:
    """`check_integrity` names a row whose reference points nowhere."""
    database = await open_database()
    await database.write(
        lambda session: session.change("CREATE TABLE replies (note INTEGER REFERENCES notes (id)) STRICT")
    )
    vandal = apsw.Connection(str(path))
    try:
        vandal.execute("INSERT INTO replies VALUES (7)")
    finally:
        vandal.close()
    findings = await database.check_integrity()
    assert findings == ["row 1 of replies refers to a row of notes that does not exist"]
