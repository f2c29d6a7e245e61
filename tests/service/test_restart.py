"""After a crash or a stop every plan continues, and nothing is charged for it."""

from __future__ import annotations

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, check, on_check, on_stage, runner, stage
from turboci.errors import StaleAttempt
from turboci.executions import Answer
from turboci.states import AttemptState, ConcludedReason, Outcome, StageState


async def stage_cause(rig: Rig, stage_id: str = "s") -> str:
    return str((await rig.stage(stage_id)).attempts[0].failure)


async def test_a_sync_attempt_is_lost_uncharged(rig: Rig) -> None:
    """It is tried again at once, though its policy allows one attempt only."""
    await rig.register()
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await rig.crash()
    assert await stage_cause(rig) == "the orchestrator was restarted"
    assert rig.runners.names == ["s:1", "s:2"]
    rig.runners.take().answer()
    await rig.settle()
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_an_attempt_that_was_not_accepted_is_lost_uncharged(rig: Rig) -> None:
    """Nobody knows whether the runner has got it, so it is offered anew."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC, retry=NEVER_AGAIN))
    first = rig.runners.take().execution
    await rig.crash()
    second = await rig.accept_next()
    with pytest.raises(StaleAttempt):
        await rig.server.complete_execution(first.execution_id, Answer())
    await rig.server.complete_execution(second, Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_an_accepted_attempt_keeps_its_id(rig: Rig) -> None:
    """Its runner completes it as if nothing had happened."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=ASYNC))
    execution_id = await rig.accept_next()
    await rig.crash()
    assert rig.runners.names == ["s:1"]
    await rig.server.complete_execution(execution_id, Answer(check_updates=(final("a", n=1),)))
    await rig.settle()
    assert (await rig.check("a")).data == {"n": 1}
    assert len((await rig.stage("s")).attempts) == 1


async def test_an_accepted_attempt_gets_a_fresh_lease(rig: Rig) -> None:
    """What ran out while nobody could be told has time to be told; then it ends."""
    await rig.register(ttl=60)
    await rig.write(*(stage(name, execution_mode=ASYNC, retry=NEVER_AGAIN, timeout=9000.0) for name in "st"))
    first, _ = await rig.accept_next(), await rig.accept_next()
    await rig.stop()
    rig.clock.at_us += 3600 * 1_000_000
    await rig.start()
    await rig.advance(29)
    await rig.server.complete_execution(first, Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    await rig.advance(1)
    assert (await rig.stage("t")).cause == "runner 'r1' is gone: its registration ended (after 1 attempt)"


async def test_a_runner_that_renews_after_the_restart_keeps_its_attempts(rig: Rig) -> None:
    """Though its registration had run out while the server was down."""
    lease = await rig.register(ttl=60)
    await rig.write(stage("s", execution_mode=ASYNC, timeout=9000.0))
    execution_id = await rig.accept_next()
    await rig.stop()
    rig.clock.at_us += 3600 * 1_000_000
    await rig.start()
    renewed = await rig.server.register_runner(runner(ttl=60))
    assert renewed.registration_id == lease.registration_id
    await rig.advance(59)
    await rig.server.complete_execution(execution_id, Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_deadlines_are_armed_again(rig: Rig) -> None:
    """The deadline of an accepted attempt ends it in the new process, too."""
    await rig.register(ttl=9000)
    await rig.write(stage("s", execution_mode=ASYNC, timeout=100.0, retry=NEVER_AGAIN))
    await rig.accept_next()
    await rig.advance(50)
    await rig.crash()
    await rig.advance(49)
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.advance(1)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.TIMED_OUT


async def test_backoffs_are_armed_again(rig: Rig) -> None:
    """A queued retry waits out its backoff in the new process."""
    await rig.register()
    await rig.write(stage("s"))
    rig.runners.take().lose()
    await rig.settle()
    await rig.crash()
    assert rig.runners.names == ["s:1"]
    await rig.advance(1.3)
    assert rig.runners.names == ["s:1", "s:2"]


async def test_queued_work_is_found_again(rig: Rig) -> None:
    """Plans take turns in the new process as they did in the old one."""
    other = (await rig.server.create_work_plan()).id
    await rig.write(stage("a1"), stage("a2"))
    await rig.write(stage("b1"), plan=other)
    await rig.crash()
    await rig.register(max_concurrent=1)
    for _ in range(3):
        rig.runners.take().answer()
        await rig.settle()
    assert rig.runners.names == ["a1:1", "b1:1", "a2:1"]


async def test_load_is_counted_anew(rig: Rig) -> None:
    """The load of a runner after a restart is its accepted attempts, no more and no less."""
    await rig.register(max_concurrent=2)
    await rig.write(stage("accepted", execution_mode=ASYNC), stage("sync"), stage("queued"))
    execution_id = await rig.accept_next()
    await rig.crash()
    (info,) = await rig.server.list_runners()
    assert info.current_load == 2
    assert rig.runners.names[2:] == ["queued:1"]
    await rig.server.complete_execution(execution_id, Answer())
    await rig.settle()
    assert rig.runners.names[2:] == ["queued:1", "sync:2"]


async def test_what_was_acknowledged_is_there(rig: Rig) -> None:
    """States, results and events are as they were before the crash."""
    await rig.register()
    await rig.write(check("a"), check("b", on_check("a")), stage("s", answers=["a"]), stage("t", on_stage("s")))
    rig.runners.take().answer(final("a", n=1))
    await rig.settle()
    query = "SELECT * FROM events ORDER BY sequence LIMIT 8"
    before = (await rig.server.query_nodes(rig.plan)).checks, await rig.rows(query)
    await rig.crash()
    assert ((await rig.server.query_nodes(rig.plan)).checks, await rig.rows(query)) == before


async def test_a_stop_loses_sync_work_uncharged(rig: Rig) -> None:
    """What a stop interrupts is cancelled at the runner, and attempted again at the next start."""
    await rig.register()
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await rig.restart()
    assert rig.runners.calls[0].withdrawn
    assert await stage_cause(rig) == "the orchestrator was shut down"
    assert rig.runners.names == ["s:1", "s:2"]


async def test_draining_claims_nothing_new(rig: Rig) -> None:
    """Work that becomes ready while the server drains waits for the next start."""
    await rig.register()
    await rig.write(stage("one"), stage("two", on_stage("one")))
    await rig.server.drain(0.0)
    rig.runners.take().answer()
    await rig.settle()
    assert (await rig.stage("one")).outcome is Outcome.SUCCEEDED
    assert (await rig.stage("two")).attempts[0].state is AttemptState.PENDING
    assert rig.runners.names == ["one:1"]
    await rig.restart()
    assert rig.runners.names == ["one:1", "two:1"]


async def test_draining_waits_for_sync_work(rig: Rig) -> None:
    """A drain ends when the last call has come back, and its answer counts."""
    await rig.register()
    await rig.write(stage("s"))
    rig.runners.take().answer()
    await rig.server.drain(60.0)
    await rig.settle()
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
