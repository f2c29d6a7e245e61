"""What one transaction leaves is taken up by the next one, whatever happens between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

import pytest
from anyio import wait_all_tasks_blocked

from orchestrator.dispatcher.continuation import Continuation
from orchestrator.service.unit_of_work import UnitOfWork
from tests.service.clock import ManualClock
from turboci.errors import OrchestratorUnavailable

T = TypeVar("T")


class RecordedApply:
    """Counts the transactions; each ends when the test says so.

    Attributes:
        count: How many have begun.
        errors: Raised by the next ones, in order.
    """

    def __init__(self) -> None:
        self.count = 0
        self.errors: list[Exception] = []
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, _rule: Callable[[UnitOfWork], T], /) -> T:
        self.count += 1
        await self.may_end.wait()
        if self.errors:
            raise self.errors.pop(0)
        return None  # type: ignore[return-value]


async def test_a_plan_has_one_transaction_at_a_time() -> None:
    """Asked again while one is under way, another one follows it, and no third one."""
    apply = RecordedApply()
    continuation = Continuation(apply, ManualClock())
    apply.may_end.clear()
    continuation.add(1)
    await wait_all_tasks_blocked()
    continuation.add(1)
    continuation.add(1)
    await wait_all_tasks_blocked()
    assert apply.count == 1
    apply.may_end.set()
    await wait_all_tasks_blocked()
    assert apply.count == 2
    await continuation.stop()


async def test_a_database_that_is_away_is_waited_for() -> None:
    """A transaction that fails for now is tried again a second later."""
    apply, clock = RecordedApply(), ManualClock()
    apply.errors.append(OrchestratorUnavailable("database 'x'", "is locked"))
    continuation = Continuation(apply, clock)
    continuation.add(1)
    await wait_all_tasks_blocked()
    assert apply.count == 1
    clock.set(clock.at_us + 1_000_000)
    await wait_all_tasks_blocked()
    assert apply.count == 2
    await continuation.stop()


async def test_an_unforeseen_error_is_logged_and_other_plans_go_on(caplog: pytest.LogCaptureFixture) -> None:
    """A rule that breaks is not repeated for ever, and concerns its plan alone."""
    apply = RecordedApply()
    apply.errors.append(ZeroDivisionError("broken"))
    continuation = Continuation(apply, ManualClock())
    with caplog.at_level(logging.ERROR, "turboci.dispatch"):
        continuation.add(1)
        await wait_all_tasks_blocked()
        continuation.add(2)
        await wait_all_tasks_blocked()
    assert apply.count == 2
    assert "plan 1 cannot be carried on" in caplog.text
    await continuation.stop()


async def test_nothing_begins_after_the_stop() -> None:
    """A server that stops leaves the rest to the next start."""
    apply = RecordedApply()
    continuation = Continuation(apply, ManualClock())
    await continuation.stop()
    continuation.add(1)
    await wait_all_tasks_blocked()
    assert apply.count == 0
