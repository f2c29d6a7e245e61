"""The attempts that a runner works on: who is let in, and how all of them come to an end."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from ci.port import Orchestrator
from ci.runner.attempt import LiveAttempt
from ci.runner.deadlines import Deadlines
from turboci.errors import AlreadyExists, RunnerUnavailable
from turboci.executions import Answer, Execution

REMEMBERED: Final = 10_000
"""Execution ids that are remembered, so that none is worked on twice."""
STOP_SECONDS: Final = 10.0
"""How long a drain waits for handlers that were cancelled."""

_log = logging.getLogger(__name__)


class Attempts:
    """The live attempts of one runner.

    A slot is taken from the delivery until the handler has really ended; a plain function that ignores its
    cancellation keeps its slot, because it keeps the machine busy.
    """

    def __init__(self, runner_id: str, max_concurrent: int) -> None:
        self._runner = f"runner {runner_id!r}"
        self._max_concurrent = max_concurrent
        self._live: dict[str, tuple[LiveAttempt, asyncio.Task[Answer]]] = {}
        self._working: set[LiveAttempt] = set()
        """Those of the live ones that take a slot."""
        self._deadlines = Deadlines(lambda: [attempt for attempt, _ in self._live.values()])
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lingering: list[LiveAttempt] = []
        self._drains = 0

    @property
    def load(self) -> int:
        """How many slots are taken."""
        if self._lingering:
            self._lingering = [attempt for attempt in self._lingering if attempt.in_thread]
        return len(self._working) + len(self._lingering)

    def admit(self, execution: Execution, port: Orchestrator) -> LiveAttempt:
        """Let an execution in.

        Raises:
            AlreadyExists: It was delivered before.
            RunnerUnavailable: The runner is full, or drains.
        """
        if execution.execution_id in self._seen:
            raise AlreadyExists(f"execution {execution.execution_id!r}", f"was delivered to {self._runner} before")
        if self._drains:
            raise RunnerUnavailable(self._runner, "is shutting down")
        if self._max_concurrent and self.load >= self._max_concurrent:
            raise RunnerUnavailable(self._runner, f"is full, {self.load} of {self._max_concurrent} slots are taken")
        self._seen[execution.execution_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return LiveAttempt(execution, port, self._working.discard)

    def keep(self, attempt: LiveAttempt, task: asyncio.Task[Answer]) -> None:
        """Count an attempt as live until `task` is done."""
        self._live[attempt.execution.execution_id] = (attempt, task)
        self._working.add(attempt)
        self._deadlines.add(attempt)
        task.add_done_callback(self._end_of(attempt))

    async def stop(self, execution_id: str, reason: str) -> None:
        """Stop an attempt, if it is live; return when nothing of it runs any more."""
        if execution_id in self._live:
            attempt, _ = self._live[execution_id]
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
            for attempt, _ in tuple(self._live.values()):
                attempt.stop("its runner was shut down")
            if tasks := self._tasks():
                await asyncio.wait(tasks, timeout=STOP_SECONDS)

    def _end_of(self, attempt: LiveAttempt) -> Callable[[asyncio.Task[Answer]], None]:
        def forget(task: asyncio.Task[Answer]) -> None:
            del self._live[attempt.execution.execution_id]
            self._working.discard(attempt)
            if attempt.in_thread:
                self._lingering.append(attempt)
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.info("%s", error)

        return forget

    def _tasks(self) -> set[asyncio.Task[Answer]]:
        return {task for _, task in self._live.values()}
