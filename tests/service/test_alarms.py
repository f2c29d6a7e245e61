"""The clock wakes the server for deadlines alone: nothing is found by looking around."""

from __future__ import annotations

import logging

import pytest

from orchestrator.service.unit_of_work import UnitOfWork
from tests.service.clock import START_US
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, check, claimed, stage
from turboci.executions import Answer
from turboci.states import Outcome, StageState


async def next_alarm(rig: Rig) -> float | None:
    """Return the seconds until the server wakes of itself."""
    await rig.settle()
    alarm_us = rig.clock.next_alarm_us
    return None if alarm_us is None else (alarm_us - rig.clock.at_us) / 1_000_000


async def wakes(rig: Rig, seconds: float) -> list[float]:
    """Let time pass; return when the server woke, in seconds from the start of the clock."""
    end_us = rig.clock.at_us + int(seconds * 1_000_000)
    found = []
    while (wait := await next_alarm(rig)) is not None and rig.clock.at_us + int(wait * 1_000_000) <= end_us:
        rig.clock.set(rig.clock.next_alarm_us or 0)
        found.append((rig.clock.at_us - START_US) / 1_000_000)
    return found


async def test_an_idle_server_never_wakes(rig: Rig) -> None:
    """Without runners and finished plans nothing is due, whatever waits for a hand from outside."""
    assert await next_alarm(rig) is None
    await rig.write(check("a"), claimed("s"))
    assert await next_alarm(rig) is None
    assert await wakes(rig, 86_400) == []


async def test_an_idle_runner_wakes_it_when_its_lease_ends(rig: Rig) -> None:
    """And then no more."""
    await rig.register(ttl=300)
    assert await wakes(rig, 86_400) == [300]


async def test_a_sync_call_has_its_own_timer(rig: Rig) -> None:
    """While it runs, the clock has nothing to do but the lease of the runner."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s", timeout=60.0))
    assert rig.runners.take().timeout == 60.0
    assert await next_alarm(rig) == 3_600


async def test_an_async_attempt_wakes_it_at_its_own_times(rig: Rig) -> None:
    """The time to accept, the heartbeat, the lease: each on the dot, and nothing between."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s", execution_mode=ASYNC, heartbeat_timeout=100.0, retry=NEVER_AGAIN))
    assert await next_alarm(rig) == 30
    await rig.advance(10)
    await rig.accept_next()
    # The alarm for the acceptance stays set; there is nothing to do when it rings.
    assert await wakes(rig, 100) == [30, 110]
    assert (await rig.stage("s")).outcome is Outcome.FAILED
    await rig.settle()
    assert (rig.clock.next_alarm_us or 0) - START_US == 3_600_000_000


async def test_a_backoff_wakes_it_when_it_is_over(rig: Rig) -> None:
    """The next attempt starts in that moment."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s"))
    rig.runners.take().lose()
    await rig.settle()
    wait = await next_alarm(rig)
    assert wait is not None
    assert 0.8 <= wait <= 1.2
    await rig.advance(wait)
    assert rig.runners.names == ["s:1", "s:2"]


async def test_a_plan_wakes_it_at_its_deadline(rig: Rig) -> None:
    """Queued work of a type that nobody serves is looked at once, to warn of it; then the deadline is next."""
    await rig.write(stage("s"))
    assert await wakes(rig, 86_400) == [10]
    assert (await rig.stage("s")).state is StageState.ATTEMPTING


async def test_backoffs_scatter(rig: Rig) -> None:
    """Attempts that are lost in one moment are tried again at different ones, 20 % around the wait."""
    await rig.register(ttl=3_600)
    await rig.write(*(stage(f"s{number}") for number in range(50)))
    for call in rig.runners.take_all():
        call.lose()
    await rig.settle()
    due = [row[0] - rig.clock.at_us for row in await rig.rows("SELECT due_us FROM stage_attempts WHERE state = 10")]
    assert len(set(due)) == 50
    assert 800_000 <= min(due) < 950_000
    assert 1_050_000 < max(due) <= 1_200_000


async def test_a_rule_that_breaks_does_not_stop_the_clock(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong when something is due, it is logged, and looked at again a second later."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s", execution_mode=ASYNC, timeout=60.0, retry=NEVER_AGAIN))
    await rig.accept_next()

    def broken(_uow: UnitOfWork) -> None:
        raise KeyError("something that nobody thought of")

    with monkeypatch.context() as patched:
        patched.setattr("orchestrator.service.runners.expire", broken)
        await rig.advance(60)
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
    await rig.advance(1)
    assert (await rig.stage("s")).outcome is Outcome.FAILED


async def test_a_clock_that_is_set_breaks_nothing(rig: Rig) -> None:
    """It may end an attempt early or late; each ends once, and another answer is not accepted."""
    await rig.register(ttl=86_400)
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=ASYNC, timeout=60.0))
    execution_id = await rig.accept_next()
    rig.clock.set(rig.clock.at_us - 3_600_000_000)
    await rig.settle()
    await rig.advance(30)
    await rig.server.complete_execution(execution_id, Answer())
    rig.clock.set(rig.clock.at_us + 7_200_000_000)
    await rig.settle()
    found = await rig.stage("s")
    assert (found.outcome, len(found.attempts)) == (Outcome.SUCCEEDED, 1)
