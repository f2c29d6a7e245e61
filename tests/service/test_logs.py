"""The logs of attempts: kept in order up to a size, read while they grow, and after a crash."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from orchestrator.log_stream import LogStream
from tests.service.rig import Rig
from tests.service.writing import ASYNC, RETRY_RED, stage
from turboci.errors import NotFound
from turboci.executions import Answer
from turboci.logs import LogPiece
from turboci.nodes import ProgressEntry


async def running(rig: Rig, **fields: Any) -> str:
    """Let a stage run; return its execution id."""
    await rig.write(stage("s", execution_mode=ASYNC, **fields))
    return await rig.accept_next()


async def put_out(rig: Rig, execution_id: str, text: str) -> None:
    await rig.server.update_execution(execution_id, ProgressEntry(log=text))


async def read(log: LogStream) -> list[LogPiece]:
    return [piece async for piece in log]


async def text_of(rig: Rig, *, attempt: int = 0, start: int = 0) -> str:
    return "".join(piece.text for piece in await read(rig.server.read_log(rig.plan, "s", attempt=attempt, start=start)))


async def test_output_is_kept_in_order(rig: Rig) -> None:
    """Each piece says which attempt it is of, and how many bytes were before it."""
    await rig.register()
    execution_id = await running(rig)
    await put_out(rig, execution_id, "grün\n")
    await put_out(rig, execution_id, "rot\n")
    pieces = await read(rig.server.read_log(rig.plan, "s"))
    assert [(piece.attempt, piece.start, piece.text) for piece in pieces] == [(1, 0, "grün\n"), (1, 6, "rot\n")]
    assert pieces[-1].end == 10


async def test_output_alone_is_no_progress(rig: Rig) -> None:
    """The newest entries of progress are few; output does not push them out."""
    await rig.register()
    execution_id = await running(rig)
    await put_out(rig, execution_id, "line\n")
    await rig.server.update_execution(execution_id, ProgressEntry(message="half", percent=50, log="other\n"))
    (attempt,) = (await rig.stage("s")).attempts
    assert [(entry.message, entry.log) for entry in attempt.progress] == [("half", "")]
    assert await text_of(rig) == "line\nother\n"


async def test_a_reader_goes_on_where_it_was(rig: Rig) -> None:
    """`start` is the end of the last piece that it has."""
    await rig.register()
    execution_id = await running(rig)
    await put_out(rig, execution_id, "one\n")
    await put_out(rig, execution_id, "two\n")
    assert await text_of(rig, start=4) == "two\n"


async def test_long_logs_are_read_page_by_page(rig: Rig) -> None:
    """Nothing is missing or twice where one page ends."""
    await rig.register()
    execution_id = await running(rig)
    lines = [f"line {number}\n" for number in range(120)]
    for line in lines:
        await put_out(rig, execution_id, line)
    assert await text_of(rig) == "".join(lines)


async def test_the_newest_output_is_kept(rig: Rig) -> None:
    """Beyond the configured size the oldest pieces go; the place of those that stay says what is missing."""
    await rig.restart(max_log_bytes=10)
    await rig.register()
    execution_id = await running(rig)
    for word in ("aaaa", "bbbb", "cccc", "dddd"):
        await put_out(rig, execution_id, word)
    pieces = await read(rig.server.read_log(rig.plan, "s"))
    assert [(piece.start, piece.text) for piece in pieces] == [(8, "cccc"), (12, "dddd")]


async def test_a_piece_that_is_too_large_is_kept_alone(rig: Rig) -> None:
    """What came last is always there."""
    await rig.restart(max_log_bytes=4)
    await rig.register()
    execution_id = await running(rig)
    await put_out(rig, execution_id, "small")
    await put_out(rig, execution_id, "much too large")
    assert await text_of(rig) == "much too large"


async def test_without_room_nothing_is_kept(rig: Rig) -> None:
    """A size of 0 turns logs off."""
    await rig.restart(max_log_bytes=0)
    await rig.register()
    await put_out(rig, await running(rig), "text")
    assert await text_of(rig) == ""


async def test_a_follower_gets_what_comes_until_the_stage_ends(rig: Rig) -> None:
    """What was there comes first, what comes follows, and the end of the stage is the end of the log."""
    await rig.register()
    execution_id = await running(rig)
    await put_out(rig, execution_id, "before\n")
    reading = asyncio.create_task(read(rig.server.read_log(rig.plan, "s", follow=True)))
    await rig.settle()
    await put_out(rig, execution_id, "after\n")
    await rig.settle()
    assert not reading.done()
    await rig.server.complete_execution(execution_id, Answer())
    assert [piece.text for piece in await reading] == ["before\n", "after\n"]


async def test_a_follower_may_come_before_the_stage_begins(rig: Rig) -> None:
    """It waits for the first attempt."""
    await rig.write(stage("s", execution_mode=ASYNC))
    reading = asyncio.create_task(read(rig.server.read_log(rig.plan, "s", follow=True)))
    await rig.settle()
    await rig.register()
    execution_id = await rig.accept_next()
    await put_out(rig, execution_id, "text")
    await rig.server.complete_execution(execution_id, Answer())
    assert [piece.text for piece in await reading] == ["text"]


async def test_a_follower_goes_on_with_the_next_attempt(rig: Rig) -> None:
    """Who asked for one attempt gets that one."""
    await rig.register()
    execution_id = await running(rig, retry=RETRY_RED)
    every = asyncio.create_task(read(rig.server.read_log(rig.plan, "s", follow=True)))
    first = asyncio.create_task(read(rig.server.read_log(rig.plan, "s", attempt=1, follow=True)))
    await rig.settle()
    await put_out(rig, execution_id, "red\n")
    await rig.server.complete_execution(execution_id, Answer(failure="red"))
    await rig.advance(2)
    again = await rig.accept_next()
    await put_out(rig, again, "green\n")
    await rig.server.complete_execution(again, Answer())
    assert [(piece.attempt, piece.text) for piece in await every] == [(1, "red\n"), (2, "green\n")]
    assert [piece.text for piece in await first] == ["red\n"]


async def test_the_newest_attempt_is_read_unless_another_is_named(rig: Rig) -> None:
    """Logs of earlier attempts stay."""
    await rig.register()
    execution_id = await running(rig, retry=RETRY_RED)
    await put_out(rig, execution_id, "first")
    await rig.server.complete_execution(execution_id, Answer(failure="red"))
    await rig.advance(2)
    await put_out(rig, await rig.accept_next(), "second")
    assert await text_of(rig) == "second"
    assert await text_of(rig, attempt=1) == "first"


async def test_a_reader_that_leaves_is_forgotten(rig: Rig) -> None:
    """Closing the stream ends what it waits for."""
    await rig.register()
    execution_id = await running(rig)
    await put_out(rig, execution_id, "text")
    async with aclosing(rig.server.read_log(rig.plan, "s", follow=True)) as log:
        assert (await anext(log)).text == "text"
    await rig.server.complete_execution(execution_id, Answer())


async def test_logs_outlive_a_crash(rig: Rig) -> None:
    """What was acknowledged is there."""
    await rig.register()
    await put_out(rig, await running(rig), "text")
    await rig.crash()
    assert await text_of(rig) == "text"


async def test_logs_go_with_their_plan(rig: Rig) -> None:
    """Deleting a plan deletes what its stages put out."""
    await rig.register()
    execution_id = await running(rig)
    await put_out(rig, execution_id, "text")
    await rig.server.complete_execution(execution_id, Answer())
    await rig.server.delete_work_plans()
    await rig.advance(1)
    assert await rig.rows("SELECT COUNT(*) FROM attempt_logs") == [(0,)]


@pytest.mark.parametrize(
    ("stage_id", "attempt", "what"),
    [("t", 0, "stage 't' does not exist"), ("s", 3, "attempt 3 of stage 's' does not exist: attempts so far: 1")],
)
async def test_what_is_not_there_is_not_found(rig: Rig, stage_id: str, attempt: int, what: str) -> None:
    """The error says what there is."""
    await rig.register()
    await running(rig)
    with pytest.raises(NotFound, match=what):
        await read(rig.server.read_log(rig.plan, stage_id, attempt=attempt))
