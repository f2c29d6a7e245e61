"""Streams of events: in commit order, without gaps, resumable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, attempt, check, claimed, ended, on_check, stage
from turboci.errors import NotFound, PositionExpired
from turboci.events import Bookmark, CheckChanged, Event, EventFilter, PlanCompleted, ProgressReported, StageChanged
from turboci.executions import Answer
from turboci.nodes import ProgressEntry
from turboci.states import AttemptState, CheckState, Outcome, StageState
from turboci.writes import CheckWrite

PLANNED, WAITING, FINAL = CheckState.PLANNED, CheckState.WAITING, CheckState.FINAL


async def first(events: AsyncIterator[Event], count: int) -> list[Event]:
    """Return so many events, and leave the stream open."""
    return [await anext(events) for _ in range(count)]


def said(message: str) -> ProgressEntry:
    return ProgressEntry(message=message)


async def everything(rig: Rig) -> list[Event]:
    """Return all events of the plan so far."""
    last = (await rig.server.query_nodes(rig.plan)).sequence
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        return await first(stream, last)


def shown(event: Event) -> tuple[object, ...]:
    """Return what a test looks at."""
    if isinstance(event, PlanCompleted):
        return ("completed", event.checks_completed, event.stages_completed, event.has_failures)
    if isinstance(event, ProgressReported):
        return ("progress", event.stage_id, event.attempt, event.progress.message)
    if isinstance(event, Bookmark):
        return ("bookmark", event.sequence)
    node = event.check_id if isinstance(event, CheckChanged) else event.stage_id
    return (node, event.old_state, event.new_state, event.outcome)


async def test_creation_and_moves_are_events(rig: Rig) -> None:
    """Every change of state is one event, numbered without gaps."""
    await rig.write(check("a"), check("b", on_check("a")))
    await rig.write(ended("a"))
    events = await everything(rig)
    assert [event.sequence for event in events] == [1, 2, 3, 4]
    assert [shown(event) for event in events] == [
        ("a", None, WAITING, None),
        ("b", None, PLANNED, None),
        ("a", WAITING, FINAL, Outcome.SUCCEEDED),
        ("b", PLANNED, WAITING, None),
    ]


async def test_a_node_that_passes_several_states_is_one_event(rig: Rig) -> None:
    """Within one transaction only the first old and the last new state show."""
    await rig.write(ended("a", failure="red"))
    event, completed = await everything(rig)
    assert shown(event) == ("a", None, FINAL, Outcome.FAILED)
    assert isinstance(event, CheckChanged)
    assert event.cause == "client test: red"
    assert event.at == datetime.fromtimestamp(rig.clock.at_us / 1_000_000, UTC)
    assert shown(completed) == ("completed", 1, 0, True)


async def test_a_watcher_sees_what_happens_from_now_on(rig: Rig) -> None:
    """Without a position a stream begins at the present."""
    await rig.write(check("old"))
    stream = rig.server.watch(rig.plan)
    async with aclosing(stream):
        waiting = rig.start_task(anext(stream))
        await rig.settle()
        await rig.write(check("new"))
        assert shown(await waiting)[0] == "new"


async def test_query_then_watch_misses_nothing(rig: Rig) -> None:
    """The sequence of a snapshot is where a stream goes on."""
    snapshot = await rig.write(check("a"))
    await rig.write(ended("a"))
    stream = rig.server.watch(rig.plan, after_sequence=snapshot.sequence)
    async with aclosing(stream):
        assert shown(await anext(stream)) == ("a", WAITING, FINAL, Outcome.SUCCEEDED)


async def test_a_stream_goes_from_the_past_into_the_present(rig: Rig) -> None:
    """Events from the table are followed by those that are committed meanwhile."""
    await rig.write(check("a"))
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        past = await first(stream, 1)
        await rig.write(check("b"))
        await rig.write(ended("a"))
        assert [event.sequence for event in past + await first(stream, 2)] == [1, 2, 3]


async def test_a_slow_watcher_misses_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into its memory is read from the table; what is in both comes once."""
    monkeypatch.setattr("orchestrator.watching._BATCH", 5)
    await rig.write(check("first"))
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        events = await first(stream, 1)
        for number in range(12):
            await rig.write(check(f"c{number}"))
        events += await first(stream, 3)
        for number in range(12, 23):
            await rig.write(check(f"c{number}"))
        events += await first(stream, 20)
        await rig.write(check("last"))
        events += await first(stream, 1)
    assert [event.sequence for event in events] == list(range(1, 26))


async def test_one_large_commit_reaches_a_watcher(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call with more events than a watcher may keep in memory comes whole and in order."""
    monkeypatch.setattr("orchestrator.watching._BATCH", 5)
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        waiting = rig.start_task(first(stream, 30))
        await rig.settle()
        await rig.write(*(check(f"c{number}") for number in range(30)))
        assert [event.sequence for event in await waiting] == list(range(1, 31))


async def test_a_stream_is_resumed_where_it_broke(rig: Rig) -> None:
    """After a restart the rest of the events follows the last one that was seen."""
    await rig.write(check("a"), check("b"))
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        (seen,) = await first(stream, 1)
    await rig.restart()
    await rig.write(ended("a"))
    stream = rig.server.watch(rig.plan, after_sequence=seen.sequence)
    async with aclosing(stream):
        assert [event.sequence for event in await first(stream, 2)] == [2, 3]


async def test_watchers_of_one_plan_do_not_disturb_each_other(rig: Rig) -> None:
    """One that leaves, or reads nothing, takes nothing from another one."""
    idle = rig.server.watch(rig.plan, after_sequence=0)
    stream = rig.server.watch(rig.plan, after_sequence=0)
    other = (await rig.server.create_work_plan()).id
    await rig.write(check("a"))
    async with aclosing(stream):
        await anext(idle)
        await first(stream, 1)
        await idle.aclose()
        await rig.write(check("elsewhere"), plan=other)
        await rig.write(check("b"))
        assert shown(await anext(stream))[0] == "b"


async def test_filters_select_events(rig: Rig) -> None:
    """Kinds, ids and new states select; completion passes every filter."""
    await rig.register()
    await rig.write(check("a"), check("b"), stage("s", answers=["a"]))
    rig.runners.take().answer(final("a"))
    await rig.settle()
    await rig.write(ended("b"))
    only = EventFilter(stages=False, check_states=frozenset({FINAL}), check_ids=frozenset({"a"}))
    stream = rig.server.watch(rig.plan, after_sequence=0, only=only)
    async with aclosing(stream):
        assert [shown(event)[0] for event in await first(stream, 2)] == ["a", "completed"]


async def test_events_may_carry_their_nodes(rig: Rig) -> None:
    """With `include_nodes` the node is there as stored at sending, else not."""
    await rig.write(check("a", options={"x": 1}), stage("s"))
    await rig.write(ended("a"))
    stream = rig.server.watch(rig.plan, after_sequence=0, only=EventFilter(include_nodes=True))
    async with aclosing(stream):
        checked, staged = await first(stream, 2)
    assert isinstance(checked, CheckChanged)
    assert checked.new_state is WAITING
    assert checked.check == await rig.check("a")
    assert isinstance(staged, StageChanged)
    assert staged.stage == await rig.stage("s")
    assert {getattr(event, "check", None) for event in await everything(rig)} == {None}


async def test_completion_is_an_event_of_its_own(rig: Rig) -> None:
    """It comes in the transaction that ends the last node, and again if nodes are added and end."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"]))
    rig.runners.take().answer(final("a"))
    await rig.settle()
    assert shown((await everything(rig))[-1]) == ("completed", 1, 1, False)
    await rig.write(CheckWrite(id="late"))
    assert shown((await everything(rig))[-1])[0] == "late"
    await rig.write(ended("late", failure="red"))
    assert shown((await everything(rig))[-1]) == ("completed", 2, 1, True)


async def test_repeating_a_write_is_no_event(rig: Rig) -> None:
    """A plan that is complete does not complete again because something was said twice."""
    await rig.write(ended("a"))
    await rig.write(ended("a"))
    assert [event.sequence for event in await everything(rig)] == [1, 2]


async def test_a_cancelled_plan_completes_with_failures(rig: Rig) -> None:
    """CANCELLED nodes count as failures, SKIPPED ones do not."""
    await rig.write(check("a"), check("b", on_check("a").failed), ended("a"))
    assert shown((await everything(rig))[-1]) == ("completed", 2, 0, False)
    await rig.write(check("c"))
    await rig.server.cancel_work_plan(rig.plan)
    assert shown((await everything(rig))[-1]) == ("completed", 3, 0, True)


async def test_an_attempt_that_begins_is_an_event_of_its_stage(rig: Rig) -> None:
    """A stage that is attempted again says so, though its state stays."""
    await rig.register()
    await rig.write(stage("s"))
    rig.runners.take().lose()
    await rig.advance(2)
    staged = [event for event in await everything(rig) if isinstance(event, StageChanged)]
    assert [(event.attempt, event.attempt_state and event.attempt_state.name) for event in staged] == [
        (1, "RUNNING"),
        (2, "PENDING"),
        (2, "RUNNING"),
    ]
    assert {event.new_state for event in staged} == {StageState.ATTEMPTING}


async def test_unknown_plans_are_not_found(rig: Rig) -> None:
    """There is nothing to watch."""
    with pytest.raises(NotFound, match="work plan 'nobody' does not exist"):
        await anext(rig.server.watch("nobody"))


@pytest.mark.parametrize("after", [3, 99])
async def test_a_position_that_does_not_exist_is_refused(rig: Rig, after: int) -> None:
    """Waiting for an event of another database would be silent."""
    newest = (await rig.write(check("a"), check("b"))).sequence
    assert newest == 2
    with pytest.raises(PositionExpired, match=rf"has no event {after}, its newest is 2; query the nodes") as caught:
        await anext(rig.server.watch(rig.plan, after_sequence=after))
    assert caught.value.field == "after_sequence"


async def test_a_position_that_is_not_kept_is_refused(rig: Rig) -> None:
    """A watcher learns that events are missing, at once or when it comes to the gap."""
    await rig.write(*(check(f"c{number}") for number in range(6)))
    await rig.change("DELETE FROM events WHERE sequence IN (1, 2, 3)")
    with pytest.raises(PositionExpired, match="keeps event 3 no more"):
        await anext(rig.server.watch(rig.plan, after_sequence=2))
    stream = rig.server.watch(rig.plan, after_sequence=3)
    async with aclosing(stream):
        assert [event.sequence for event in await first(stream, 3)] == [4, 5, 6]


async def test_a_gap_in_what_is_kept_ends_the_stream(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is passed over in silence, even if it is deleted while somebody reads on."""
    monkeypatch.setattr("orchestrator.watching._READ", 2)
    await rig.write(*(check(f"c{number}") for number in range(6)))
    stream = rig.server.watch(rig.plan, after_sequence=0)
    async with aclosing(stream):
        await first(stream, 2)
        await rig.change("DELETE FROM events WHERE sequence IN (3, 4)")
        with pytest.raises(PositionExpired, match="has come to event 2, but the next one that is kept is 5"):
            await anext(stream)


async def test_deletion_of_the_plan_ends_the_stream(rig: Rig) -> None:
    """Whoever waits for more of a plan that is deleted does not wait for ever."""
    await rig.write(ended("a"))
    stream = rig.server.watch(rig.plan)
    async with aclosing(stream):
        waiting = rig.start_task(anext(stream))
        await rig.settle()
        await rig.server.delete_work_plans()
        with pytest.raises(NotFound, match="has been deleted"):
            await waiting


async def test_the_position_is_fixed_when_the_stream_says_so(rig: Rig) -> None:
    """What happens after that comes, however late the first event is asked for."""
    stream = rig.server.watch(rig.plan)
    async with aclosing(stream):
        await stream.positioned()
        await rig.write(check("a"))
        assert shown(await anext(stream))[0] == "a"


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
