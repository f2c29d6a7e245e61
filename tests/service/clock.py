"""A clock that stands still until the test moves it."""

from __future__ import annotations

import asyncio

START_US = 1_700_000_000_000_000


class ManualClock:
    """Implements `orchestrator.clock.Clock`.

    Attributes:
        at_us: What it shows.
    """

    def __init__(self) -> None:
        self.at_us = START_US
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []

    def now_us(self) -> int:
        return self.at_us

    async def sleep_until(self, at_us: int) -> None:
        if at_us > self.at_us:
            woken = asyncio.get_running_loop().create_future()
            self._sleepers.append((at_us, woken))
            await woken

    def set(self, at_us: int) -> None:
        """Show another time, and wake whoever waits for it."""
        self.at_us = at_us
        for due_us, woken in self._sleepers:
            if due_us <= at_us and not woken.done():
                woken.set_result(None)
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[1].done()]

    @property
    def next_alarm_us(self) -> int | None:
        """The earliest time that somebody waits for."""
        return min((due_us for due_us, woken in self._sleepers if not woken.done()), default=None)
