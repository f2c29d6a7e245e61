"""Attempts that end without a result that counts, and what follows them."""

from __future__ import annotations

import pytest

from tests.service.recording import Call, final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, RETRY_RED, check, ended, on_check, stage
from turboci.executions import Answer
from turboci.retry import RetryOn, RetryPolicy
from turboci.states import AttemptState, ConcludedReason, Outcome, StageState

BOTH = RetryPolicy(max_attempts=3, retry_on=RetryOn.LOST | RetryOn.FAILED)
JITTER = 0.2


async def running(rig: Rig, **fields: object) -> Call:
    """Write check `a` and stage `s` that answers it; return the call of its runner."""
    await rig.register(ttl=86_400)
    await rig.write(check("a"), stage("s", answers=["a"], **fields))
    return rig.runners.take()


async def next_call(rig: Rig) -> Call:
    """Wait out the backoff; return the call of the next attempt."""
    await rig.advance(100)
    return rig.runners.take()


async def backoff(rig: Rig) -> float:
    """Return the seconds until the queued attempt is tried."""
    ((due_us,),) = await rig.rows("SELECT due_us FROM stage_attempts WHERE state = 10")
    return float(due_us - rig.clock.at_us) / 1_000_000


def near(seconds: float) -> object:
    return pytest.approx(seconds, rel=JITTER + 0.001)


async def test_a_lost_attempt_is_followed_by_another(rig: Rig) -> None:
    """The next attempt is there in the same transaction, and waits out its backoff."""
    call = await running(rig)
    call.lose("the connection broke")
    await rig.settle()
    lost, queued = (await rig.stage("s")).attempts
    assert (lost.state, lost.failure) == (AttemptState.INCOMPLETE, "the connection broke")
    assert (queued.idx, queued.state) == (2, AttemptState.PENDING)
    assert await backoff(rig) == near(1.0)
    await rig.advance(1.3)
    assert rig.runners.names == ["s:1", "s:2"]


async def test_every_attempt_has_its_own_execution_id(rig: Rig) -> None:
    """An execution id names one attempt for ever."""
    first = await running(rig)
    first.lose()
    second = await next_call(rig)
    assert first.execution.execution_id != second.execution.execution_id
    assert second.execution.attempt_idx == 2


async def test_the_last_charged_attempt_ends_the_stage(rig: Rig) -> None:
    """By default up to three attempts are charged; then the stage is FAILED / RETRIES_EXHAUSTED."""
    call = await running(rig)
    for _ in range(2):
        call.lose()
        call = await next_call(rig)
    call.lose("gone for good")
    await rig.settle()
    failed = await rig.stage("s")
    assert (failed.outcome, failed.concluded_reason) == (Outcome.FAILED, ConcludedReason.RETRIES_EXHAUSTED)
    assert failed.cause == "gone for good (after 3 attempts)"
    assert [each.state for each in failed.attempts] == [AttemptState.INCOMPLETE] * 3
    assert (await rig.check("a")).outcome is Outcome.FAILED


async def test_a_deadline_that_passed_is_a_loss(rig: Rig) -> None:
    """If the last one ran into its deadline, the stage is FAILED / TIMED_OUT."""
    call = await running(rig, timeout=60.0, retry=NEVER_AGAIN)
    assert call.timeout == 60.0
    await rig.advance(60)
    call.lose("deadline exceeded")
    await rig.settle()
    failed = await rig.stage("s")
    assert failed.concluded_reason is ConcludedReason.TIMED_OUT
    assert failed.cause == "the attempt ran into its deadline (after 1 attempt)"


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        (RetryPolicy(max_attempts=9), [1, 2, 4, 8]),
        (RetryPolicy(max_attempts=9, initial_backoff=0.5, multiplier=10, max_backoff=20), [0.5, 5, 20, 20]),
        (RetryPolicy(max_attempts=9, initial_backoff=0), [0, 0]),
    ],
)
async def test_backoff_grows_as_the_policy_says(rig: Rig, policy: RetryPolicy, waits: list[float]) -> None:
    """The wait doubles from 1 s to at most 60 s, or as the stage says, with up to 20 % jitter."""
    call = await running(rig, retry=policy)
    for expected in waits:
        call.lose()
        await rig.settle()
        if expected:
            assert await backoff(rig) == near(expected)
        call = await next_call(rig)


async def test_a_refused_attempt_is_not_charged(rig: Rig) -> None:
    """However often runners refuse, the stage waits on, longer each time, and half a minute at most."""
    call = await running(rig, retry=NEVER_AGAIN)
    waits = []
    for _ in range(12):
        call.refuse()
        await rig.settle()
        waits.append(await backoff(rig))
        call = await next_call(rig)
    assert waits[0] < 1 < waits[5] < waits[11] < 31 * (1 + JITTER)
    call.answer()
    await rig.settle()
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert len((await rig.stage("s")).attempts) == 13


async def test_accepted_false_is_a_refusal(rig: Rig) -> None:
    """An ASYNC attempt that a runner does not accept is not charged."""
    call = await running(rig, execution_mode=ASYNC, retry=NEVER_AGAIN)
    call.decline()
    await rig.settle()
    refused = (await rig.stage("s")).attempts[0]
    assert refused.failure == "the runner did not accept the attempt"
    assert (await next_call(rig)).execution.attempt_idx == 2


async def test_red_is_final_by_default(rig: Rig) -> None:
    """Work that says that it failed is not tried again unless the policy says so."""
    call = await running(rig)
    call.answer(failure="3 tests failed")
    await rig.advance(100)
    assert rig.runners.names == ["s:1"]


async def test_red_is_retried_if_the_policy_says_so(rig: Rig) -> None:
    """A red answer then moves no check; its updates stay as results of that attempt."""
    call = await running(rig, retry=RETRY_RED)
    call.answer(final("a", failure="flaky", n=1))
    await rig.settle()
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    assert (await rig.check("a")).outcome is None
    (await next_call(rig)).answer(final("a", n=2))
    await rig.settle()
    a = await rig.check("a")
    assert a.outcome is Outcome.SUCCEEDED
    assert [(each.owner_id, each.failure) for each in a.results] == [("s:1", "flaky"), ("s:2", None)]


async def test_red_is_final_when_no_attempt_is_left(rig: Rig) -> None:
    """The last red answer counts as if there were no policy."""
    call = await running(rig, retry=RETRY_RED)
    call.answer(failure="red once")
    (await next_call(rig)).answer(failure="red twice")
    await rig.settle()
    failed = await rig.stage("s")
    assert (failed.concluded_reason, failed.cause) == (ConcludedReason.WORK_FAILED, "red twice")
    assert [each.failure for each in failed.attempts] == ["red once", "red twice"]


async def test_a_policy_for_red_alone_does_not_retry_losses(rig: Rig) -> None:
    """What is not in `retry_on` ends the stage."""
    call = await running(rig, retry=RETRY_RED)
    call.lose()
    await rig.settle()
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.RETRIES_EXHAUSTED


async def test_lost_and_red_attempts_are_charged_together(rig: Rig) -> None:
    """`max_attempts` counts every charged attempt of the stage, whatever it was charged for."""
    call = await running(rig, retry=BOTH)
    call.lose()
    call = await next_call(rig)
    call.answer(failure="red")
    call = await next_call(rig)
    call.lose("lost again")
    await rig.settle()
    failed = await rig.stage("s")
    assert failed.concluded_reason is ConcludedReason.RETRIES_EXHAUSTED
    assert failed.cause == "lost again (after 3 attempts)"


async def test_every_attempt_is_offered_the_same_checks(rig: Rig) -> None:
    """The checks that were open when the first attempt was made, in the order of assignment."""
    await rig.register()
    await rig.write(ended("done"), check("b", options={"x": 1}), check("a"))
    await rig.write(stage("s", answers=["b", "done", "a"]))
    first = rig.runners.take()
    await rig.write(ended("b"))
    first.lose()
    second = await next_call(rig)
    for call in (first, second):
        assert [(each.check_id, each.options) for each in call.execution.checks] == [("b", {"x": 1}), ("a", {})]


async def test_an_answer_that_does_not_fit_counts_as_red(rig: Rig) -> None:
    """It is retried if red is."""
    call = await running(rig, retry=RETRY_RED)
    call.answer(final("unknown"))
    assert (await next_call(rig)).execution.attempt_idx == 2


async def test_losses_do_not_release_dependents(rig: Rig) -> None:
    """Nobody hears of an attempt that is followed by another one."""
    call = await running(rig)
    await rig.write(stage("next", on_check("a")))
    call.lose()
    (await next_call(rig)).answer_with(Answer())
    await rig.settle()
    assert rig.runners.names == ["s:1", "s:2", "next:1"]
