"""The end of a run whose plans were cancelled: what is still being stopped, and what always runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from ci.cli.overview import Overview
from ci.cli.view.wording import listed, one_line
from turboci.reasons import StoppingAttempt

GRACE: Final = 10.0
"""Seconds that runners get to stop; a command is killed after five."""
_PAUSE_SECONDS: Final = 0.1
_UNREMARKABLE: Final = 0.3
"""Seconds within which most things stop: nobody needs to read of these."""
_SAID_AGAIN: Final = 5.0


class Farewell:
    """Waits until nothing of the plans runs any more, here or at other runners, and says for what.

    Args:
        overview: The plans.
        say: Tells people.
    """

    def __init__(self, overview: Overview, say: Callable[[str], None]) -> None:
        self._overview: Final = overview
        self._say: Final = say
        self._left: tuple[StoppingAttempt, ...] = ()
        self._said = ""
        self._say_at = time.monotonic() + _UNREMARKABLE

    @property
    def left(self) -> tuple[StoppingAttempt, ...]:
        """What runners had not stopped when they were asked last."""
        return self._left

    async def wait(self) -> None:
        """Return when everything has stopped, or after the grace; stages that always run take their own time."""
        until = time.monotonic() + GRACE
        while True:
            self._left = await self._overview.stopping()
            running = self._overview.running()
            now = time.monotonic()
            if running:
                until = now + GRACE
            if now >= until or (self._overview.ended and not self._left):
                return
            self._tell(running, now)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _tell(self, running: Sequence[str], now: float) -> None:
        """Say what is waited for, when it takes a while; the same is not said again at once."""
        parts = [f"still being stopped: {at_runners(self._left)}"] if self._left else []
        if running:
            parts.append(f"cleaning up: {listed(running)}")
        said = "; ".join(parts)
        if said and now >= self._say_at and (said != self._said or now >= self._say_at + _SAID_AGAIN):
            self._say(said)
            self._said, self._say_at = said, now


def at_runners(attempts: Sequence[StoppingAttempt]) -> str:
    """Return which stages are being stopped at which runners.

    Example:
        >>> from datetime import UTC, datetime
        >>> at = datetime(2025, 1, 1, tzinfo=UTC)
        >>> at_runners([StoppingAttempt(stage_id="build", attempt=1, runner_id="shell@a-1", asked_at=at)])
        'build at runner shell@a-1'
    """
    by_runner: dict[str, list[str]] = {}
    for attempt in attempts:
        by_runner.setdefault(attempt.runner_id, []).append(attempt.stage_id)
    return ", ".join(f"{listed(stages)} at runner {one_line(runner)}" for runner, stages in by_runner.items())
