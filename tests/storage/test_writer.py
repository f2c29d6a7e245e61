"""Operations of the writer: order, isolation, callbacks, cancelled callers."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from orchestrator.storage.interface import Session
from orchestrator.storage.sqlite import SQLiteDatabase
from tests.storage.conftest import Open, bodies, insert
from turboci.errors import InternalError, InvalidState, OrchestratorUnavailable


class Gate:
    """An operation that keeps the writer busy until the test has queued the others; they share its transaction."""

    def __init__(self, database: SQLiteDatabase) -> None:
        self._open = threading.Event()
        self._passed = asyncio.ensure_future(database.write(self._wait))

    def _wait(self, session: Session) -> None:
        assert self._open.wait(30)

    async def open(self) -> None:
        await asyncio.sleep(0)  # the operations of the tasks made so far are queued
        self._open.set()
        await asyncio.gather(self._passed, return_exceptions=True)  # it may fail with the others


async def run_together(database: SQLiteDatabase, *operations: Callable[[Session], object]) -> list[object]:
    """Run operations in one transaction; return what each returned or raised."""
    gate = Gate(database)
    callers = [asyncio.ensure_future(database.write(operation)) for operation in operations]
    await gate.open()
    return list(await asyncio.gather(*callers, return_exceptions=True))


async def test_write_returns_what_the_operation_returned(database: SQLiteDatabase) -> None:
    """`write` answers with the value of the operation, and the row is there."""
    assert await database.write(insert("a")) == 1
    assert await database.read(bodies) == ["a"]


async def test_rows_of_returning(database: SQLiteDatabase) -> None:
    """`execute` yields the rows of RETURNING as tuples."""
    rows = await database.write(
        lambda session: list(session.execute("INSERT INTO notes (body) VALUES (?), (?) RETURNING id, body", ("a", "b")))
    )
    assert rows == [(1, "a"), (2, "b")]


async def test_change_counts(database: SQLiteDatabase) -> None:
    """`change` returns how many rows its statement changed, 0 included."""
    await asyncio.gather(database.write(insert("a")), database.write(insert("b")))
    assert await database.write(lambda session: session.change("UPDATE notes SET body = body || '!'")) == 2
    assert await database.write(lambda session: session.change("DELETE FROM notes WHERE body = 'none'")) == 0


async def test_unread_rows_hold_nothing_open(database: SQLiteDatabase) -> None:
    """Rows that the operation never read do not keep its statement open past the commit."""
    await database.write(lambda session: session.change("INSERT INTO notes (body) VALUES ('a'), ('b')"))
    rows = await database.write(lambda session: session.execute("SELECT body FROM notes ORDER BY id"))
    await database.write(lambda session: session.change("DROP TABLE notes"))
    assert list(rows) == [("a",), ("b",)]


async def test_order(database: SQLiteDatabase) -> None:
    """Operations take effect in the order in which they were submitted."""
    wanted = [str(number) for number in range(300)]
    await asyncio.gather(*(database.write(insert(body)) for body in wanted))
    assert await database.read(bodies) == wanted


async def test_group_shares_commits(open_database: Open, path: Path, one_group: None) -> None:
    """A hundred operations that are queued together are one commit in the log."""
    database = await open_database()
    before = commits(path)
    await run_together(database, *(insert(str(number)) for number in range(100)))
    assert commits(path) - before == 1


def commits(path: Path) -> int:
    """Return how many transactions the write-ahead log of `path` ends."""
    log = path.with_name(path.name + "-wal").read_bytes()
    frame = 24 + int.from_bytes(log[8:12])
    return sum(log[start + 4 : start + 8] != bytes(4) for start in range(32, len(log), frame))


async def test_one_of_many_fails(database: SQLiteDatabase, one_group: None) -> None:
    """Of a group only the operation that raised is undone, and only its caller sees the exception."""

    def failing(session: Session) -> None:
        session.change("INSERT INTO notes (body) VALUES ('lost')")
        raise InvalidState("check 'a'", "is FINAL")

    first, failed, last = await run_together(database, insert("a"), failing, insert("b"))
    assert (first, last) == (1, 1)
    assert isinstance(failed, InvalidState)
    assert await database.read(bodies) == ["a", "b"]


async def test_first_of_many_fails(database: SQLiteDatabase, one_group: None) -> None:
    """An operation that fails before any other in its transaction takes nothing along."""

    def failing(session: Session) -> None:
        session.change("INSERT INTO notes (body) VALUES ('lost')")
        raise InvalidState("check 'a'", "is FINAL")

    callers = [asyncio.ensure_future(database.write(operation)) for operation in (failing, failing, insert("a"))]
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(answer) for answer in answers] == [InvalidState, InvalidState, int]
    assert await database.read(bodies) == ["a"]


async def test_constraint_of_one(database: SQLiteDatabase, one_group: None) -> None:
    """A constraint that one operation breaks fails that one alone."""
    answers = await run_together(database, insert("a"), insert("a"), insert("b"))
    assert [type(answer) for answer in answers] == [int, InternalError, int]
    refused = answers[1]
    assert isinstance(refused, InternalError)
    assert isinstance(refused.__cause__, apsw.ConstraintError)
    assert await database.read(bodies) == ["a", "b"]


async def test_deferred_constraint_of_one(database: SQLiteDatabase, one_group: None) -> None:
    """A foreign key that is checked at the commit fails the operation that broke it, not its neighbours."""
    await database.write(
        lambda session: session.change(
            "CREATE TABLE replies (note INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    )
    answers = await run_together(
        database, insert("a"), lambda session: session.change("INSERT INTO replies VALUES (7)"), insert("b")
    )
    assert [type(answer) for answer in answers] == [int, InternalError, int]
    refused = answers[1]
    assert isinstance(refused, InternalError)
    assert isinstance(refused.__cause__, apsw.ConstraintError)
    assert await database.read(bodies) == ["a", "b"]


async def test_stop_iteration(database: SQLiteDatabase) -> None:
    """An operation that raises StopIteration fails with a RuntimeError instead of leaving its caller waiting."""

    def failing(session: Session) -> object:
        return next(session.execute("SELECT 1 WHERE 0"))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.write(failing)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.read(lambda connection: next(connection.execute("SELECT 1 WHERE 0")))
    assert await database.write(insert("a")) == 1


async def test_operation_that_commits(database: SQLiteDatabase, caplog: pytest.LogCaptureFixture) -> None:
    """An operation that ends the transaction itself is an error, and the writer goes on."""
    with pytest.raises(Exception, match=r"^error [0-9a-f]{12} lost a transaction; "):
        await database.write(lambda session: session.change("COMMIT"))
    assert await database.write(insert("a")) == 1


async def test_after_commit_precedes_the_answer(database: SQLiteDatabase, one_group: None) -> None:
    """after_commit callbacks run on the loop's thread, in commit order, before any caller goes on."""
    seen: list[str] = []

    def writing(body: str) -> Callable[[Session], None]:
        def operation(session: Session) -> None:
            session.after_commit(lambda: seen.append(f"{body} {threading.current_thread().name}"))
            insert(body)(session)

        return operation

    async def caller(body: str) -> None:
        await database.write(writing(body))
        seen.append(f"{body} answered")

    gate = Gate(database)
    callers = [asyncio.ensure_future(caller(body)) for body in "abc"]
    await gate.open()
    await asyncio.gather(*callers)
    main = threading.main_thread().name
    assert seen == [f"a {main}", f"b {main}", f"c {main}", "a answered", "b answered", "c answered"]


async def test_callbacks_of_a_failure(database: SQLiteDatabase) -> None:
    """An operation that raises gets its on_rollback callbacks, newest first, and no after_commit."""
    seen: list[str] = []

    def failing(session: Session) -> None:
        session.after_commit(lambda: seen.append("committed"))
        session.on_rollback(lambda: seen.append("older"))
        session.on_rollback(lambda: seen.append(threading.current_thread().name))
        raise InvalidState("check 'a'", "is FINAL")

    with pytest.raises(InvalidState):
        await database.write(failing)
    assert seen == ["turboci-writer", "older"]


async def test_callback_that_raises(database: SQLiteDatabase, caplog: pytest.LogCaptureFixture) -> None:
    """A callback that raises is logged; the other callbacks run and the caller gets the answer."""
    seen: list[str] = []

    def operation(session: Session) -> str:
        session.after_commit(lambda: seen.append(str(1 // 0)))
        session.after_commit(lambda: seen.append("second"))
        return "done"

    assert await database.write(operation) == "done"
    assert seen == ["second"]
    assert "after_commit callback failed" in caplog.text


async def test_nothing_is_left_of_an_answered_operation(database: SQLiteDatabase) -> None:
    """What an operation has read is freed when it was answered, not when the garbage collector stops the process."""

    class Read:
        """Something that an operation holds, and that its callbacks know, as units of work do."""

    def operation(session: Session) -> None:
        read = Read()
        read.session = session  # type: ignore[attr-defined]
        left.append(weakref.ref(read))
        session.after_commit(lambda: called.append(read is not None))
        session.on_rollback(lambda: called.append(read is None))

    left: list[weakref.ref[Read]] = []
    called: list[bool] = []
    gc.collect()
    gc.disable()
    try:
        await database.write(operation)
        await database.write(insert("after it"))
        assert called == [True]
        assert [each() for each in left] == [None]
    finally:
        gc.enable()


async def test_cancelled_caller(database: SQLiteDatabase, one_group: None) -> None:
    """A caller that is cancelled while it waits does not undo its operation nor disturb the others."""
    gate = Gate(database)
    gone = asyncio.ensure_future(database.write(insert("of the cancelled")))
    stays = asyncio.ensure_future(database.write(insert("of the other")))
    await asyncio.sleep(0)
    gone.cancel()
    await gate.open()
    assert await stays == 1
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await database.read(bodies) == ["of the cancelled", "of the other"]


async def test_failure_of_a_cancelled_caller(database: SQLiteDatabase, caplog: pytest.LogCaptureFixture) -> None:
    """What an operation raises after its caller was cancelled is logged, not lost."""
    await database.write(insert("a"))
    gate = Gate(database)
    gone = asyncio.ensure_future(database.write(insert("a")))
    await asyncio.sleep(0)
    gone.cancel()
    await gate.open()
    await database.write(insert("b"))
    assert "whose caller was cancelled failed" in caplog.text
    assert "UNIQUE constraint failed" in caplog.text


async def test_close_finishes_what_is_queued(open_database: Open, path: Path) -> None:
    """`close` lets queued operations finish, folds the log into the file, and can be called again."""
    database = await open_database()
    gate = Gate(database)
    callers = [asyncio.ensure_future(database.write(insert(str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(database.close())
    await gate.open()
    assert await asyncio.gather(*callers) == [1] * 5
    await closing
    await database.close()
    log = path.with_name("turboci.db-wal")
    assert not log.exists() or log.stat().st_size == 0
    assert await (await open_database()).read(bodies) == ["0", "1", "2", "3", "4"]


async def test_closed(database: SQLiteDatabase) -> None:
    """A closed database refuses operations and queries as unavailable."""
    await database.close()
    with pytest.raises(OrchestratorUnavailable, match="is closed; its orchestrator is stopping, or has stopped"):
        await database.write(insert("a"))
    with pytest.raises(OrchestratorUnavailable, match="is closed"):
        await database.read(bodies)


async def test_busy_loop_lets_the_writer_in(database: SQLiteDatabase) -> None:
    """An open database keeps Python's thread switch interval at 0.1 ms or less."""
    assert sys.getswitchinterval() <= 0.0001


async def test_durability(open_database: Open, tmp_path: Path) -> None:
    """`full` syncs the log with every commit, `relaxed` does not; both check foreign keys."""

    def settings(session: Session) -> tuple[object, ...]:
        names = ("synchronous", "journal_mode", "foreign_keys")
        return tuple(next(session.execute(f"PRAGMA {name}"))[0] for name in names)

    full = await open_database(tmp_path / "full.db")
    relaxed = await open_database(tmp_path / "relaxed.db", durability="relaxed")
    assert await full.write(settings) == (2, "wal", 1)
    assert await relaxed.write(settings) == (1, "wal", 1)


async def test_loop_that_is_gone(schema: Path, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A program whose loop ends without close() keeps what was committed, and the log says who got no answer."""
    entered, proceed = threading.Event(), threading.Event()
    done = threading.Event()

    def operation(session: Session) -> None:
        entered.set()
        assert proceed.wait(30)
        insert("a")(session)

    async def careless() -> SQLiteDatabase:
        database = await SQLiteDatabase.open(path, migrations=schema)
        caller = asyncio.ensure_future(database.write(operation))
        await asyncio.to_thread(entered.wait, 30)
        caller.cancel()
        return database

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "event loop closed before 1 operations" in record.getMessage():
                done.set()

    handler = Told()
    logging.getLogger("turboci.storage").addHandler(handler)
    try:
        database = await asyncio.to_thread(asyncio.run, careless())
        proceed.set()
        assert await asyncio.to_thread(done.wait, 30)
    finally:
        logging.getLogger("turboci.storage").removeHandler(handler)
    await database.close()
