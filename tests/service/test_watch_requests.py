"""What a stream carries besides changes: bookmarks, and progress on request."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from tests.service.rig import Rig
from tests.service.streams import first, said, shown
from tests.service.writing import ASYNC, attempt, check, claimed, stage
from turboci.events import Bookmark, EventFilter, PlanCompleted, ProgressReported
from turboci.executions import Answer
from turboci.nodes import ProgressEntry
from turboci.states import AttemptState, CheckState, Outcome, StageState

PLANNED, WAITING, FINAL = CheckState.PLANNED, CheckState.WAITING, CheckState.FINAL


async def test_a_filter_that_holds_back_many_events_sends_bookmarks(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time that so many were held back in a row, the stream says how far it has come, if it was asked to."""
    monkeypatch.setattr("orchestrator.watching._HELD_BACK", 3)
    await rig.write(*(check(f"c{number}") for number in range(4)))
    await rig.write(stage("s"))
    await rig.write(*(check(f"d{number}") for number in range(7)))
    only = EventFilter(checks=False, bookmarks=True)
    stream = rig.server.watch(rig.plan, after_sequence=0, only=only)
    async with aclosing(stream):
        found = [shown(event) for event in await first(stream, 4)]
    created = ("s", None, StageState.ATTEMPTING, None)
    assert found == [("bookmark", 3), created, ("bookmark", 8), ("bookmark", 11)]
    assert not EventFilter(checks=False).passes(Bookmark(sequence=3, at=datetime.now(UTC)))


async def test_a_filter_that_holds_back_one_event_for_long_sends_a_bookmark(rig: Rig) -> None:
    """It comes ten seconds after the event, and never while nothing is held back."""
    only = EventFilter(checks=False, bookmarks=True)
    stream = rig.server.watch(rig.plan, after_sequence=0, only=only)
    async with aclosing(stream):
        waiting = rig.start_task(anext(stream))
        await rig.advance(60)
        await rig.write(check("a"))
        await rig.advance(5)
        await rig.write(check("b"))
        await rig.advance(4.9)
        assert not waiting.done()
        await rig.advance(0.1)
        bookmark = await waiting
        assert shown(bookmark) == ("bookmark", 2)
        assert bookmark.at == datetime.fromtimestamp(rig.clock.at_us / 1_000_000, UTC)
        waiting = rig.start_task(anext(stream))
        await rig.advance(60)
        assert not waiting.done()
        await rig.write(stage("s"))
        assert shown(await waiting)[0] == "s"


async def test_a_bookmark_is_a_position(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is resumed there misses nothing."""
    monkeypatch.setattr("orchestrator.watching._HELD_BACK", 2)
    await rig.write(check("a"), check("b"))
    only = EventFilter(checks=False, bookmarks=True)
    stream = rig.server.watch(rig.plan, after_sequence=0, only=only)
    async with aclosing(stream):
        bookmark = await anext(stream)
    await rig.write(stage("s"))
    stream = rig.server.watch(rig.plan, after_sequence=bookmark.sequence, only=only)
    async with aclosing(stream):
        assert shown(await anext(stream))[0] == "s"


async def test_progress_is_in_the_stream_on_request(rig: Rig) -> None:
    """It comes after the start of its attempt and before its end, with the position of the stream."""
    await rig.register()
    stream = rig.server.watch(rig.plan, after_sequence=0, only=EventFilter(progress=True))
    quiet = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream), aclosing(quiet):
        waiting = rig.start_task(first(stream, 4))
        await rig.settle()
        await rig.write(stage("s", execution_mode=ASYNC))
        execution = await rig.accept_next()
        await rig.server.update_execution(execution, ProgressEntry(message="half", percent=50, details={"n": 1}))
        await rig.server.complete_execution(execution, Answer())
        started, half, ended_, completed = await waiting
        assert shown(started)[0] == "s"
        assert shown(half) == ("progress", "s", 1, "half")
        assert half.sequence == started.sequence
        assert isinstance(half, ProgressReported)
        stored = (await rig.stage("s")).attempts[0].progress[0]
        assert half.progress == stored
        assert [ended_.sequence, completed.sequence] == [started.sequence + 1, started.sequence + 2]
        assert [shown(event)[0] for event in await first(quiet, 3)] == ["s", "s", "completed"]


async def test_progress_with_much_to_tell_is_not_kept_for_slow_watchers(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has fallen behind what is kept in memory gets every change, and of the progress what is still there."""
    monkeypatch.setattr("orchestrator.watching._TEXT", 3_000)
    await rig.register()
    stream = rig.server.watch(rig.plan, after_sequence=0, only=EventFilter(progress=True))
    async with aclosing(stream):
        await rig.write(stage("s", execution_mode=ASYNC))
        found = [await anext(stream)]
        execution = await rig.accept_next()
        for number in range(10):
            await rig.server.update_execution(execution, ProgressEntry(message=str(number) + "x" * 999))
        await rig.server.complete_execution(execution, Answer())
        while not isinstance(found[-1], PlanCompleted):
            found.append(await anext(stream))
    told = [event.progress.message[0] for event in found if isinstance(event, ProgressReported)]
    assert told in ([], ["7", "8", "9"], ["8", "9"], ["9"])
    changes = [event.sequence for event in found if not isinstance(event, ProgressReported)]
    assert changes == list(range(1, len(changes) + 1))


async def test_progress_of_claimed_attempts_is_in_the_stream(rig: Rig) -> None:
    """Whoever speaks for an attempt without a runner is heard too; what comes with the end comes before it."""
    await rig.write(claimed("s"), claimed("other"))
    last = (await rig.server.query_nodes(rig.plan)).sequence
    only = EventFilter(progress=True, stage_ids=frozenset({"s"}), stage_states=frozenset({StageState.FINAL}))
    stream = rig.server.watch(rig.plan, after_sequence=last, only=only)
    async with aclosing(stream):
        waiting = rig.start_task(first(stream, 3))
        await rig.settle()
        for name in ("other", "s"):
            await rig.write(attempt(name, state=AttemptState.RUNNING, process_uid="me", progress=said("begun")))
        await rig.write(attempt("s", state=AttemptState.COMPLETE, progress=said("done")))
        assert [shown(event) for event in await waiting] == [
            ("progress", "s", 1, "begun"),
            ("progress", "s", 1, "done"),
            ("s", StageState.ATTEMPTING, StageState.FINAL, Outcome.SUCCEEDED),
        ]


async def test_watchers_share_what_is_kept(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand watchers get every event in order, those that keep up without a look at the table."""
    streams = [rig.server.watch(rig.plan, after_sequence=0) for _ in range(1_000)]
    waiting = [rig.start_task(first(stream, 20)) for stream in streams]
    await rig.settle()
    monkeypatch.setattr("orchestrator.watching.event_table.after", None)
    for number in range(20):
        await rig.write(check(f"c{number}"))
    for watcher in waiting:
        assert [event.sequence for event in await watcher] == list(range(1, 21))
    for stream in streams:
        await stream.aclose()
