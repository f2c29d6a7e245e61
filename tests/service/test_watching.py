"""Streams of events: in commit order, without gaps, resumable."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.streams import everything, first, shown
from tests.service.writing import check, ended, on_check, stage
from turboci.events import CheckChanged, EventFilter, StageChanged
from turboci.states import CheckState, Outcome, StageState
from turboci.writes import CheckWrite

PLANNED, WAITING, FINAL = CheckState.PLANNED, CheckState.WAITING, CheckState.FINAL


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
