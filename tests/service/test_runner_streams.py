"""Attempts that travel over a stream of their runner: SYNC and ASYNC are alike there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.service.rig import Rig
from tests.service.streaming import StreamedRunner, green
from tests.service.writing import ASYNC, NEVER_AGAIN, SYNC, check, on_stage, stage
from turboci.errors import ExecutionNotFound, InvalidArgument, StaleAttempt
from turboci.executions import Answer, CheckUpdate
from turboci.frames import Report, Returned, RunnerFrame
from turboci.nodes import ProgressEntry
from turboci.states import ConcludedReason, ExecutionMode, Outcome, StageState

TTL = 60


@pytest.fixture
async def streamed(rig: Rig) -> AsyncIterator[StreamedRunner]:
    """A runner with an open stream."""
    found = StreamedRunner(rig, ttl=TTL)
    await found.connect()
    yield found
    await found.close()


async def attempt_states(rig: Rig) -> list[str]:
    return [attempt.state.name for attempt in (await rig.stage("s")).attempts]


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_a_stage_is_sent_and_completed(rig: Rig, streamed: StreamedRunner, mode: ExecutionMode) -> None:
    """The report is acknowledged when its result is durable."""
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=mode))
    assert streamed.names == ["s:1"]
    await streamed.report(green("a"))
    assert streamed.acknowledged == [1]
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert (await rig.check("a")).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_an_attempt_runs_once_it_is_accepted(rig: Rig, streamed: StreamedRunner, mode: ExecutionMode) -> None:
    """SCHEDULED is sent and not accepted yet; RUNNING means that the runner has it."""
    await rig.write(stage("s", execution_mode=mode))
    assert await attempt_states(rig) == ["SCHEDULED"]
    await streamed.accept()
    assert await attempt_states(rig) == ["RUNNING"]


async def test_what_became_ready_together_travels_together(rig: Rig, streamed: StreamedRunner) -> None:
    """The stages that one completion unblocks are in one frame with its acknowledgement."""
    await rig.write(stage("s"), *(stage(f"t{n}", on_stage("s")) for n in range(20)))
    await streamed.report(Answer())
    assert streamed.names == ["s:1", *(f"t{n}:1" for n in range(20))]
    assert (len(streamed.frames[-1].executions), streamed.frames[-1].acknowledged) == (20, (1,))


async def test_one_bad_report_does_not_spoil_the_frame(rig: Rig, streamed: StreamedRunner) -> None:
    """Each report of a frame is accepted or refused for itself."""
    await rig.write(check("a"), stage("s", answers=["a"]), stage("t"), stage("u"))
    s, t, u = (execution.execution_id for execution in streamed.executions)
    unknown = Answer(check_updates=(CheckUpdate(check_id="nobody"),))
    await streamed.say(
        RunnerFrame(
            reports=(
                Report(ticket=1, execution_id=s, content=green("a")),
                Report(ticket=2, execution_id=t, content=unknown),
                Report(ticket=3, execution_id=u, content=Answer()),
                Report(ticket=4, execution_id="no-such", content=Answer()),
            )
        )
    )
    assert streamed.acknowledged == [1, 3]
    assert {ticket: type(error) for ticket, error in streamed.refused.items()} == {
        2: InvalidArgument,
        4: ExecutionNotFound,
    }
    assert (await rig.stage("t")).state is StageState.ATTEMPTING


async def test_a_report_that_was_lost_on_the_way_back_is_acknowledged_again(rig: Rig, streamed: StreamedRunner) -> None:
    """A runner that heard nothing says it again on its next stream."""
    await rig.write(check("a"), stage("s", answers=["a"]))
    await streamed.report(green("a"))
    await streamed.break_off()
    await streamed.connect(streamed.newest)
    assert streamed.cancelled == [streamed.newest]
    await streamed.report(green("a"), ticket=1)
    assert streamed.acknowledged == [1, 1]
    await streamed.report(Answer(failure="no"), ticket=2)
    assert isinstance(streamed.refused[2], StaleAttempt)


async def test_progress_shows_at_the_attempt(rig: Rig, streamed: StreamedRunner) -> None:
    """An entry of progress accepts the attempt, too."""
    await rig.write(stage("s"))
    await streamed.report(ProgressEntry(message="half", percent=50))
    (attempt,) = (await rig.stage("s")).attempts
    assert [entry.message for entry in attempt.progress] == ["half"]
    assert attempt.state.name == "RUNNING"


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_an_accepted_attempt_outlives_its_stream(rig: Rig, streamed: StreamedRunner, mode: ExecutionMode) -> None:
    """The runner comes back within its lease, and completes what it had."""
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=mode))
    await streamed.accept()
    await streamed.break_off()
    await rig.advance(TTL / 2)
    await streamed.connect(streamed.newest)
    await rig.advance(TTL / 2 + 1)
    await streamed.report(green("a"))
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert streamed.names == ["s:1"]


async def test_a_runner_that_stays_away_loses_its_attempts(rig: Rig, streamed: StreamedRunner) -> None:
    """When the lease has ended the attempt is lost, and charged: the runner is gone."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await streamed.accept()
    await streamed.break_off()
    await rig.advance(TTL + 1)
    ended = await rig.stage("s")
    assert (ended.outcome, ended.concluded_reason) == (Outcome.FAILED, ConcludedReason.RETRIES_EXHAUSTED)
    assert ended.cause is not None
    assert "is gone: its registration ended" in ended.cause


async def test_what_was_sent_and_not_accepted_is_lost_uncharged(rig: Rig, streamed: StreamedRunner) -> None:
    """It is never sent again: another attempt follows, and the old one is fenced."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    first = streamed.newest
    await streamed.break_off()
    assert await attempt_states(rig) == ["INCOMPLETE", "PENDING"]
    await streamed.connect()
    assert streamed.names == ["s:1", "s:2"]
    await streamed.report(Answer(), of=first)
    assert isinstance(streamed.refused[1], StaleAttempt)
    await streamed.report(Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_what_came_although_the_stream_broke_is_cancelled(rig: Rig, streamed: StreamedRunner) -> None:
    """A runner that speaks for an attempt that was given up is told so."""
    await rig.write(stage("s"))
    first = streamed.newest
    await streamed.break_off()
    await streamed.connect(first)
    assert streamed.cancelled == [first]
    assert streamed.names == ["s:1", "s:2"]


async def test_what_the_runner_forgot_is_lost(rig: Rig, streamed: StreamedRunner) -> None:
    """An attempt that was accepted, and that the process does not speak for any more, is not waited for."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await streamed.accept()
    await streamed.break_off()
    await streamed.connect()
    ended = await rig.stage("s")
    assert ended.outcome is Outcome.FAILED
    assert ended.cause == "its runner does not speak for it any more (after 1 attempt)"


async def test_a_new_stream_of_a_process_takes_the_place_of_the_old_one(rig: Rig, streamed: StreamedRunner) -> None:
    """The runner noticed first that its stream had broken; what it says over the new one counts."""
    await rig.write(stage("s"), stage("t"))
    s, t = (execution.execution_id for execution in streamed.executions)
    await streamed.accept(s)
    old = streamed.session
    await streamed.connect(s, t)
    await old.close()
    assert len(await rig.server.list_runners("builder")) == 1
    await streamed.report(Answer(), of=s)
    await streamed.report(Answer(), of=t)
    assert {(await rig.stage(id)).outcome for id in "st"} == {Outcome.SUCCEEDED}
    assert streamed.names == ["s:1", "t:1"]


async def test_nothing_is_sent_over_a_broken_stream(rig: Rig, streamed: StreamedRunner) -> None:
    """Work waits for the runner to come back, or goes to another one."""
    await streamed.break_off()
    await rig.write(stage("s"))
    assert await attempt_states(rig) == ["PENDING"]
    other = StreamedRunner(rig, "r2", process="p2")
    await other.connect()
    assert other.names == ["s:1"]
    await other.close()


async def test_a_refused_attempt_is_tried_again_uncharged(rig: Rig, streamed: StreamedRunner) -> None:
    """A full runner refuses; the stage waits a little and is offered again."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await streamed.refuse()
    await rig.advance(1)
    assert streamed.names == ["s:1", "s:2"]
    await streamed.report(Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_a_runner_that_accepts_again_gets_what_waited_for_it(rig: Rig, streamed: StreamedRunner) -> None:
    """One that refused rests a little; taking another attempt ends that, and nothing waits any longer."""
    await rig.write(stage("s"), stage("t"))
    t = streamed.executions[1].execution_id
    await streamed.say(
        RunnerFrame(returned=(Returned(execution_id=streamed.executions[0].execution_id, reason="full"),))
    )
    await rig.write(stage("u"))
    assert streamed.names == ["s:1", "t:1"]
    await streamed.accept(t)
    assert streamed.names == ["s:1", "t:1", "u:1"]


async def test_an_attempt_that_was_given_up_is_lost(rig: Rig, streamed: StreamedRunner) -> None:
    """A runner that is shut down says so; nobody waits for its lease to end."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await streamed.accept()
    await streamed.refuse(begun=True)
    ended = await rig.stage("s")
    assert ended.outcome is Outcome.FAILED
    assert ended.cause == "the runner has given the attempt up: full (after 1 attempt)"


async def test_an_attempt_that_is_not_accepted_in_time_is_lost(rig: Rig, streamed: StreamedRunner) -> None:
    """A runner that reads and does nothing holds a stage up for the time of acceptance only."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await rig.advance(20)
    await streamed.say(RunnerFrame())
    await rig.advance(11)
    assert streamed.cancelled == [streamed.newest]
    ended = await rig.stage("s")
    assert ended.cause is not None
    assert "did not accept the attempt within 30 s" in ended.cause


async def test_a_deadline_ends_the_attempt(rig: Rig, streamed: StreamedRunner) -> None:
    """The runner is asked to stop, and its late answer is refused."""
    await rig.write(stage("s", timeout=5.0, retry=NEVER_AGAIN))
    await streamed.accept()
    await rig.advance(5)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.TIMED_OUT
    assert streamed.cancelled == [streamed.newest]
    await streamed.report(Answer())
    assert isinstance(streamed.refused[1], StaleAttempt)


async def test_cancelling_reaches_the_runner(rig: Rig, streamed: StreamedRunner) -> None:
    """The attempt ends at once, and its runner is asked to stop it."""
    await rig.write(stage("s"))
    await streamed.accept()
    await rig.server.cancel_work_plan(rig.plan, "enough")
    await rig.settle()
    assert streamed.cancelled == [streamed.newest]
    assert (await rig.stage("s")).outcome is Outcome.CANCELLED


async def test_whatever_a_runner_says_renews_its_lease(rig: Rig, streamed: StreamedRunner) -> None:
    """Empty frames are enough, and a runner at work sends none."""
    await rig.write(stage("s", timeout=10.0 * TTL))
    await streamed.accept()
    for _ in range(6):
        await rig.advance(TTL / 2)
        await streamed.say(RunnerFrame())
    assert await attempt_states(rig) == ["RUNNING"]


async def test_a_draining_runner_gets_nothing_new_and_may_finish(rig: Rig, streamed: StreamedRunner) -> None:
    """It takes no more work, is not listed, and its reports count."""
    await rig.write(check("a"), stage("s", answers=["a"]))
    await streamed.accept()
    await streamed.say(RunnerFrame(draining=True))
    await rig.write(stage("t"))
    assert streamed.names == ["s:1"]
    assert await rig.server.list_runners("builder") == ()
    await streamed.report(green("a"))
    await streamed.leave()
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_a_draining_runner_that_comes_back_is_not_registered_again(rig: Rig, streamed: StreamedRunner) -> None:
    """It says what it still has to say, and gets no work for it."""
    await rig.write(check("a"), stage("s", answers=["a"]))
    await streamed.accept()
    await streamed.say(RunnerFrame(draining=True))
    await streamed.break_off()
    await streamed.connect(streamed.newest, draining=True)
    await rig.write(stage("t"))
    assert await rig.server.list_runners("builder") == ()
    await streamed.report(green("a"))
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_another_process_of_a_runner_drains_the_first(rig: Rig, streamed: StreamedRunner) -> None:
    """What the first one has accepted, it may finish."""
    await rig.write(check("a"), stage("s", answers=["a"]))
    await streamed.accept()
    second = StreamedRunner(rig, process="p2")
    await second.connect()
    await rig.write(stage("t"))
    assert (streamed.names, second.names) == (["s:1"], ["t:1"])
    await streamed.report(green("a"))
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    await second.close()


@pytest.mark.parametrize("how", ["stop", "crash"])
@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_an_accepted_attempt_outlives_the_orchestrator(
    rig: Rig, streamed: StreamedRunner, mode: ExecutionMode, how: str
) -> None:
    """The runner connects to the next one, and completes what it had."""
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=mode))
    await streamed.accept()
    await streamed.close()
    await (rig.restart() if how == "stop" else rig.crash())
    await rig.write(stage("t"))
    await streamed.connect(streamed.newest)
    assert streamed.names == ["s:1", "t:1"]
    await streamed.report(green("a"), of=streamed.executions[0].execution_id)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_what_was_not_accepted_is_attempted_again_after_a_crash(rig: Rig, streamed: StreamedRunner) -> None:
    """Our own restart charges nothing."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await streamed.close()
    await rig.crash()
    await streamed.connect()
    assert streamed.names == ["s:1", "s:2"]


async def test_load_counts_what_is_sent(rig: Rig) -> None:
    """A runner gets no more than it takes at a time, however it is reached."""
    small = StreamedRunner(rig, max_concurrent=2)
    await small.connect()
    await rig.write(*(stage(f"s{n}") for n in range(5)))
    assert small.names == ["s0:1", "s1:1"]
    await small.report(Answer())
    assert small.names == ["s0:1", "s1:1", "s2:1"]
    await small.close()
