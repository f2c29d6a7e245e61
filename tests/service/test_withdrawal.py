"""Runners are told of ASYNC attempts that ended without them: they may still be at work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.service.recording import Cancelled
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, check, ended, runner, stage
from turboci.errors import StaleAttempt
from turboci.executions import Answer
from turboci.states import Outcome, StageState

TTL = 60

End = Callable[[Rig, str], Awaitable[None]]


async def deadline(rig: Rig, _registration: str) -> None:
    await rig.advance(40)


async def expiry(rig: Rig, _registration: str) -> None:
    await rig.server.register_runner(runner(ttl=20))
    await rig.advance(20)


async def silence(rig: Rig, _registration: str) -> None:
    await rig.advance(30)


async def cancelled_plan(rig: Rig, _registration: str) -> None:
    await rig.server.cancel_work_plan(rig.plan)


async def cancelled_stage(rig: Rig, _registration: str) -> None:
    await rig.server.cancel_stage(rig.plan, "s")


async def cancelled_after_the_runner_left(rig: Rig, registration: str) -> None:
    await rig.server.unregister_runner(registration)
    await rig.server.cancel_work_plan(rig.plan)


async def cancelled_after_another_process(rig: Rig, _registration: str) -> None:
    await rig.server.register_runner(runner(address="elsewhere:1"))
    await rig.server.cancel_stage(rig.plan, "s")


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (deadline, "the attempt ran into its deadline"),
        (expiry, "runner 'r1' is gone: its registration ended"),
        (silence, "runner 'r1' sent no sign of life in time"),
        (cancelled_plan, "the plan was cancelled"),
        (cancelled_stage, "the stage was cancelled"),
        (cancelled_after_the_runner_left, "the plan was cancelled"),
        (cancelled_after_another_process, "the stage was cancelled"),
    ],
)
async def test_the_runner_of_an_attempt_that_ended_is_asked_to_stop(rig: Rig, end: End, cause: str) -> None:
    """Whatever ended it, its runner hears so once, at the address where it was given the work, and is refused."""
    lease = await rig.register(ttl=TTL)
    timeout, heartbeat = (40.0, None) if end is deadline else (None, 30.0)
    await rig.write(stage("s", execution_mode=ASYNC, retry=NEVER_AGAIN, timeout=timeout, heartbeat_timeout=heartbeat))
    execution_id = await rig.accept_next()
    await end(rig, lease.registration_id)
    await rig.settle()
    assert rig.runners.cancelled == [Cancelled("r1:1", execution_id, cause)]
    with pytest.raises(StaleAttempt):
        await rig.server.complete_execution(execution_id, Answer())


async def test_one_that_does_not_accept_in_time_is_asked_to_stop(rig: Rig) -> None:
    """It may have got the attempt all the same; it is asked once more when its acceptance comes after all."""
    await rig.register(ttl=TTL)
    await rig.write(stage("s", execution_mode=ASYNC, retry=NEVER_AGAIN))
    call = rig.runners.take()
    await rig.advance(30)
    assert len(rig.runners.cancelled) == 1
    call.accept()
    await rig.settle()
    assert [each.execution_id for each in rig.runners.cancelled] == [call.execution.execution_id] * 2
    assert (await rig.stage("s")).outcome is Outcome.FAILED


async def test_one_that_was_offered_work_before_a_crash_is_asked_to_stop(rig: Rig) -> None:
    """Nobody knows whether it has taken the attempt, which is tried again under another id."""
    await rig.register(ttl=TTL)
    await rig.write(stage("s", execution_mode=ASYNC))
    first = rig.runners.take().execution.execution_id
    await rig.crash()
    # Once by the server that is stopped after its file was copied, and once by the one that starts on the copy.
    assert [each.execution_id for each in rig.runners.cancelled] == [first, first]
    assert rig.runners.take().execution.execution_id != first


async def test_one_that_was_offered_work_before_a_stop_is_asked_to_stop(rig: Rig) -> None:
    """The server does not end before it has told it; what was accepted goes on."""
    await rig.register(ttl=TTL)
    await rig.write(stage("s", execution_mode=ASYNC), stage("t", execution_mode=ASYNC))
    accepted = await rig.accept_next()
    offered = rig.runners.take().execution.execution_id
    await rig.stop()
    assert [each.execution_id for each in rig.runners.cancelled] == [offered]
    await rig.start()
    await rig.server.complete_execution(accepted, Answer())


@pytest.mark.parametrize("how", ["refuse", "decline"])
async def test_a_refusal_needs_no_farewell(rig: Rig, how: str) -> None:
    """A runner that never took an attempt is not asked to stop it."""
    await rig.register(ttl=TTL)
    await rig.write(stage("s", execution_mode=ASYNC))
    getattr(rig.runners.take(), how)()
    await rig.settle()
    assert rig.runners.cancelled == []


async def test_work_whose_checks_were_ended_by_others_goes_on(rig: Rig) -> None:
    """Only what has not begun is skipped; nobody stops what runs."""
    await rig.register(ttl=TTL)
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=ASYNC))
    await rig.accept_next()
    await rig.write(ended("a"))
    assert rig.runners.cancelled == []
    assert (await rig.stage("s")).state is StageState.ATTEMPTING


async def test_a_shorter_lease_ends_attempts_earlier(rig: Rig) -> None:
    """An attempt lives until the end of the registration as it was renewed last, not as it was when it began."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s", execution_mode=ASYNC, retry=NEVER_AGAIN), stage("t", retry=NEVER_AGAIN))
    await rig.accept_next()
    await rig.server.register_runner(runner(ttl=10))
    await rig.advance(9.9)
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.advance(0.1)
    assert (await rig.stage("s")).cause == "runner 'r1' is gone: its registration ended (after 1 attempt)"
    assert (await rig.stage("t")).state is StageState.ATTEMPTING
