"""Time that passes when nothing else happens."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from orchestrator.clock import microseconds, moment
from turboci.errors import InvalidArgument, InvalidState

FARTHEST_US: Final = 365 * 86_400 * 1_000_000
"""Nothing waits for a time that is farther away; such times stand for never."""
_MICRO: Final = 1_000_000

Settle: TypeAlias = Callable[[], Awaitable[None]]

_attempt: ContextVar[str | None] = ContextVar("_attempt", default=None)
"""The attempt that the present task works for, in rehearsals."""


class VirtualClock:
    """The time of a rehearsal. It stands still while there is work, and jumps to the next deadline when there is none.

    So a timeout of ten minutes, a backoff or a missed sign of life takes no time in a test. What is work: everything
    that the orchestrator does, and every attempt at a runner, unless it waits for this very clock (`sleep`) or a script
    lets it hang.

    Example:
        clock = ci.testing.VirtualClock()
        rehearsal = ci.testing.Rehearsal(clock=clock)
        rehearsal.on("build").hang()
        rehearsal.run(dag)
        assert clock.elapsed > 600
    """

    def __init__(self, *, auto: bool = True) -> None:
        """Show the time of the machine, and stop there.

        Args:
            auto: Whether time jumps when nothing happens; else it moves by `advance` alone.
        """
        self._began_us: Final = time.time_ns() // 1_000
        self._now_us = self._began_us
        self._holds = 0 if auto else 1
        self._sleepers: Final[list[tuple[int, asyncio.Future[None]]]] = []
        self._resting: Final[Counter[str]] = Counter()
        self._settle: Settle | None = None
        self._changed: asyncio.Event | None = None

    @property
    def now(self) -> datetime:
        """What it shows, in UTC."""
        return moment(self._now_us)

    @property
    def elapsed(self) -> float:
        """Seconds that have passed on it since it was made."""
        return (self._now_us - self._began_us) / _MICRO

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock; for handlers and pipelines under test.

        An attempt that waits so counts as idle: time may pass.
        """
        with self.resting():
            await self.sleep_until(self._now_us + round(seconds * _MICRO))

    async def advance(self, seconds: float) -> None:
        """Let time pass, stopping wherever something is due, and return when all that follows has happened.

        Raises:
            InvalidArgument: `seconds` is negative.
            InvalidState: No orchestrator runs on it.
        """
        if not (math.isfinite(seconds) and seconds >= 0):
            raise InvalidArgument("clock", f"cannot advance by {seconds} s", hint="time passes forwards")
        if self._settle is None:
            raise InvalidState("clock", "belongs to no orchestrator that runs", hint="advance it inside the rehearsal")
        end_us = self._now_us + round(seconds * _MICRO)
        with self.paused():
            await self._settle()
            while (alarm_us := self._next_alarm_us()) is not None and alarm_us <= end_us:
                self.show(alarm_us)
                await self._settle()
            self.show(end_us)
            await self._settle()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let no time pass by itself inside the block.

        Example:
            with clock.paused():
                await something_of_the_real_world()
        """
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self._tell()

    # What the orchestrator asks.

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC."""
        return self._now_us

    async def sleep_until(self, at_us: int) -> None:
        """Return when the clock shows `at_us`."""
        if at_us <= self._now_us:
            return
        sleeper = (at_us, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        self._tell()
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    # What a rehearsal does with it.

    @contextmanager
    def driven(self, settle: Settle, changed: asyncio.Event) -> Iterator[None]:
        """Belong to an orchestrator inside the block.

        Args:
            settle: Returns when nothing more happens without a change of time.
            changed: To be set when somebody waits for a time.

        Raises:
            InvalidState: It belongs to another one.
        """
        if self._settle is not None:
            raise InvalidState("clock", "belongs to another orchestrator that runs", hint="make a clock for each")
        self._settle, self._changed = settle, changed
        driver = asyncio.create_task(self._drive(settle, changed), name="virtual clock")
        try:
            yield
        finally:
            driver.cancel()
            self._settle = self._changed = None

    @contextmanager
    def attempting(self, execution_id: str) -> Iterator[None]:
        """Take what begins inside the block for the work of an attempt."""
        token = _attempt.set(execution_id)
        try:
            yield
        finally:
            _attempt.reset(token)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Count the attempt of the present task as idle inside the block."""
        attempt = _attempt.get()
        if attempt is None:
            yield
            return
        self._resting[attempt] += 1
        self._tell()
        try:
            yield
        finally:
            self._resting[attempt] -= 1
            if not self._resting[attempt]:
                del self._resting[attempt]

    @property
    def attempts_at_rest(self) -> int:
        """How many attempts wait for a time, or for nothing."""
        return len(self._resting)

    @asynccontextmanager
    async def timeout_at(self, at: datetime | None) -> AsyncIterator[None]:
        """End the block with a TimeoutError when the clock shows `at`; None is never."""
        async with asyncio.timeout(None) as scope:
            if at is None:
                yield
                return
            inside = True

            def expire(alarm: asyncio.Task[None]) -> None:
                if inside and not alarm.cancelled():
                    scope.reschedule(asyncio.get_running_loop().time())

            alarm = asyncio.create_task(self.sleep_until(microseconds(at)))
            alarm.add_done_callback(expire)
            try:
                yield
            finally:
                inside = False
                alarm.cancel()

    def show(self, at_us: int) -> None:
        """Show a time, unless it is past, and wake whoever waits for it."""
        self._now_us = max(self._now_us, at_us)
        for due_us, woken in self._sleepers:
            if due_us <= self._now_us and not woken.done():
                woken.set_result(None)

    def ahead(self) -> timedelta:
        """Return how far it is ahead of the machine's clock."""
        return timedelta(microseconds=self._now_us - time.time_ns() // 1_000)

    async def _drive(self, settle: Settle, changed: asyncio.Event) -> None:
        """Jump to the next time that somebody waits for, whenever nothing happens."""
        while True:
            await settle()
            changed.clear()
            alarm_us = self._next_alarm_us()
            if alarm_us is None or self._holds:
                await changed.wait()
            else:
                self.show(alarm_us)

    def _next_alarm_us(self) -> int | None:
        horizon_us = self._now_us + FARTHEST_US
        waiting = (at_us for at_us, woken in self._sleepers if not woken.done() and at_us <= horizon_us)
        return min(waiting, default=None)

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed.set()
