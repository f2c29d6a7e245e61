"""A disk without room: refused by name, nothing lost, nothing half done, and everything goes on when there is room."""

from __future__ import annotations

import pytest

from tests.service.recording import final
from tests.service.recount import violations
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, check, on_check, runner, stage
from turboci.errors import LimitExceeded
from turboci.executions import Answer
from turboci.states import Outcome, StageState

BIG = {"text": "x" * 500_000}


async def fill_the_disk(rig: Rig) -> None:
    """Allow the file no page more than it has."""
    ((pages,),) = await rig.rows("PRAGMA page_count")
    await rig.change(f"PRAGMA max_page_count = {pages}")


async def make_room(rig: Rig) -> None:
    await rig.change("PRAGMA max_page_count = 1000000")


async def test_a_write_is_refused_as_a_whole(rig: Rig) -> None:
    """RESOURCE_EXHAUSTED says what to do; nothing of the call is there, no event, and the same call works later."""
    await rig.register()
    await rig.write(check("before"))
    before = await rig.server.query_nodes(rig.plan)
    await fill_the_disk(rig)
    with pytest.raises(LimitExceeded, match="the disk is full; free space and try again") as refused:
        await rig.write(check("a"), stage("s", answers=["a"]), check("big", options=BIG))
    assert refused.value.status == "RESOURCE_EXHAUSTED"
    await rig.settle()
    assert await rig.server.query_nodes(rig.plan) == before
    assert rig.runners.names == []
    assert (await rig.server.list_runners())[0].current_load == 0
    await make_room(rig)
    await rig.write(check("a"), stage("s", answers=["a"]), check("big", options=BIG))
    assert rig.runners.names == ["s:1"]
    assert (await rig.server.list_runners())[0].current_load == 1
    assert await rig.read(violations) == []
    assert await rig.findings() == []


async def test_what_is_there_can_be_read(rig: Rig) -> None:
    """Queries, explanations and watches need no room."""
    await rig.write(check("a"), check("b", on_check("a")))
    await fill_the_disk(rig)
    assert len((await rig.server.query_nodes(rig.plan)).checks) == 2
    assert len((await rig.server.explain(rig.plan)).reasons) == 2
    stream = rig.server.watch(rig.plan, after_sequence=0)
    assert (await anext(stream)).sequence == 1
    await stream.aclose()


async def test_a_completion_is_refused_and_may_come_again(rig: Rig) -> None:
    """An ASYNC runner is told, its attempt goes on, and the same completion counts once there is room."""
    await rig.register(ttl=3_600)
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=ASYNC, retry=NEVER_AGAIN))
    execution_id = await rig.accept_next()
    await fill_the_disk(rig)
    answer = Answer(check_updates=(final("a", **BIG),))
    with pytest.raises(LimitExceeded, match="the disk is full"):
        await rig.server.complete_execution(execution_id, answer)
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await make_room(rig)
    await rig.server.complete_execution(execution_id, answer)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert len((await rig.stage("s")).attempts) == 1


async def test_a_registration_that_is_not_stored_gets_no_work(rig: Rig) -> None:
    """What was undone in the file is undone in memory."""
    await rig.write(stage("s"))
    await fill_the_disk(rig)
    with pytest.raises(LimitExceeded):
        await rig.server.register_runner(runner(metadata={"text": "x" * 500_000}))
    assert await rig.server.list_runners() == ()
    await make_room(rig)
    await rig.settle()
    assert rig.runners.names == []
    await rig.register()
    assert rig.runners.names == ["s:1"]


async def test_deadlines_wait_for_the_disk(rig: Rig) -> None:
    """While nothing can be written, what is due is looked at again every second, and ends once it can be recorded."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s", execution_mode=ASYNC, timeout=60.0, retry=NEVER_AGAIN))
    await rig.accept_next()
    await rig.change("CREATE TRIGGER no BEFORE UPDATE ON stage_attempts BEGIN SELECT RAISE(ABORT, 'no'); END")
    await rig.advance(100)
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.change("DROP TRIGGER no")
    await rig.advance(1)
    assert (await rig.stage("s")).outcome is Outcome.FAILED


async def test_a_server_stops_though_nothing_can_be_written(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """It cannot record what it gives up, and says so; the next start does, and charges nothing."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s", args=BIG, retry=NEVER_AGAIN))
    await rig.change("PRAGMA query_only = ON")
    await rig.stop()
    assert "the next start settles what still ran" in caplog.text
    await rig.start()
    found = await rig.stage("s")
    assert [each.failure for each in found.attempts] == ["the orchestrator was restarted", None]
