"""Time, so that tests can decide what it is."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC."""
        ...

    async def sleep_until(self, at_us: int) -> None:
        """Return when the clock shows `at_us`."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC."""
        return time.time_ns() // 1_000

    async def sleep_until(self, at_us: int) -> None:
        """Return when the clock shows `at_us`."""
        while (left := at_us - self.now_us()) > 0:  # noqa: ASYNC110 - there is no event that says the clock was set
            # At most a minute at once: the machine's clock may be set while we sleep.
            await asyncio.sleep(min(left / 1_000_000, 60.0))


@lru_cache(maxsize=64)
@lru_cache(maxsize=64)
def moment(at_us: int) -> datetime:
    """Return the time of `at_us` microseconds since 1970: one object for all that happens at once."""
    return _EPOCH + timedelta(microseconds=at_us)


def microseconds(at: datetime) -> int:
    """Return the microseconds since 1970 of an aware time."""
    return (at - _EPOCH) // timedelta(microseconds=1)
