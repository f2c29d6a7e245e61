"""How patiently a plan is watched."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Times in seconds.

    Attributes:
        quiet: Silence after which the plan is looked at, in case that events do not come.
        longest: That silence doubles up to this while nothing is found.
        retry: Wait before the first reconnection.
        longest_retry: That wait doubles up to this.
        give_up: An orchestrator that cannot be reached for so long is an error of those who wait.
        warn: Silence after which the log says what the plan waits for.

    Example:
        execution = await dag.execute(orch, pace=ci.Pace(give_up=30.0))
    """

    quiet: float = 2.0
    longest: float = 30.0
    retry: float = 0.1
    longest_retry: float = 5.0
    give_up: float = 300.0
    warn: float = 10.0


class Backoff:
    """Waits longer from failure to failure, and gives up at last."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._delay = pace.retry
        self._failing_since: float | None = None

    def succeeded(self) -> None:
        """Forget earlier failures."""
        self._delay = self._pace.retry
        self._failing_since = None

    async def failed(self, error: Exception) -> None:
        """Wait before the next try.

        Raises:
            Exception: `error`, if it has been failing for too long.
        """
        now = asyncio.get_running_loop().time()
        if self._failing_since is None:
            self._failing_since = now
        elif now - self._failing_since > self._pace.give_up:
            raise error
        await asyncio.sleep(self._delay)
        self._delay = min(self._delay * 2, self._pace.longest_retry)
