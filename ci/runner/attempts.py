"""The attempts that a runner works on: who is let in, and how all of them come to an end."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, Final

from ci.port import Orchestrator
from ci.runner.attempt import Deliver, LiveAttempt
from ci.runner.deadlines import Deadlines
from ci.runner.handlers import Handler
from turboci.errors import AlreadyExists, RunnerUnavailable
from turboci.executions import Execution

REMEMBERED: Final = 10_000
"""Execution ids that are remembered, so that none is worked on twice."""
STOP_SECONDS: Final = 10.0
"""How long a drain waits for handlers that were cancelled."""


class Attempts:
    """The live attempts of one runner.

    A slot is taken from the delivery until the handler has really ended; a plain function that ignores its
    cancellation keeps its slot, because it keeps the machine busy.
    """

    def __init__(self, runner_id: str, max_concurrent: int) -> None:
        self._runner = f"runner {runner_id!r}"
        self._max_concurrent = max_concurrent
        self._live: dict[str, LiveAttempt] = {}
        self._working: set[LiveAttempt] = set()
        """Those of the live ones that take a slot."""
        self._deadlines = Deadlines(self._live.values)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lingering: list[LiveAttempt] = []
        self._drains = 0

    @property
    def load(self) -> int:
        """How many slots are taken."""
        if self._lingering:
            self._lingering = [attempt for attempt in self._lingering if attempt.in_thread]
        return len(self._working) + len(self._lingering)

    def begin(
        self, execution: Execution, port: Orchestrator, handler: Handler, deliver: Deliver | None = None
    ) -> LiveAttempt:
        """Let an execution in, and start its work; it counts as live until that has ended.

        Raises:
            AlreadyExists: It was delivered before.
            RunnerUnavailable: The runner is full, or drains.
        """
        self._require_room(execution)
        loop = asyncio.get_running_loop()
        attempt = LiveAttempt(execution, port, self, loop)
        self._live[execution.execution_id] = attempt
        self._working.add(attempt)
        self._deadlines.add(attempt, loop)
        attempt.start(handler, deliver)
        return attempt

    def answered(self, attempt: LiveAttempt) -> None:
        """Free the slot of an attempt whose handler is done."""
        self._working.discard(attempt)

    def ended(self, attempt: LiveAttempt) -> None:
        """Forget an attempt, unless a plain function of it keeps the machine busy."""
        del self._live[attempt.execution.execution_id]
        self._working.discard(attempt)
        if attempt.in_thread:
            self._lingering.append(attempt)

    def _require_room(self, execution: Execution) -> None:
        if execution.execution_id in self._seen:
            raise AlreadyExists(f"execution {execution.execution_id!r}", f"was delivered to {self._runner} before")
        if self._drains:
            raise RunnerUnavailable(self._runner, "is shutting down")
        if self._max_concurrent and self.load >= self._max_concurrent:
            raise RunnerUnavailable(self._runner, f"is full, {self.load} of {self._max_concurrent} slots are taken")
        self._seen[execution.execution_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    async def stop(self, execution_id: str, reason: str) -> None:
        """Stop an attempt, if it is live; return when nothing of it runs any more."""
        attempt = self._live.get(execution_id)
        if attempt is not None:
            attempt.stop(reason)
            await attempt.end()

    async def drain(self, grace: float) -> None:
        """Refuse new attempts, wait `grace` seconds for the live ones, then stop them."""
        self._drains += 1
        try:
            await self._settle(grace)
        finally:
            self._drains -= 1

    async def _settle(self, grace: float) -> None:
        try:
            if tasks := self._tasks():
                await asyncio.wait(tasks, timeout=grace)
        finally:
            # Being cancelled cuts the grace short; the handlers still get the time to clean up.
            for attempt in tuple(self._live.values()):
                attempt.stop("its runner was shut down")
            if tasks := self._tasks():
                await asyncio.wait(tasks, timeout=STOP_SECONDS)

    def _tasks(self) -> set[asyncio.Task[Any]]:
        return {attempt.task for attempt in self._live.values() if attempt.task is not None}
