"""What streams may not do: speak for others, flood, bring work to where nobody reads, wear out what is charged."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from orchestrator.service.pool import MOST_OFFERED
from tests.service.rig import Rig
from tests.service.streaming import StreamedRunner
from tests.service.writing import NEVER_AGAIN, stage
from turboci.errors import InvalidArgument, OrchestratorUnavailable
from turboci.executions import Answer, CheckUpdate
from turboci.frames import Report, Returned, RunnerFrame
from turboci.states import Outcome

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


async def test_nobody_gives_back_or_accepts_what_is_not_his(rig: Rig, streamed: StreamedRunner) -> None:
    """A stream speaks for the executions of its own process only: those of others stay as they are."""
    other = StreamedRunner(rig, "r2", process="p2", ttl=TTL)
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await other.connect(streamed.newest)
    stolen = streamed.newest
    await other.say(RunnerFrame(accepted=(stolen,)))
    assert await attempt_states(rig) == ["SCHEDULED"]
    await streamed.accept()
    await other.say(RunnerFrame(returned=(Returned(execution_id=stolen, reason="mine", begun=True),)))
    await other.break_off()
    assert await attempt_states(rig) == ["RUNNING"]
    await streamed.report(Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_a_refused_report_accepts_the_attempt(rig: Rig, streamed: StreamedRunner) -> None:
    """Whoever reports on an attempt works on it, whatever the report is worth."""
    await rig.write(stage("s"))
    await streamed.report(Answer(check_updates=(CheckUpdate(check_id="nobody"),)))
    assert isinstance(streamed.refused[1], InvalidArgument)
    await rig.settle_acceptances()
    assert await attempt_states(rig) == ["RUNNING"]


async def test_nothing_is_sent_to_a_runner_that_is_away_though_it_is_heard(rig: Rig, streamed: StreamedRunner) -> None:
    """A completion that comes another way while the stream is broken brings no new work to where nobody reads."""
    await rig.write(stage("s"), stage("t"))
    s, t = (execution.execution_id for execution in streamed.executions)
    await streamed.accept(s, t)
    await streamed.break_off()
    await rig.server.complete_execution(t, Answer())
    await rig.write(stage("u"))
    await rig.advance(5)
    assert [attempt.state.name for attempt in (await rig.stage("u")).attempts] == ["PENDING"]
    await streamed.connect(s)
    assert streamed.names == ["s:1", "t:1", "u:1"]


async def test_what_was_sent_into_a_dead_stream_is_lost_uncharged(rig: Rig, streamed: StreamedRunner) -> None:
    """Of a runner that was not heard of since nobody knows whether the execution came: another runner gets it."""
    await rig.write(stage("s", retry=NEVER_AGAIN))
    other = StreamedRunner(rig, "r2", process="p2", max_concurrent=1)
    await other.connect()
    await rig.advance(31)
    assert await attempt_states(rig) == ["INCOMPLETE", "SCHEDULED"]
    assert other.names == ["s:2"]
    await other.close()


async def test_a_draining_runner_may_finish_what_takes_longer_than_its_lease(
    rig: Rig, streamed: StreamedRunner
) -> None:
    """Its signs of life count, though it takes nothing new."""
    await rig.write(stage("s", timeout=10.0 * TTL), stage("t"))
    s = streamed.executions[0].execution_id
    await streamed.accept(s)
    await streamed.say(RunnerFrame(draining=True))
    for _ in range(6):
        await rig.advance(TTL / 2)
        await streamed.say(RunnerFrame())
    assert await rig.server.list_runners("builder") == ()
    await streamed.report(Answer(), of=s)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_a_runner_whose_farewell_was_lost_takes_nothing_new(rig: Rig, streamed: StreamedRunner) -> None:
    """It says at the beginning of its next stream that it drains, and that counts."""
    await rig.write(stage("s"))
    await streamed.accept()
    await streamed.break_off()
    await streamed.connect(streamed.newest, draining=True)
    await rig.write(stage("t"))
    assert streamed.names == ["s:1"]
    assert await rig.server.list_runners("builder") == ()


async def test_two_processes_of_a_runner_do_not_drain_each_other_by_turns(rig: Rig, streamed: StreamedRunner) -> None:
    """The older one stays drained, and keeps what it works on for as long as it speaks."""
    await rig.write(stage("s", timeout=10.0 * TTL))
    await streamed.accept()
    second = StreamedRunner(rig, process="p2", ttl=TTL)
    await second.connect()
    for _ in range(6):
        await rig.advance(TTL / 2)
        await streamed.say(RunnerFrame())
        await second.say(RunnerFrame())
    await rig.write(stage("t"))
    assert (streamed.names, second.names) == (["s:1"], ["t:1"])
    await streamed.report(Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    await second.leave()


async def test_a_drained_process_takes_over_again_when_its_successor_is_gone(
    rig: Rig, streamed: StreamedRunner
) -> None:
    """As soon as it speaks."""
    second = StreamedRunner(rig, process="p2", ttl=TTL)
    await second.connect()
    await second.leave()
    await rig.write(stage("s"))
    await rig.advance(TTL / 2)
    await streamed.say(RunnerFrame())
    assert streamed.names == ["s:1"]


async def test_what_was_cancelled_before_it_was_sent_is_not_sent(rig: Rig) -> None:
    """A runner that reads slowly does not begin what nobody wants any more."""
    slow = StreamedRunner(rig, ttl=TTL)
    await slow.connect()
    await slow.close()
    await rig.write(stage("s"))
    await rig.server.cancel_work_plan(rig.plan, "enough")
    await slow.read_on()
    assert (slow.names, slow.cancelled) == ([], [])
    await slow.close()


async def test_a_runner_that_does_not_accept_gets_no_more_than_it_may_be_offered(rig: Rig) -> None:
    """Without a limit of its own it is offered 1,000 attempts at a time; the others wait in the database."""
    slow = StreamedRunner(rig, ttl=TTL)
    await slow.connect()
    await rig.write(*(stage(f"s{n}") for n in range(2_500)))
    assert len(slow.executions) == MOST_OFFERED
    await slow.say(RunnerFrame(accepted=tuple(execution.execution_id for execution in slow.executions)))
    await rig.settle_acceptances()
    assert len(slow.executions) == 2 * MOST_OFFERED
    await slow.close()


async def test_a_runner_that_does_not_read_is_not_read_either(
    rig: Rig, streamed: StreamedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is told about its reports waits for it up to a limit; then its own frames wait."""
    monkeypatch.setattr("orchestrator.dispatcher.outbox._UNREAD", 100)
    await streamed.close()
    senseless = tuple(Report(ticket=n, execution_id="no-such", content=Answer()) for n in range(1, 102))
    saying = rig.start_task(streamed.session.take(RunnerFrame(reports=senseless)))
    await rig.settle()
    assert not saying.done()
    await streamed.read_on()
    await saying
    assert len(streamed.refused) == 101
    await streamed.close()


async def test_a_waiting_stage_says_that_the_stream_of_its_runner_is_broken(rig: Rig, streamed: StreamedRunner) -> None:
    """Nobody is busy: the runner is to come back, and until when it is waited for is said."""
    await streamed.break_off()
    await rig.write(stage("s"))
    (reason,) = (await rig.server.explain(rig.plan)).reasons
    assert "waits for runner 'r1' of type 'builder' to come back: the stream is broken" in reason.text
    busy = StreamedRunner(rig, "r2", process="p2", max_concurrent=1)
    await busy.connect()
    await rig.write(stage("t"))
    (reason,) = (reason for reason in (await rig.server.explain(rig.plan)).reasons if reason.node.id == "t")
    assert "and the stream of 1 of 2 is broken" in reason.text
    await busy.close()


async def test_what_a_runner_has_not_accepted_when_its_registration_ends_is_lost_uncharged(rig: Rig) -> None:
    """However short the registration lives: the runner was not heard of, so nobody knows whether it came."""
    brief = StreamedRunner(rig, ttl=10)
    await brief.connect()
    await rig.write(stage("s", retry=NEVER_AGAIN))
    await rig.advance(11)
    assert await attempt_states(rig) == ["INCOMPLETE", "PENDING"]
    await brief.say(RunnerFrame())
    assert brief.names == ["s:1", "s:2"]
    await brief.report(Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    await brief.close()


async def test_a_stream_that_another_one_replaces_ends(rig: Rig, streamed: StreamedRunner) -> None:
    """It would be held open for nothing; who still listens there is told why."""
    former = streamed.session
    await streamed.connect()
    with pytest.raises(OrchestratorUnavailable, match="the same process has opened another one"):
        await former.next_frame()
    await former.close()
    await rig.write(stage("s"))
    assert streamed.names == ["s:1"]
