"""Streams of events."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from grpc import aio

from orchestrator.transport.encoding import EncodedEvents
from orchestrator.transport.server import GrpcServer
from tests.edge.conftest import Client, as_raised
from tests.edge.recorded import NOW, RecordedCalls, event
from turboci.errors import InvalidArgument, NotFound, OrchestratorUnavailable, PositionExpired
from turboci.events import Bookmark, CheckChanged, Event, EventFilter, ProgressReported
from turboci.nodes import ProgressEntry
from turboci.states import CheckState
from turboci.v1 import service_pb2
from turboci.wire.events import event as from_message
from turboci.wire.events import event_message, watch_request


async def next_of_any_kind(stream: aio.UnaryStreamCall[bytes, bytes]) -> Event:
    data = await stream.read()
    assert isinstance(data, bytes)
    return from_message(service_pb2.WorkPlanEvent.FromString(data))


async def next_event(stream: aio.UnaryStreamCall[bytes, bytes]) -> CheckChanged:
    found = await next_of_any_kind(stream)
    assert isinstance(found, CheckChanged)
    return found


async def test_events_arrive_in_order_and_as_they_were(calls: RecordedCalls, client: Client) -> None:
    """A watcher gets each event of the orchestrator, in its order."""
    calls.events = tuple(event(number) for number in range(1, 200))
    stream = client.watch(watch_request("plan", 0).SerializeToString())
    assert [await next_event(stream) for _ in calls.events] == list(calls.events)
    stream.cancel()


async def test_the_filter_and_the_position_are_handed_on(calls: RecordedCalls, client: Client) -> None:
    """The watch starts after the event that the watcher names, with the filter that it names."""
    only = EventFilter(
        checks=True,
        stages=False,
        check_states=frozenset({CheckState.FINAL}),
        check_ids=frozenset({"a"}),
        include_nodes=True,
        bookmarks=True,
        progress=True,
    )
    stream = client.watch(watch_request("plan", 3, only).SerializeToString())
    await stream.initial_metadata()
    async with asyncio.timeout(10):
        await calls.watched.wait()
    assert calls.asked[-1] == ("watch", "plan", 3, only)
    stream.cancel()


async def test_headers_say_that_the_position_is_fixed(calls: RecordedCalls, client: Client) -> None:
    """A watch of what happens from now on has its place in the sequence before the watcher gets the headers."""
    calls.held = asyncio.get_running_loop().create_future()
    stream = client.watch(watch_request("plan").SerializeToString())
    headers = asyncio.ensure_future(stream.initial_metadata())
    async with asyncio.timeout(10):
        await calls.arrived.wait()
        assert calls.asked == [("watch", "plan", None, EventFilter())]
        assert not headers.done()
        calls.held.set_result(None)
        await headers
    stream.cancel()


async def test_an_unknown_plan_ends_the_watch_at_once(calls: RecordedCalls, client: Client) -> None:
    """The error comes instead of events, as the class that it is."""
    calls.error = NotFound("work plan 'nope'", "does not exist")
    stream = client.watch(watch_request("nope", 0).SerializeToString())
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    assert as_raised(caught.value) == calls.error


async def test_a_negative_position_is_refused(client: Client) -> None:
    """Sequences count from 1, so nothing comes after -1."""
    stream = client.watch(watch_request("plan", -1).SerializeToString())
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    error = as_raised(caught.value)
    assert isinstance(error, InvalidArgument)
    assert error.field == "after_sequence"


async def test_a_position_that_does_not_exist_yet_is_refused(calls: RecordedCalls, client: Client) -> None:
    """A watcher with a position of another database learns so instead of waiting in silence."""
    calls.error = PositionExpired("work plan 'plan'", "has no event 8, its newest is 7")
    stream = client.watch(watch_request("plan", 8).SerializeToString())
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    assert isinstance(as_raised(caught.value), PositionExpired)


async def test_a_watcher_that_leaves_frees_its_iterator(calls: RecordedCalls, client: Client) -> None:
    """Nothing of a stream is left when the client has gone."""
    calls.events = (event(1),)
    stream = client.watch(watch_request("plan", 0).SerializeToString())
    await next_event(stream)
    async with asyncio.timeout(10):
        await calls.watched.wait()
        assert not calls.left.is_set()
        stream.cancel()
        await calls.left.wait()
    assert calls.left.is_set()


async def test_shutdown_ends_the_streams_as_unavailable(
    calls: RecordedCalls, client: Client, server: GrpcServer
) -> None:
    """A watcher learns that the orchestrator went, and can tell that from the end of the plan."""
    calls.events = (event(1),)
    stream = client.watch(watch_request("plan", 0).SerializeToString())
    await next_event(stream)
    await server.stop()
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    assert isinstance(as_raised(caught.value), OrchestratorUnavailable)
    assert calls.left.is_set()


async def test_a_slow_watcher_takes_bounded_memory(calls: RecordedCalls, client: Client) -> None:
    """Events wait in the orchestrator, not in the server, while the watcher does not read."""
    calls.events = tuple(event(number, cause="x" * 100_000) for number in range(1, 400))
    stream = client.watch(watch_request("plan", 0).SerializeToString())
    await next_event(stream)
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert not calls.watched.is_set()
    assert [(await next_event(stream)).sequence for _ in calls.events[1:]] == list(range(2, 400))
    stream.cancel()


async def test_a_slow_watcher_does_not_hold_up_shutdown(
    calls: RecordedCalls, client: Client, server: GrpcServer
) -> None:
    """A stream whose buffer is full ends like the others."""
    calls.events = tuple(event(number, cause="x" * 100_000) for number in range(1, 400))
    stream = client.watch(watch_request("plan", 0).SerializeToString())
    await next_event(stream)
    async with asyncio.timeout(10):
        await server.stop()
    assert calls.left.is_set()
    assert not calls.watched.is_set()
    stream.cancel()


async def test_bookmarks_and_progress_arrive_as_they_are(calls: RecordedCalls, client: Client) -> None:
    """What has no number of its own comes with the place of the stream, in its place between the others."""
    said = ProgressEntry(message="half", percent=50, details={"n": 1}, timestamp=NOW)
    calls.events = (
        event(1),
        ProgressReported(sequence=1, at=NOW, stage_id="s", attempt=2, progress=said),
        Bookmark(sequence=40, at=NOW),
    )
    only = EventFilter(bookmarks=True, progress=True)
    stream = client.watch(watch_request("plan", 0, only).SerializeToString())
    assert [await next_of_any_kind(stream) for _ in calls.events] == list(calls.events)
    stream.cancel()


def test_an_event_is_encoded_once_for_all_watchers() -> None:
    """Its bytes are those of its message, and kept for as many events as watchers are usually apart."""
    encoder = EncodedEvents()
    happened = [event(number) for number in range(1, 501)]
    first = encoder.encoded(happened[0])
    assert first == event_message(happened[0]).SerializeToString()
    assert encoder.encoded(happened[0]) is first
    assert encoder.encoded(replace(happened[0])) is not first
    for each in happened:
        encoder.encoded(each)
    assert encoder.encoded(happened[499]) is encoder.encoded(happened[499])
    assert encoder.encoded(happened[0]) is not first


def test_the_bytes_of_large_events_are_not_kept_in_numbers() -> None:
    """However many there are, four MiB of them are kept at most, and the newest one in any case."""
    encoder = EncodedEvents()
    small, large = event(1), event(2, cause="x" * 5_000_000)
    first = encoder.encoded(small)
    newest = encoder.encoded(large)
    assert encoder.encoded(large) is newest
    assert encoder.encoded(small) is not first


def test_progress_is_not_kept_for_others() -> None:
    """Each watcher has its own event of it, with the position of its own stream."""
    encoder = EncodedEvents()
    progress = ProgressReported(sequence=1, at=NOW, stage_id="s", attempt=1, progress=ProgressEntry(message="half"))
    assert encoder.encoded(progress) is not encoder.encoded(progress)
