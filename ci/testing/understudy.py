"""Stands in for the runners of a rehearsal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ci.port import HostedRunner, Orchestrator
from ci.testing.activity import Activity
from ci.testing.clock import VirtualClock
from ci.testing.runner import RecordingRunner
from orchestrator.clock import microseconds
from turboci.errors import AttemptStopped
from turboci.executions import Acceptance, Answer, Execution
from turboci.states import ExecutionMode

_UNNOTICED: Final = 0.25
"""Seconds that a busy machine may take from one line to the next."""
_ROUNDED: Final = 0.002
"""Seconds that two clocks of the machine may differ by."""


@dataclass(frozen=True, slots=True)
class Backstage:
    """What the runners of a rehearsal share.

    Attributes:
        recorder: Plays the scripts, and remembers every attempt.
        clock: The time.
        activity: Is told what is under way.
    """

    recorder: RecordingRunner
    clock: VirtualClock
    activity: Activity


class Understudy:
    """Answers stages of one runner type: by the script where there is one, else by the real runner if there is one.

    Implements `ci.port.HostedRunner`.
    """

    def __init__(self, backstage: Backstage, port: Orchestrator, runner_type: str, real: HostedRunner | None) -> None:
        """Stand in for a runner.

        Args:
            backstage: What the runners of the rehearsal share.
            port: What runners report to, so that nothing they do goes unseen.
            runner_type: What kind of stages.
            real: Who answers what no script is about; None: the recorder does.
        """
        self.runner_type: Final = runner_type
        self.runner_id: Final = f"understudy-{runner_type}" if real is None else real.runner_id
        self._backstage: Final = backstage
        self._port: Final = port
        self._real: Final = real
        for runner in (real, backstage.recorder):
            if runner is not None:
                backstage.activity.count(runner)

    @property
    def supported_modes(self) -> tuple[ExecutionMode, ...]:
        """How it may be called."""
        return (self._real or self._backstage.recorder).supported_modes

    @property
    def max_concurrent(self) -> int:
        """Attempts at the same time; 0 is no limit."""
        return 0 if self._real is None else self._real.max_concurrent

    @property
    def current_load(self) -> int:
        """Attempts that it works on at present."""
        return (self._real or self._backstage.recorder).current_load

    async def run(self, execution: Execution, port: Orchestrator) -> Answer:  # noqa: ARG002 - reports to our own port
        """Execute a SYNC attempt."""
        # Nobody else ends a SYNC attempt: the orchestrator waits for its answer by the time of the machine.
        async with self._backstage.clock.timeout_at(execution.deadline):
            with self._attempting(execution):
                return await self._player(execution).run(self._in_time_of_machine(execution), self._port)

    async def run_async(self, execution: Execution, port: Orchestrator) -> Acceptance:  # noqa: ARG002
        """Take an ASYNC attempt."""
        with self._attempting(execution):
            acceptance = await self._player(execution).run_async(self._in_time_of_machine(execution), self._port)
        if acceptance.accepted:
            self._backstage.activity.accepted(execution)
        return acceptance

    async def cancel(self, execution_id: str, reason: str) -> None:
        """Stop an attempt, and return when nothing of it runs any more."""
        await self._backstage.recorder.cancel(execution_id, reason)
        if self._real is not None:
            await self._real.cancel(execution_id, reason)

    async def drain(self, grace: float) -> None:
        """Refuse new attempts, let the live ones finish for `grace` seconds, then cancel them."""
        await self._backstage.recorder.drain(grace)
        if self._real is not None:
            await self._real.drain(grace)

    def _player(self, execution: Execution) -> HostedRunner:
        recorder = self._backstage.recorder
        if self._real is None or self._real is recorder or recorder.has_script(execution.stage_id):
            return recorder
        recorder.note(execution)
        return self._real

    @contextmanager
    def _attempting(self, execution: Execution) -> Iterator[None]:
        """Let the virtual time follow when an attempt runs into its deadline by the time of the machine."""
        clock = self._backstage.clock
        ends_at = time.monotonic() + self._left(execution).total_seconds()
        try:
            with clock.attempting(execution.execution_id):
                yield
        except (AttemptStopped, asyncio.CancelledError) as error:
            # The orchestrator began to count a moment before us; a runner that stops an attempt, a moment after.
            early = _UNNOTICED if isinstance(error, asyncio.CancelledError) else _ROUNDED
            if execution.deadline is not None and time.monotonic() >= ends_at - early:
                clock.show(microseconds(execution.deadline))
            raise

    def _left(self, execution: Execution) -> timedelta:
        return timedelta.max if execution.deadline is None else execution.deadline - self._backstage.clock.now

    def _in_time_of_machine(self, execution: Execution) -> Execution:
        """Return the execution with a deadline that handlers can compare with the time of the machine."""
        if execution.deadline is None:
            return execution
        now = datetime.now(execution.deadline.tzinfo)
        return replace(execution, deadline=now + self._left(execution))
