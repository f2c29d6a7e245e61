"""A pipeline under test: the real orchestrator, runners that do as they are told, and time that costs nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self, TypeAlias, TypeVar

from ci.dag import DAG
from ci.port import HostedRunner, Orchestrator
from ci.testing.clock import VirtualClock
from ci.testing.history import Historian, History
from ci.testing.orchestrator import RehearsedOrchestrator, rehearsed
from ci.testing.runner import RecordingRunner
from ci.testing.script import StageScript
from ci.workflow import Pace, WorkflowFailed, WorkflowResult
from ci.workflow.context import WorkflowContext
from turboci.errors import InvalidState
from turboci.events import Event

T = TypeVar("T")

Pipeline: TypeAlias = DAG | Callable[[Orchestrator], Awaitable[object]]
"""A DAG, or the ``async def main(orch)`` of a file."""

HASTY: Final = Pace(quiet=0.05, longest=0.5)
"""A plan that stands still is found out at once."""
PATIENCE: Final = 30.0
"""Seconds of the machine that a pipeline may take."""


class Rehearsal:
    """Runs pipelines on a real orchestrator of this process, with a recording runner and a virtual clock.

    Stages succeed unless `on` says otherwise, whatever their runner type, and so do shell commands: none is run. Steps
    of ``@dag.function()`` and `runners` work for real, except where `on` speaks of them. Time jumps to the next
    deadline whenever nothing happens.

    Attributes:
        runner: Answers the stages, and remembers the attempts.
        clock: The time.

    Example:
        def test_red_tests_stop_the_deployment() -> None:
            rehearsal = ci.testing.Rehearsal()
            rehearsal.on("test").fail("2 tests failed")
            assert not rehearsal.run(make_dag()).ok
            assert rehearsal.history == ["dispatched test", "failed test", "skipped deploy"]
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        runners: Sequence[HostedRunner] = (),
        runner: RecordingRunner | None = None,
        clock: VirtualClock | None = None,
    ) -> None:
        """Prepare a rehearsal; nothing runs yet.

        Args:
            path: The database file; None keeps everything in memory.
            runners: Real runners that take part.
            runner: Answers everything else; None makes one.
            clock: The time; None makes one that moves by itself.
        """
        self.clock: Final = clock or VirtualClock()
        self.runner: Final = runner or RecordingRunner(clock=self.clock)
        self._path: Final = None if path is None else os.fspath(path)
        self._runners: Final = tuple(runners)
        self._historian: Final = Historian()
        self._stack: AsyncExitStack | None = None
        self._orchestrator: RehearsedOrchestrator | None = None

    def on(self, stage_id: str) -> StageScript:
        """Say what happens to the attempts of a stage; see `RecordingRunner.on`."""
        return self.runner.on(stage_id)

    @property
    def history(self) -> History:
        """What happened to the stages so far, as lines such as ``dispatched build``."""
        return self._historian.history

    @property
    def events(self) -> Sequence[Event]:
        """What happened to checks and stages so far."""
        return tuple(self._historian.events)

    @property
    def orchestrator(self) -> Orchestrator:
        """The orchestrator, while it runs.

        Raises:
            InvalidState: It does not run.
        """
        return self._running()

    def run(self, pipeline: Pipeline, *, timeout: float = PATIENCE) -> WorkflowResult:
        """Run a pipeline to its end from a plain test, on an orchestrator of its own; return all nodes.

        Args:
            pipeline: The DAG, or an ``async def main(orch)``, of which the last plan is the result.
            timeout: Seconds of the machine, in case that it does not end.

        Raises:
            WorkflowStalled: Nothing that is under way can complete it.
            DAGValidationError: The DAG has problems.
            TimeoutError: It has not ended in time; the text says why.
            InvalidState: An event loop runs already; there, enter the rehearsal, and `play`.
        """
        if _in_event_loop():
            raise InvalidState(
                "rehearsal", "cannot run() inside an event loop",
                hint="write `async with rehearsal:` and `await rehearsal.play(pipeline)`",
            )  # fmt: skip
        # Not asyncio.run: it would take away the event loop that other plugins have set.
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as loop:
            return loop.run(self._run(pipeline, timeout))

    async def play(self, pipeline: Pipeline, *, timeout: float = PATIENCE) -> WorkflowResult:
        """Run a pipeline to its end on the orchestrator of this block; see `run`.

        Raises:
            InvalidState: The rehearsal is not entered.
        """
        orchestrator = self._running()
        if isinstance(pipeline, DAG):
            execution = await pipeline.execute(orchestrator, pace=HASTY)
            result = await execution.wait_for_completion(timeout=timeout, raise_on_failure=False)
        else:
            result = await self._play_main(pipeline, orchestrator, timeout)
        await self.settled()
        return result

    async def settled(self) -> None:
        """Return when everything has happened that can happen without a change of time.

        Not to be called by a handler: its own attempt is under way.

        Raises:
            InvalidState: The rehearsal is not entered.
        """
        self._running()
        await self.clock.advance(0)

    async def __aenter__(self) -> Self:
        """Start the orchestrator.

        Raises:
            StorageUnusable: The database cannot be opened.
            InvalidState: It runs already.
        """
        if self._stack is not None:
            raise InvalidState("rehearsal", "runs already", hint="make a rehearsal for each orchestrator")
        async with AsyncExitStack() as stack:
            self._orchestrator = await stack.enter_async_context(
                rehearsed(
                    self._path, clock=self.clock, recorder=self.runner, historian=self._historian,
                    runners=self._runners,
                )
            )  # fmt: skip
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        assert self._stack is not None
        stack, self._stack, self._orchestrator = self._stack, None, None
        await stack.__aexit__(kind, error, tb)

    async def _run(self, pipeline: Pipeline, timeout: float) -> WorkflowResult:
        async with self:
            return await self.play(pipeline, timeout=timeout)

    async def _play_main(
        self, main: Callable[[Orchestrator], Awaitable[object]], orchestrator: RehearsedOrchestrator, timeout: float
    ) -> WorkflowResult:
        """Run the main function of a file; return the result of its last plan, which is complete then."""
        before = len(orchestrator.plans)
        try:
            async with asyncio.timeout(timeout):
                await main(orchestrator)
        except WorkflowFailed as failure:
            return failure.result
        except TimeoutError as error:
            raise TimeoutError(await _late(orchestrator, before, timeout)) from error
        if len(orchestrator.plans) == before:
            raise InvalidState(
                "pipeline", "has made no plan", hint="execute a DAG on the orchestrator that it is given"
            )
        plan = orchestrator.plans[-1]
        waiting = WorkflowContext(orchestrator, work_plan_id=plan.id, pace=HASTY)
        return await waiting.wait_for_completion(timeout=timeout, raise_on_failure=False)

    def _running(self) -> RehearsedOrchestrator:
        if self._orchestrator is None:
            raise InvalidState("rehearsal", "has no orchestrator that runs", hint="write `async with rehearsal:`")
        return self._orchestrator


async def _late(orchestrator: RehearsedOrchestrator, first: int, timeout: float) -> str:
    """Say what the plans wait for that a pipeline has made."""
    text = f"the pipeline has not ended after {timeout:g} s"
    for plan in orchestrator.plans[first:]:
        explanation = await orchestrator.explain(plan.id)
        text += "".join(f"\n  {reason}" for reason in explanation.reasons)
    return text


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
