"""The virtual clock."""

from __future__ import annotations

import asyncio

import pytest

import ci
from ci.testing import Rehearsal, VirtualClock
from tests.testing.pipelines import single


async def test_time_moves_only_when_told_to() -> None:
    """A clock that is not automatic shows the same time until it is advanced, and stops at what is due on the way."""
    rehearsal = Rehearsal(clock=VirtualClock(auto=False))
    rehearsal.on("work").hang()
    clock = rehearsal.clock
    async with rehearsal:
        execution = await single(timeout=60, max_attempts=2).execute(rehearsal.orchestrator)
        await clock.advance(59.5)
        assert rehearsal.history == ["dispatched work"]
        await clock.advance(0.5)
        assert rehearsal.history == ["dispatched work", "retried work"]
        await clock.advance(120)
        assert rehearsal.history[2:] == ["dispatched work", "failed work"]
        assert clock.elapsed == 180
        assert execution.complete is False
        await execution.wait_for_completion(timeout=30, raise_on_failure=False)
        [first, second] = (await execution.get_stage("work")).attempts
        assert first.created_at is not None
        assert second.created_at is not None
        assert (second.created_at - first.created_at).total_seconds() == 60


async def test_a_pause_holds_time() -> None:
    """Inside a pause nothing is due; after it time goes on by itself."""
    async with Rehearsal() as rehearsal:
        rehearsal.on("work").hang()
        with rehearsal.clock.paused():
            execution = await single(timeout=60, max_attempts=1).execute(rehearsal.orchestrator)
            await rehearsal.settled()
            assert rehearsal.history == ["dispatched work"]
            assert rehearsal.clock.elapsed == 0
        await execution.wait_for_completion(timeout=30, raise_on_failure=False)
        assert rehearsal.clock.elapsed == 60


async def test_a_test_may_sleep_on_it() -> None:
    """Sleepers wake in the order of their times, and time is theirs."""
    async with Rehearsal() as rehearsal:
        woken: list[tuple[str, float]] = []

        async def sleeper(name: str, seconds: float) -> None:
            await rehearsal.clock.sleep(seconds)
            woken.append((name, rehearsal.clock.elapsed))

        await asyncio.gather(sleeper("late", 7_200), sleeper("early", 60), sleeper("now", 0))
        assert woken == [("now", 0), ("early", 60), ("late", 7_200)]


async def test_never_is_not_waited_for() -> None:
    """A time beyond a year stands for never: the clock does not jump there."""
    async with Rehearsal() as rehearsal:
        never = asyncio.ensure_future(rehearsal.clock.sleep(10 * 365 * 86_400))
        await rehearsal.clock.sleep(300 * 86_400)
        await rehearsal.settled()
        assert not never.done()
        never.cancel()


async def test_advancing_needs_an_orchestrator_and_a_future() -> None:
    """A clock of nobody cannot be advanced, and none goes backwards."""
    with pytest.raises(ci.InvalidState, match="clock belongs to no orchestrator that runs"):
        await VirtualClock().advance(1)
    async with Rehearsal() as rehearsal:
        for wrong in (-1.0, float("nan"), float("inf")):
            with pytest.raises(ci.InvalidArgument, match="clock cannot advance by"):
                await rehearsal.clock.advance(wrong)


async def test_now_is_the_time_of_the_plan() -> None:
    """What the orchestrator writes down carries the time of the clock."""
    async with Rehearsal() as rehearsal:
        await rehearsal.clock.advance(3_600)
        plan = await rehearsal.orchestrator.create_work_plan()
        assert plan.created_at == rehearsal.clock.now
