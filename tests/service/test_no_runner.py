"""Work that no live runner takes."""

from __future__ import annotations

import logging

import pytest

from tests.service.rig import Rig
from tests.service.writing import ASYNC, SYNC, check, stage
from turboci.states import ConcludedReason, Outcome, StageState


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


async def test_a_stage_waits_for_a_runner(rig: Rig) -> None:
    """By default it waits as long as it takes."""
    await rig.write(stage("s"))
    await rig.advance(7 * 86_400)
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.register()
    assert rig.runners.names == ["s:1"]


async def test_a_warning_is_logged_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """After ten seconds, with near misses, and not again."""
    await rig.register("b1")
    await rig.register("t1", runner_type="tester")
    await rig.write(stage("s", runner_type="biulder"))
    await rig.advance(9.9)
    assert warnings(caplog) == []
    await rig.write(stage("t", runner_type="biulder"))
    await rig.advance(100)
    assert warnings(caplog) == [
        "no live runner of type 'biulder' (did you mean 'builder'?); registered: 'builder', 'tester'; work waits"
    ]


async def test_the_warning_is_not_lost_among_other_alarms(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Something else that is due earlier does not make the server forget to warn."""
    await rig.register("t1", runner_type="tester", ttl=5)
    await rig.write(stage("s"))
    await rig.advance(10)
    assert len(warnings(caplog)) == 1


async def test_nothing_is_said_of_work_that_is_gone(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """A cancelled plan waits for nobody."""
    await rig.write(stage("s"))
    await rig.server.cancel_work_plan(rig.plan)
    await rig.advance(60)
    assert warnings(caplog) == []


async def test_a_busy_runner_is_a_runner(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Work that waits for a free slot is not warned of."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("a"), stage("b"))
    await rig.advance(60)
    assert warnings(caplog) == []


async def test_the_warning_says_why_registered_runners_do_not_do(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Runners of the type that take another mode, or drain, are counted."""
    await rig.register("r1", supported_modes=(SYNC,))
    lease = await rig.register("r2")
    await rig.server.unregister_runner(lease.registration_id)
    await rig.write(stage("s", execution_mode=ASYNC))
    await rig.advance(10)
    assert warnings(caplog) == [
        "no live runner of type 'builder' takes ASYNC work (2 registered: 1 draining, 1 without this mode); work waits"
    ]


# With a limit.


async def test_a_stage_without_a_runner_may_fail(rig: Rig) -> None:
    """With `fail_without_runner_after` the stage is FAILED / NO_RUNNER, and its checks with it."""
    await rig.restart(fail_without_runner_after=5.0)
    await rig.write(check("a"), stage("s", answers=["a"]))
    await rig.advance(4.9)
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.advance(0.1)
    failed = await rig.stage("s")
    assert (failed.outcome, failed.concluded_reason) == (Outcome.FAILED, ConcludedReason.NO_RUNNER)
    assert failed.cause == "no live runner of type 'builder'; registered: none"
    assert (await rig.check("a")).outcome is Outcome.FAILED


async def test_every_stage_gets_the_whole_time(rig: Rig) -> None:
    """A stage that became ready later fails later."""
    await rig.restart(fail_without_runner_after=20.0)
    await rig.write(stage("early"))
    await rig.advance(7)
    await rig.write(stage("late"))
    await rig.advance(13)
    assert ((await rig.stage("early")).state, (await rig.stage("late")).state) == (
        StageState.FINAL,
        StageState.ATTEMPTING,
    )
    await rig.advance(7)
    assert (await rig.stage("late")).state is StageState.FINAL


async def test_the_time_begins_when_the_last_runner_goes(rig: Rig) -> None:
    """Work that waited for a busy runner does not fail the moment that runner expires."""
    await rig.restart(fail_without_runner_after=5.0)
    await rig.register(ttl=60, max_concurrent=1)
    await rig.write(stage("a"), stage("b"))
    await rig.advance(64.9)
    assert (await rig.stage("b")).state is StageState.ATTEMPTING
    await rig.advance(0.1)
    assert (await rig.stage("b")).concluded_reason is ConcludedReason.NO_RUNNER


async def test_the_time_begins_anew_at_a_restart(rig: Rig) -> None:
    """Nothing fails because no runner could register while the server was down."""
    await rig.restart(fail_without_runner_after=5.0)
    await rig.write(stage("s"))
    await rig.advance(4)
    await rig.stop()
    rig.clock.at_us += 3600 * 1_000_000
    await rig.start()
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.advance(5)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.NO_RUNNER


async def test_a_stage_has_its_own_patience(rig: Rig) -> None:
    """A stage with `no_runner_timeout` is FAILED after it, one without waits on; the server is not set up to fail."""
    hasty = stage("hasty", no_runner_timeout=3.0)
    await rig.write(hasty, stage("patient"))
    await rig.advance(2.9)
    assert (await rig.stage("hasty")).state is StageState.ATTEMPTING
    await rig.advance(0.2)
    assert (await rig.stage("hasty")).concluded_reason is ConcludedReason.NO_RUNNER
    assert (await rig.stage("patient")).state is StageState.ATTEMPTING


async def test_the_patience_of_a_stage_goes_before_that_of_the_server(rig: Rig) -> None:
    """A stage that says how long it waits is not bound by the setting of the server."""
    await rig.restart(fail_without_runner_after=5.0)
    await rig.write(stage("patient", no_runner_timeout=60.0), stage("s"))
    await rig.advance(6)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.NO_RUNNER
    assert (await rig.stage("patient")).state is StageState.ATTEMPTING
    await rig.advance(60)
    assert (await rig.stage("patient")).concluded_reason is ConcludedReason.NO_RUNNER


async def test_the_time_begins_when_the_last_runner_leaves(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """What waits for a slot of a runner that unregisters is warned of, and fails, as if it had never been there."""
    await rig.restart(fail_without_runner_after=30.0)
    lease = await rig.register(ttl=3_600, max_concurrent=1)
    await rig.write(stage("a"), stage("b"))
    await rig.advance(60)
    await rig.server.unregister_runner(lease.registration_id)
    await rig.advance(10)
    assert [text for text in warnings(caplog) if "work waits" in text] == [
        "no live runner of type 'builder' takes SYNC work (1 registered: 1 draining); work waits"
    ]
    await rig.advance(19.9)
    assert (await rig.stage("b")).state is StageState.ATTEMPTING
    await rig.advance(0.1)
    assert (await rig.stage("b")).concluded_reason is ConcludedReason.NO_RUNNER


async def test_the_time_begins_when_the_last_runner_takes_other_work(rig: Rig) -> None:
    """A renewal without a mode leaves the work of that mode without a runner."""
    await rig.restart(fail_without_runner_after=30.0)
    await rig.register(ttl=3_600, max_concurrent=1)
    await rig.write(stage("a"), stage("b", execution_mode=ASYNC))
    await rig.register(ttl=3_600, max_concurrent=1, supported_modes=(SYNC,))
    await rig.advance(29.9)
    assert (await rig.stage("b")).state is StageState.ATTEMPTING
    await rig.advance(0.1)
    assert (await rig.stage("b")).concluded_reason is ConcludedReason.NO_RUNNER


async def test_a_stage_that_was_tried_has_its_own_patience_too(rig: Rig) -> None:
    """After a loss and a backoff the wait for a runner begins anew."""
    lease = await rig.register(ttl=3_600)
    await rig.write(stage("s", no_runner_timeout=5.0))
    rig.runners.take().lose()
    await rig.settle()
    await rig.server.unregister_runner(lease.registration_id)
    await rig.advance(5.5)
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.advance(1)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.NO_RUNNER


async def test_many_stages_fail_a_few_at_a_time(rig: Rig) -> None:
    """Six hundred stages whose time is up in one moment end in that moment, in more than one transaction."""
    await rig.restart(fail_without_runner_after=5.0)
    await rig.write(*(stage(f"s{number}") for number in range(600)))
    await rig.advance(5)
    nodes = await rig.server.query_nodes(rig.plan)
    assert {each.concluded_reason for each in nodes.stages} == {ConcludedReason.NO_RUNNER}
    ends = await rig.rows("SELECT ended_us, COUNT(*) FROM stage_attempts GROUP BY ended_us")
    assert ends == [(rig.clock.at_us, 600)]
