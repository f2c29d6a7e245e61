"""Wakes the server when something is due, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from orchestrator.clock import Clock


class Alarm:
    """Calls back at the earliest time that it was set to."""

    def __init__(self, clock: Clock, ring: Callable[[], Awaitable[None]]) -> None:
        self._clock: Final = clock
        self._ring: Final = ring
        self._at_us: int | None = None
        self._changed: Final = asyncio.Event()

    def set(self, at_us: int) -> None:
        """Ring at this time, or earlier."""
        if self._at_us is None or at_us < self._at_us:
            self._at_us = at_us
            self._changed.set()

    async def run(self) -> None:
        """Ring whenever it is time, until cancelled."""
        while True:
            if await self._is_time():
                self._at_us = None
                await self._ring()

    async def _is_time(self) -> bool:
        """Wait until it is time, or until the time is another one."""
        self._changed.clear()
        if self._at_us is None:
            await self._changed.wait()
            return False
        sleep = asyncio.ensure_future(self._clock.sleep_until(self._at_us))
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({sleep, changed}, return_when=asyncio.FIRST_COMPLETED)
            return sleep.done()
        finally:
            sleep.cancel()
            changed.cancel()
