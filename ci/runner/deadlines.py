"""The deadlines of live attempts, all on one timer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from ci.runner.attempt import LiveAttempt


class Deadlines:
    """Stops attempts whose time is over.

    Most attempts end long before that, so none has a timer of its own: the one there is rings at the earliest deadline
    that was known when it was set, and then looks for the next one among those that are live.
    """

    def __init__(self, live: Callable[[], Iterable[LiveAttempt]]) -> None:
        """Start without a timer.

        Args:
            live: Returns the attempts that are live.
        """
        self._live: Final = live
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    def add(self, attempt: LiveAttempt, loop: asyncio.AbstractEventLoop) -> None:
        """Stop an attempt that runs in `loop` at its deadline, unless it has ended by then."""
        if attempt.deadline is not None:
            self._ring_by(attempt.deadline, loop)

    def _ring_by(self, moment: float, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            # A runner may outlive its loop, and with that went the timer.
            self._loop, self._timer = loop, None
        if self._timer is not None:
            if self._rings_at <= moment:
                return
            self._timer.cancel()
        self._rings_at = moment
        self._timer = loop.call_later(max(0.0, moment - time.time()), self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = time.time()
        for attempt in tuple(self._live()):
            if attempt.deadline is None:
                continue
            if attempt.deadline <= now:
                attempt.stop("its deadline has passed")
            else:
                self._ring_by(attempt.deadline, loop)
