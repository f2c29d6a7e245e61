"""ASYNC attempts: accepted, heard of, completed, given up."""

from __future__ import annotations

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, RETRY_RED, check, runner, stage
from turboci.errors import ExecutionNotFound, InvalidArgument, StaleAttempt
from turboci.executions import Answer
from turboci.nodes import ProgressEntry
from turboci.states import AttemptState, ConcludedReason, Outcome, StageState

GREEN = Answer(check_updates=(final("a", n=1, m=2),))


async def accepted(rig: Rig, *, ttl: int = 86_400, **fields: object) -> str:
    """Write check `a` and ASYNC stage `s`, let a runner accept it; return the execution id."""
    await rig.register(ttl=ttl)
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=ASYNC, **fields))
    return await rig.accept_next()


async def attempt_state(rig: Rig) -> str:
    return (await rig.stage("s")).attempts[-1].state.name


async def complete(rig: Rig, execution_id: str, answer: Answer = GREEN) -> None:
    await rig.server.complete_execution(execution_id, answer)
    await rig.settle()


async def test_an_attempt_runs_once_it_is_accepted(rig: Rig) -> None:
    """SCHEDULED is claimed and not accepted yet; RUNNING means that the runner has it."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC))
    assert await attempt_state(rig) == "SCHEDULED"
    await rig.accept_next()
    assert await attempt_state(rig) == "RUNNING"


async def test_a_completion_ends_the_stage(rig: Rig) -> None:
    """Completing without progress before it is legal."""
    execution_id = await accepted(rig)
    await complete(rig, execution_id)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert (await rig.check("a")).data == {"n": 1, "m": 2}


async def test_a_completion_may_overtake_the_acceptance(rig: Rig) -> None:
    """A runner may complete before its acceptance has arrived, which then changes nothing."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=ASYNC))
    call = rig.runners.take()
    await complete(rig, call.execution.execution_id)
    call.accept()
    await rig.settle()
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_progress_counts_as_acceptance(rig: Rig) -> None:
    """An attempt that reports progress is RUNNING."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC))
    execution_id = rig.runners.take().execution.execution_id
    await rig.server.update_execution(execution_id, ProgressEntry(message="half", percent=50))
    assert await attempt_state(rig) == "RUNNING"
    (entry,) = (await rig.stage("s")).attempts[0].progress
    assert (entry.message, entry.percent) == ("half", 50)
    assert entry.timestamp is not None


async def test_the_same_completion_is_accepted_again(rig: Rig) -> None:
    """Completions are compared by content, whatever the order inside maps."""
    execution_id = await accepted(rig)
    await complete(rig, execution_id)
    before = await rig.server.query_nodes(rig.plan)
    await complete(rig, execution_id, Answer(check_updates=(final("a", m=2, n=1),)))
    assert await rig.server.query_nodes(rig.plan) == before


async def test_another_late_completion_is_refused(rig: Rig) -> None:
    """At most one result of a stage is accepted."""
    execution_id = await accepted(rig)
    await complete(rig, execution_id)
    with pytest.raises(StaleAttempt, match="attempt 1 of stage 's' is COMPLETE"):
        await complete(rig, execution_id, Answer(failure="no, red"))


async def test_a_red_completion_that_is_retried_is_accepted_again(rig: Rig) -> None:
    """It is acknowledged twice and leads to one attempt."""
    execution_id = await accepted(rig, retry=RETRY_RED)
    for _ in range(2):
        await complete(rig, execution_id, Answer(failure="flaky"))
    assert [each.idx for each in (await rig.stage("s")).attempts] == [1, 2]


async def test_a_completion_that_does_not_fit_is_refused(rig: Rig) -> None:
    """The runner gets the error, nothing of the answer is kept, and its attempt goes on."""
    execution_id = await accepted(rig)
    with pytest.raises(InvalidArgument, match="check 'unknown' is not in the plan"):
        await complete(rig, execution_id, Answer(check_updates=(final("a"), final("unknown"))))
    assert await attempt_state(rig) == "RUNNING"
    assert (await rig.check("a")).results == ()
    await complete(rig, execution_id)
    assert (await rig.stage("s")).state is StageState.FINAL


async def test_unknown_executions_are_not_found(rig: Rig) -> None:
    """An execution id that no attempt has is NOT_FOUND."""
    with pytest.raises(ExecutionNotFound, match="execution 'nobody' does not exist"):
        await rig.server.complete_execution("nobody", GREEN)
    with pytest.raises(ExecutionNotFound):
        await rig.server.update_execution("nobody", ProgressEntry())


# The earliest of deadline, silence and registration ends an attempt.


async def test_an_attempt_that_nobody_accepts_is_lost(rig: Rig) -> None:
    """RunAsync must be accepted within the accept timeout of the claim."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC, retry=NEVER_AGAIN))
    assert rig.runners.take().timeout == 30.0
    await rig.advance(29.9)
    assert await attempt_state(rig) == "SCHEDULED"
    await rig.advance(0.1)
    lost = await rig.stage("s")
    assert lost.concluded_reason is ConcludedReason.RETRIES_EXHAUSTED
    assert lost.attempts[0].failure == "runner 'r1' did not accept the attempt within 30 s"


async def test_the_deadline_ends_an_attempt(rig: Rig) -> None:
    """Progress does not move the deadline."""
    execution_id = await accepted(rig, timeout=60.0, retry=NEVER_AGAIN)
    await rig.advance(59)
    await rig.server.update_execution(execution_id, ProgressEntry())
    await rig.advance(1)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.TIMED_OUT


async def test_ten_minutes_is_the_default_deadline(rig: Rig) -> None:
    """A stage that names no timeout gets the server's."""
    await accepted(rig, retry=NEVER_AGAIN)
    await rig.advance(599)
    assert await attempt_state(rig) == "RUNNING"
    await rig.advance(1)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.TIMED_OUT


async def test_silence_ends_an_attempt(rig: Rig) -> None:
    """With a heartbeat timeout every sign of life buys as much again."""
    execution_id = await accepted(rig, heartbeat_timeout=10.0, retry=NEVER_AGAIN)
    for _ in range(3):
        await rig.advance(9)
        await rig.server.update_execution(execution_id, ProgressEntry())
    await rig.advance(9)
    assert await attempt_state(rig) == "RUNNING"
    await rig.advance(1)
    assert (await rig.stage("s")).cause == "runner 'r1' sent no sign of life in time (after 1 attempt)"


async def test_without_a_heartbeat_timeout_silence_is_allowed(rig: Rig) -> None:
    """A stage that names none may be silent until its deadline."""
    execution_id = await accepted(rig, timeout=5000.0)
    await rig.advance(4999)
    await complete(rig, execution_id)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_the_end_of_a_registration_ends_its_attempts(rig: Rig) -> None:
    """A runner whose lease ran out is gone."""
    await accepted(rig, ttl=40, retry=NEVER_AGAIN)
    await rig.advance(39)
    assert await attempt_state(rig) == "RUNNING"
    await rig.advance(1)
    assert (await rig.stage("s")).cause == "runner 'r1' is gone: its registration ended (after 1 attempt)"


async def test_the_end_of_a_registration_ends_what_it_was_offered(rig: Rig) -> None:
    """Whoever accepts, or completes, after its own registration has ended, is not listened to."""
    await rig.register(ttl=10)
    await rig.write(stage("s", execution_mode=ASYNC, retry=NEVER_AGAIN))
    call = rig.runners.take()
    await rig.advance(11)
    with pytest.raises(StaleAttempt, match="time of attempt 1 of stage 's' was up"):
        await rig.server.complete_execution(call.execution.execution_id, Answer())
    call.accept()
    await rig.settle()
    lost = await rig.stage("s")
    assert (lost.concluded_reason, lost.cause) == (
        ConcludedReason.RETRIES_EXHAUSTED,
        "runner 'r1' is gone: its registration ended (after 1 attempt)",
    )


async def test_a_renewed_registration_keeps_its_attempts(rig: Rig) -> None:
    """Renewing the lease is enough; nothing has to be said of the attempt."""
    execution_id = await accepted(rig, ttl=40)
    for _ in range(3):
        await rig.advance(30)
        await rig.server.register_runner(runner(ttl=40))
    await complete(rig, execution_id)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_a_runner_that_unregistered_may_finish(rig: Rig) -> None:
    """Its attempts live until the last expiry of its registration."""
    lease = await rig.register(ttl=40)
    await rig.write(
        stage("s", execution_mode=ASYNC, retry=NEVER_AGAIN), stage("t", execution_mode=ASYNC, retry=NEVER_AGAIN)
    )
    first = await rig.accept_next()
    await rig.accept_next()
    await rig.server.unregister_runner(lease.registration_id)
    await rig.advance(39)
    await complete(rig, first, Answer())
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    await rig.advance(1)
    assert (await rig.stage("t")).outcome is Outcome.FAILED


@pytest.mark.parametrize("seconds", [60, 61])
async def test_nothing_is_heard_after_the_time_is_up(rig: Rig, seconds: int) -> None:
    """From that instant on completion and progress are refused, even before the clock has rung."""
    execution_id = await accepted(rig, timeout=60.0)
    rig.clock.at_us += seconds * 1_000_000
    with pytest.raises(StaleAttempt, match="the time of attempt 1 of stage 's' was up"):
        await rig.server.update_execution(execution_id, ProgressEntry())
    with pytest.raises(StaleAttempt, match="the time of attempt 1 of stage 's' was up"):
        await rig.server.complete_execution(execution_id, GREEN)
    with pytest.raises(StaleAttempt):
        await rig.write(check("more"), execution_id=execution_id)


async def test_a_completion_counts_until_that_instant(rig: Rig) -> None:
    """One microsecond before the deadline it is accepted."""
    execution_id = await accepted(rig, timeout=60.0)
    rig.clock.at_us += 60_000_000 - 1
    await complete(rig, execution_id)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_a_lost_attempt_is_fenced(rig: Rig) -> None:
    """The id of a lost attempt is dead for ever, while the next one is completed by its own."""
    first = await accepted(rig, heartbeat_timeout=10.0)
    await rig.advance(12)
    second = await rig.accept_next()
    with pytest.raises(StaleAttempt, match="attempt 1 of stage 's' is INCOMPLETE"):
        await complete(rig, first)
    await complete(rig, second)
    states = [each.state for each in (await rig.stage("s")).attempts]
    assert states == [AttemptState.INCOMPLETE, AttemptState.COMPLETE]


async def test_the_newest_progress_is_kept(rig: Rig) -> None:
    """Of a talkative attempt the newest entries stay, oldest first."""
    await rig.restart(max_progress_entries=3)
    execution_id = await accepted(rig)
    for number in range(5):
        await rig.server.update_execution(execution_id, ProgressEntry(message=str(number)))
    progress = (await rig.stage("s")).attempts[0].progress
    assert [entry.message for entry in progress] == ["2", "3", "4"]


async def test_a_sync_attempt_may_report_progress(rig: Rig) -> None:
    """Progress of a SYNC attempt is kept, too, and does not end it."""
    await rig.register()
    await rig.write(stage("s"))
    call = rig.runners.take()
    await rig.server.update_execution(call.execution.execution_id, ProgressEntry(message="half"))
    await rig.advance(200)
    call.answer()
    await rig.settle()
    assert (await rig.stage("s")).attempts[0].progress[0].message == "half"
