"""Watching a plan over real gRPC."""

from __future__ import annotations

import asyncio

import pytest

from ci.remote import RemoteOrchestrator
from tests.runner.server import SmallOrchestrator, serving
from turboci.errors import (
    NotFound,
    OrchestratorUnavailable,
    PositionExpired,
    ServiceError,
)
from turboci.events import CheckChanged, EventFilter, PlanCompleted
from turboci.states import CheckState
from turboci.v1 import service_pb2


def an_event(sequence: int, state: CheckState = CheckState.FINAL) -> service_pb2.WorkPlanEvent:
    change = service_pb2.CheckEvent(check_id="c", new_state=f"CHECK_STATE_{state.name}")
    return service_pb2.WorkPlanEvent(sequence=sequence, check_event=change)


async def test_watching_yields_events_in_order(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Events come as values in the order of the stream; the request carries position and filter."""
    small.events.put_nowait(an_event(7))
    small.events.put_nowait(service_pb2.WorkPlanEvent(sequence=8, completed_event={"checks_completed": 1}))
    stream = remote.watch("p", after_sequence=6, only=EventFilter(stages=False, check_ids=frozenset({"c"})))
    first, second = await anext(stream), await anext(stream)
    await stream.aclose()
    assert isinstance(first, CheckChanged)
    assert (first.sequence, first.check_id, first.new_state) == (7, "c", CheckState.FINAL)
    assert isinstance(second, PlanCompleted)
    assert small.requests == [
        service_pb2.WatchWorkPlanRequest(work_plan_id="p", include_checks=True, check_id_filter=["c"], after_sequence=6)
    ]


async def test_closing_the_iterator_cancels_the_call(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """The server loses its watcher, and the iterator is at its end; closing again is fine."""
    stream = remote.watch("p")
    await stream.positioned()
    await small.until_watchers(1)
    await stream.aclose()
    await small.until_watchers(0)
    await stream.aclose()
    assert [event async for event in stream] == []


async def test_a_consumer_that_gives_up_waiting_loses_nothing(
    remote: RemoteOrchestrator, small: SmallOrchestrator
) -> None:
    """Cancelling the wait for an event leaves the stream intact."""
    stream = remote.watch("p")
    waiting = asyncio.ensure_future(anext(stream))
    await small.until_watchers(1)
    waiting.cancel()
    await asyncio.wait({waiting})
    small.events.put_nowait(an_event(1))
    small.events.put_nowait(an_event(2))
    assert [(await anext(stream)).sequence, (await anext(stream)).sequence] == [1, 2]
    await stream.aclose()


async def test_events_that_nobody_wants_are_left_out(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Kinds of events of a later version, and what the filter excludes, are skipped."""
    small.events.put_nowait(service_pb2.WorkPlanEvent(sequence=1))
    small.events.put_nowait(an_event(2, CheckState.PLANNED))
    small.events.put_nowait(an_event(3))
    stream = remote.watch("p", only=EventFilter(check_states=frozenset({CheckState.FINAL})))
    assert (await anext(stream)).sequence == 3
    await stream.aclose()


@pytest.mark.parametrize("error", [NotFound("work plan 'p'", "does not exist"), PositionExpired("event 3", "is gone")])
async def test_watching_raises_what_the_orchestrator_raises(
    remote: RemoteOrchestrator, small: SmallOrchestrator, error: ServiceError
) -> None:
    """A refused watch ends with the class that the server raised."""
    small.events.put_nowait(error)
    with pytest.raises(type(error)):
        await anext(remote.watch("p"))


async def test_a_stream_that_ends_or_breaks_is_unavailable(small: SmallOrchestrator) -> None:
    """Whoever watches learns that the orchestrator went away, whether it says so or not."""
    async with serving(small) as address, RemoteOrchestrator(address) as remote:
        ended, broken = remote.watch("p"), remote.watch("p")
        await small.until_watchers(2)
        small.events.put_nowait(None)
        await small.until_watchers(1)
        first, second = asyncio.ensure_future(anext(ended)), asyncio.ensure_future(anext(broken))
        await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
        small.events.put_nowait(OrchestratorUnavailable("orchestrator", "is shutting down"))
        errors = await asyncio.gather(first, second, return_exceptions=True)
    assert {type(error) for error in errors} == {OrchestratorUnavailable}
    assert {str(error) for error in errors} == {
        f"orchestrator {address} has ended the stream; watch again from the last event",
        "orchestrator is shutting down",
    }
