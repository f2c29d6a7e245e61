"""An orchestrator that cannot be reached for a while: said once, and given up at last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from ci.cli.view.wording import duration
from turboci.errors import OrchestratorUnavailable

PATIENCE: Final = 60.0
"""Seconds after which a run gives up an orchestrator that has gone."""


class Outage:
    """Knows whether the orchestrator can be reached, and since when it cannot.

    Args:
        say: Tells people.
        clock: Seconds of a clock that only rises.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say: Final = say
        self._clock: Final = clock
        self._begun: Final = asyncio.Event()
        self._since = 0.0
        self._error: OrchestratorUnavailable | None = None

    @property
    def error(self) -> OrchestratorUnavailable | None:
        """Why the orchestrator cannot be reached; None if it can, as far as anybody knows."""
        return self._error

    def begin(self, error: OrchestratorUnavailable) -> None:
        """Take in that it cannot be reached; only the first time is news."""
        is_news, self._error = self._error is None, error
        if is_news:
            self._since = self._clock()
            self._begun.set()
            self._say(f"{error.subject} {error.problem}; trying again for {duration(PATIENCE)}")

    def end(self) -> None:
        """Take in that it can be reached."""
        if self._error is not None:
            self._say(f"{self._error.subject} is back after {duration(self._clock() - self._since)}")
            self._error = None
            self._begun.clear()

    async def outlasts(self, seconds: float) -> None:
        """Return when it could not be reached for so long at a stretch."""
        while True:
            await self._begun.wait()
            left = self._since + seconds - self._clock()
            if left <= 0 and self._error is not None:
                return
            await asyncio.sleep(max(0.0, left))
