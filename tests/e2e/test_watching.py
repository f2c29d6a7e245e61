"""Watching a plan and reading it page by page, over real gRPC, with our client and with any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import ci
from ci.remote import RemoteOrchestrator
from tests.e2e.contract import PATIENCE, Client
from tests.e2e.servers import ServerProcess
from turboci.errors import NotFound, PositionExpired
from turboci.events import Bookmark, Event, EventFilter, PlanCompleted, ProgressReported
from turboci.nodes import ProgressEntry
from turboci.states import AttemptState, CheckState
from turboci.v1 import service_pb2
from turboci.writes import AttemptWrite, CheckWrite, StageWrite


@pytest.fixture
async def remote(address: str) -> AsyncIterator[RemoteOrchestrator]:
    async with RemoteOrchestrator(address) as orchestrator:
        yield orchestrator


def report(stage: str, state: AttemptState, message: str) -> StageWrite:
    return StageWrite(
        id=stage,
        current_attempt=AttemptWrite(state=state, process_uid="test", progress=ProgressEntry(message=message)),
    )


async def test_progress_and_bookmarks_come_to_those_who_ask(remote: RemoteOrchestrator) -> None:
    """A filtered stream tells what it skipped and what attempts report; one that did not ask gets neither."""
    plan = (await remote.create_work_plan()).id
    await remote.write_nodes(plan, stages=[StageWrite(id="s")])
    await remote.write_nodes(plan, checks=[CheckWrite(id=f"c{number}") for number in range(1_500)])
    await remote.write_nodes(plan, stages=[report("s", AttemptState.RUNNING, "half")])
    await remote.write_nodes(plan, stages=[report("s", AttemptState.COMPLETE, "done")])
    asked = remote.watch(plan, after_sequence=1, only=EventFilter(checks=False, bookmarks=True, progress=True))
    plain = remote.watch(plan, after_sequence=1, only=EventFilter(checks=False))
    await asked.positioned()
    async with asyncio.timeout(PATIENCE):
        bookmark = await anext(asked)
        assert isinstance(bookmark, Bookmark)
        assert bookmark.sequence == 1_001
        for _ in range(2):
            assert (await anext(asked)) == (await anext(plain))
        await remote.write_nodes(plan, stages=[StageWrite(id="t")])
        await anext(asked)
        await remote.write_nodes(plan, stages=[report("t", AttemptState.PENDING, "begun")])
        begun = await anext(asked)
        assert isinstance(begun, ProgressReported)
        assert (begun.stage_id, begun.attempt, begun.progress.message) == ("t", 1, "begun")
        assert begun.sequence == (await remote.query_nodes(plan)).sequence
    await asked.aclose()
    await plain.aclose()


async def test_pages_come_over_the_wire(remote: RemoteOrchestrator, client: Client) -> None:
    """Our client gets pages when it asks for them, and a program that knows none gets everything."""
    plan = (await remote.create_work_plan()).id
    await remote.write_nodes(plan, checks=[CheckWrite(id=f"c{number}") for number in range(5)])
    first = await remote.query_nodes(plan, page_size=3)
    rest = await remote.query_nodes(plan, page_size=3, page_token=first.next_page_token)
    assert [check.id for check in first.checks + rest.checks] == ["c0", "c1", "c2", "c3", "c4"]
    assert rest.next_page_token == ""
    everything = await client.query(plan)
    assert len(everything.checks) == 5
    assert everything == service_pb2.QueryNodesResponse(checks=everything.checks, sequence=everything.sequence)


async def test_nothing_is_watched_that_is_not_there(remote: RemoteOrchestrator) -> None:
    """An unknown plan and a position beyond its events are refused, behind a socket and in this process."""
    plan = (await remote.create_work_plan()).id
    with pytest.raises(PositionExpired):
        await anext(remote.watch(plan, after_sequence=1))
    with pytest.raises(NotFound):
        await anext(remote.watch("nobody"))
    async with ci.local() as here:
        plan = (await here.create_work_plan()).id
        with pytest.raises(PositionExpired):
            await anext(here.watch(plan, after_sequence=1))


async def test_a_stream_goes_on_after_a_crash(tmp_path: Path) -> None:
    """After a kill -9 a watcher resumes after its last event and sees each of the others once, completion included."""
    with ServerProcess(tmp_path) as server:
        async with RemoteOrchestrator(server.address) as remote:
            plan = (await remote.create_work_plan()).id
            await remote.write_nodes(plan, checks=[CheckWrite(id=f"c{number}") for number in range(3)])
            seen = await read(remote, plan, 0, 2)
            server.kill()
            server.start()
            ends = [CheckWrite(id=f"c{number}", state=CheckState.FINAL) for number in range(3)]
            await remote.write_nodes(plan, checks=ends)
            seen += await read(remote, plan, seen[-1].sequence, 5)
    assert [event.sequence for event in seen] == [1, 2, 3, 4, 5, 6, 7]
    assert isinstance(seen[-1], PlanCompleted)


async def read(remote: RemoteOrchestrator, plan: str, after: int, count: int) -> list[Event]:
    stream = remote.watch(plan, after_sequence=after)
    async with asyncio.timeout(PATIENCE):
        events = [await anext(stream) for _ in range(count)]
    await stream.aclose()
    return events
