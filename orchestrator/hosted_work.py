"""One runner of this process at work: what its session brings goes in, what it answers comes out."""

from __future__ import annotations

import asyncio
import logging
from itertools import count
from typing import Any, Final, Generic, Protocol, TypeVar

from orchestrator.runner_session import RunnerSession
from turboci.eager import begin
from turboci.errors import (
    AttemptStopped,
    ExecutionNotFound,
    InvalidArgument,
    InvalidState,
    LimitExceeded,
    RunnerUnavailable,
    StaleAttempt,
)
from turboci.executions import Acceptance, Answer, Execution
from turboci.frames import Cancellation, RefusedReport, Report, Returned, RunnerFrame
from turboci.states import ExecutionMode

P_contra = TypeVar("P_contra", contravariant=True)
P = TypeVar("P")

_log = logging.getLogger("turboci.dispatch")

_TRY_AGAIN: Final = 1.0
"""Seconds until an answer is reported again that could not be kept."""


class HostedRunner(Protocol[P_contra]):
    """What a runner must do to be hosted; it reports to a port of type `P_contra`."""

    @property
    def runner_id(self) -> str:
        """Its id."""
        ...

    @property
    def runner_type(self) -> str:
        """What kind of stages it takes."""
        ...

    @property
    def supported_modes(self) -> tuple[ExecutionMode, ...]:
        """How it may be called."""
        ...

    @property
    def max_concurrent(self) -> int:
        """Attempts at the same time; 0 is no limit."""
        ...

    async def run(self, execution: Execution, port: P_contra) -> Answer:
        """Execute a SYNC attempt."""
        ...

    async def run_async(self, execution: Execution, port: P_contra) -> Acceptance:
        """Take an ASYNC attempt."""
        ...

    async def cancel(self, execution_id: str, reason: str) -> None:
        """Stop an attempt, and return when nothing of it runs any more; one that is not live is no error."""
        ...

    async def drain(self, grace: float) -> None:
        """Refuse new attempts, let the live ones finish for `grace` seconds, then cancel them."""
        ...


class HostedWork(Generic[P]):
    """Hands executions to a runner, SYNC ones to `run` and ASYNC ones to `run_async`, until it is closed."""

    def __init__(self, session: RunnerSession, runner: HostedRunner[P], port: P) -> None:
        """Begin; needs a running event loop.

        Args:
            session: Open; it is ours to close.
            runner: Who does the work.
            port: What ASYNC work is reported to.
        """
        self._session: Final = session
        self._runner: Final = runner
        self._port: Final = port
        self._runs: Final[dict[str, asyncio.Task[None]]] = {}
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self._tickets: Final = count(1)
        self._sent: Final[dict[int, Report]] = {}
        self._returned: list[Returned] = []
        self._reports: list[Report] = []
        self._hearing = False
        self._telling: asyncio.Task[None] | None = None
        self._loop: Final = asyncio.get_running_loop()
        self._listening: Final = asyncio.create_task(self._listen(), name=f"work of {runner.runner_id}")

    async def close(self) -> None:
        """Stop the runner and the session."""
        self._listening.cancel()
        await self._runner.drain(0.0)
        for task in (*self._runs.values(), *self._tasks):
            task.cancel()
        ending = {self._listening, *self._runs.values(), *self._tasks}
        if self._telling is not None:
            ending.add(self._telling)
        await asyncio.wait(ending)
        await self._session.close()

    async def _listen(self) -> None:
        while (frame := await self._session.next_frame()) is not None:
            self._hearing = True
            for execution in frame.executions:
                self._begin(execution)
            for cancellation in frame.cancellations:
                self._stop(cancellation)
            for ticket in frame.acknowledged:
                self._sent.pop(ticket, None)
            for refused in frame.refused:
                self._refused(refused)
            self._hearing = False
            if self._has_news and self._telling is None:
                # What was brief has been answered already, and nothing else comes before the next frame does.
                self._say(begin(self._tell_all(), self._loop, "reports of hosted work"))

    def _begin(self, execution: Execution) -> None:
        if execution.mode is ExecutionMode.SYNC:
            task = begin(self._run(execution), self._loop, f"execution {execution.execution_id}")
            self._runs[execution.execution_id] = task
            task.add_done_callback(lambda _: self._runs.pop(execution.execution_id, None))
        else:
            self._later(self._offer(execution))

    async def _run(self, execution: Execution) -> None:
        execution_id = execution.execution_id
        self._session.accept(execution_id)
        try:
            answer = await self._runner.run(execution, self._port)
        except RunnerUnavailable as error:
            self._give_back(execution_id, str(error))
        except AttemptStopped as error:
            self._give_back(execution_id, str(error), begun=True)
        except Exception as error:
            self._answer(execution_id, Answer(failure=f"the runner raised {type(error).__name__}: {error}"))
        else:
            self._answer(execution_id, answer)

    async def _offer(self, execution: Execution) -> None:
        try:
            acceptance = await self._runner.run_async(execution, self._port)
        except RunnerUnavailable as error:
            self._give_back(execution.execution_id, str(error))
        except Exception as error:
            reason = f"the runner raised {type(error).__name__}: {error}"
            self._give_back(execution.execution_id, reason, begun=True)
        else:
            if acceptance.accepted:
                self._session.accept(execution.execution_id)
            else:
                self._give_back(execution.execution_id, "")

    def _stop(self, cancellation: Cancellation) -> None:
        run = self._runs.get(cancellation.execution_id)
        if run is not None:
            run.cancel()
        self._later(self._see_stopped(cancellation, run))

    async def _see_stopped(self, cancellation: Cancellation, run: asyncio.Task[None] | None) -> None:
        """Say when nothing of an attempt runs any more: its call may come back before."""
        if run is not None:
            await asyncio.wait({run})
        await self._runner.cancel(cancellation.execution_id, cancellation.reason)
        self._give_back(cancellation.execution_id, "it was stopped", begun=True)

    def _answer(self, execution_id: str, answer: Answer) -> None:
        self._post(Report(ticket=next(self._tickets), execution_id=execution_id, content=answer))

    def _post(self, report: Report) -> None:
        self._sent[report.ticket] = report
        self._reports.append(report)
        self._tell()

    def _refused(self, refused: RefusedReport) -> None:
        """Answer red where an answer does not fit its plan, or the attempt would stay open; try others again."""
        report = self._sent.pop(refused.ticket, None)
        error = refused.error
        if report is None:
            return
        if isinstance(error, (StaleAttempt, ExecutionNotFound)):
            _log.info("answer dropped: %s", error)
        elif isinstance(error, (InvalidArgument, InvalidState)) or (isinstance(error, LimitExceeded) and error.field):
            failure = f"the answer of the runner does not fit: {error}"
            self._answer(report.execution_id, Answer(failure=failure))
        else:
            _log.warning("the answer to execution %r waits: %s", report.execution_id, error)
            self._later(self._post_later(report))

    async def _post_later(self, report: Report) -> None:
        await asyncio.sleep(_TRY_AGAIN)
        self._post(report)

    def _give_back(self, execution_id: str, reason: str, *, begun: bool = False) -> None:
        self._returned.append(Returned(execution_id=execution_id, reason=reason, begun=begun))
        self._tell()

    @property
    def _has_news(self) -> bool:
        return bool(self._returned or self._reports)

    def _tell(self) -> None:
        """Say what there is to say, soon, with what else has happened then."""
        if self._telling is None and not self._hearing:
            self._say(asyncio.create_task(self._tell_all()))

    def _say(self, telling: asyncio.Task[None]) -> None:
        self._telling = telling
        telling.add_done_callback(self._said)

    def _said(self, _: asyncio.Task[None]) -> None:
        self._telling = None
        if self._has_news:
            self._tell()

    async def _tell_all(self) -> None:
        """Say everything that has come together since the last time in one frame."""
        while self._has_news:
            frame = RunnerFrame(returned=tuple(self._returned), reports=tuple(self._reports))
            self._returned, self._reports = [], []
            await self._session.take(frame)

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = begin(work, self._loop, "hosted work")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
