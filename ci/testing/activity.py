"""Knows whether anything is under way in a rehearsal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from ci.port import HostedRunner
from turboci.executions import Execution

QUIET_TURNS: Final = 20
"""Turns of the event loop in which nothing happens: more than any chain of callbacks takes."""
POLL_SECONDS: Final = 0.005
"""How long a runner that has become idle may stay unnoticed: it tells nobody."""

IsTaken = Callable[[Execution], Awaitable[bool]]


class Activity:
    """Counts what is under way: calls at the database, attempts at work, ASYNC attempts that were just accepted.

    Attributes:
        changed: Set whenever something begins or ends; whoever waits for it clears it.
    """

    def __init__(self, resting: Callable[[], int]) -> None:
        """Begin with nothing under way.

        Args:
            resting: Returns how many attempts do nothing but wait for a time.
        """
        self.changed: Final = asyncio.Event()
        self._resting: Final = resting
        self._calls = 0
        self._runners: Final[list[HostedRunner]] = []
        self._accepted: Final[list[Execution]] = []

    def begin(self) -> None:
        """Count a call at the database."""
        self._calls += 1
        self.changed.set()

    def end(self) -> None:
        """Say that one is over."""
        self._calls -= 1
        self.changed.set()

    def count(self, runner: HostedRunner) -> None:
        """Count the attempts of a runner, too."""
        if not any(known is runner for known in self._runners):
            self._runners.append(runner)

    def accepted(self, execution: Execution) -> None:
        """Wait for the orchestrator to note that an ASYNC attempt was taken: it does so a moment later."""
        self._accepted.append(execution)
        self.changed.set()

    @property
    def under_way(self) -> bool:
        """Whether anything happens that does not wait for a time."""
        return bool(self._calls) or sum(runner.current_load for runner in self._runners) > self._resting()

    async def settle(self, is_taken: IsTaken) -> None:
        """Return when everything has happened that can happen without a change of time."""
        quiet = 0
        while quiet < QUIET_TURNS:
            quiet += 1
            await asyncio.sleep(0)  # one turn: everything runs that is ready now
            while self.under_way:
                quiet = 0
                await self.next_change()
            if quiet == QUIET_TURNS and not await self._all_taken(is_taken):
                quiet = 0
                await self.next_change()

    async def next_change(self) -> None:
        """Return when something began or ended, or might have."""
        self.changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.changed.wait()

    async def _all_taken(self, is_taken: IsTaken) -> bool:
        for execution in tuple(self._accepted):
            if await is_taken(execution):
                self._accepted.remove(execution)
        return not self._accepted
