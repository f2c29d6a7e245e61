"""The executions that came over a stream, between their arrival and their last report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, Final, TypeAlias

from ci.port import HostedRunner, Orchestrator
from ci.remote.streaming.outgoing import Outgoing
from turboci.eager import begin
from turboci.errors import (
    AlreadyExists,
    AttemptStopped,
    CIError,
    ExecutionNotFound,
    InvalidArgument,
    InvalidState,
    RunnerUnavailable,
    StaleAttempt,
)
from turboci.executions import Answer, Execution
from turboci.frames import Cancellation, Returned
from turboci.nodes import ProgressEntry
from turboci.states import ExecutionMode

Carriers: TypeAlias = MutableMapping[str, Callable[[str, ProgressEntry | Answer], Awaitable[None]]]

_log = logging.getLogger(__name__)


class Work:
    """Hands executions to the runner, and its answers to whoever sends them."""

    def __init__(self, runner: HostedRunner, port: Orchestrator, outgoing: Outgoing, carriers: Carriers) -> None:
        """Start with nothing to do; needs a running event loop.

        Args:
            runner: Who does the work.
            port: What it asks and reports to.
            outgoing: Takes what is to be sent.
            carriers: Is told that reports on an execution go through us.
        """
        self._runner: Final = runner
        self._port: Final = port
        self._outgoing: Final = outgoing
        self._carriers: Final = carriers
        self._held: Final[dict[str, bool]] = {}
        """The executions that the runner speaks for, and whether anything was reported on them."""
        self._stopping: Final[dict[str, None]] = {}
        self._calls: Final[dict[str, asyncio.Task[None]]] = {}
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self._refusing = False
        self._loop: Final = asyncio.get_running_loop()

    @property
    def held(self) -> tuple[str, ...]:
        """The executions that the runner speaks for, or is still stopping."""
        return (*self._held, *self._stopping)

    def refuse(self) -> None:
        """Take nothing new from now on."""
        self._refusing = True

    def begin(self, executions: Collection[Execution]) -> None:
        """Hand executions to the runner."""
        for execution in executions:
            # From now on, so that it can be stopped before its turn has come.
            self._held[execution.execution_id] = False
            self._carriers[execution.execution_id] = self._report
        if executions:
            self._keep(begin(self._begin(executions), self._loop, "what came over the stream"))

    def stop(self, cancellations: Collection[Cancellation]) -> None:
        """Stop attempts that have ended without us, and say so when nothing of them runs any more."""
        for entry in cancellations:
            self._keep(asyncio.create_task(self._stop(entry)))

    def abandon(self, reason: str) -> None:
        """Give up whatever has not been answered."""
        for execution_id in tuple(self._held):
            self._outgoing.give_back(Returned(execution_id=execution_id, reason=reason, begun=True))
            self._forget(execution_id)

    async def close(self) -> None:
        """Stop whatever is under way."""
        tasks = {*self._tasks, *self._calls.values()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _begin(self, executions: Collection[Execution]) -> None:
        for execution in executions:
            if execution.execution_id not in self._held:
                continue
            if self._refusing:
                self._return(execution, "it is shutting down")
            elif ExecutionMode.ASYNC in self._runner.supported_modes:
                await self._offer(execution)
            else:
                self._call(execution)

    async def _offer(self, execution: Execution) -> None:
        """Let the runner take an execution and report by itself; SYNC or ASYNC is all one here."""
        try:
            acceptance = await self._runner.run_async(execution, self._port)
        except AlreadyExists as error:
            _log.warning("%s", error)
        except Exception as error:
            _log.exception("execution %r could not be begun", execution.execution_id)
            self._return(execution, f"{type(error).__name__}: {error}", begun=True)
        else:
            if not acceptance.accepted:
                self._return(execution, "it is full")
            elif self._held.get(execution.execution_id) is False:
                self._outgoing.accept(execution.execution_id)

    def _call(self, execution: Execution) -> None:
        """Let a runner that knows SYNC only work on an execution, and report for it."""
        task = asyncio.create_task(self._run(execution), name=f"execution {execution.execution_id}")
        self._calls[execution.execution_id] = task
        task.add_done_callback(lambda _: self._calls.pop(execution.execution_id, None))
        self._outgoing.accept(execution.execution_id)

    async def _run(self, execution: Execution) -> None:
        execution_id = execution.execution_id
        try:
            answer = await self._runner.run(execution, self._port)
        except RunnerUnavailable as error:
            self._return(execution, error.problem)
            return
        except AttemptStopped as error:
            self._return(execution, str(error), begun=True)
            return
        except Exception as error:
            _log.exception("execution %r failed", execution_id)
            answer = Answer(failure=f"the runner raised {type(error).__name__}: {error}")
        await self._deliver(execution, answer)

    async def _deliver(self, execution: Execution, answer: Answer) -> None:
        """Report an answer, and a red one in its place if it does not fit: the attempt would stay open."""
        try:
            await self._report(execution.execution_id, answer)
        except (StaleAttempt, ExecutionNotFound) as error:
            _log.info("the answer of stage %r is dropped: %s", execution.stage_id, error)
        except (InvalidArgument, InvalidState) as error:
            await self._deliver(execution, Answer(failure=f"the answer of the runner does not fit: {error}"))
        except CIError as error:
            _log.warning("the answer of stage %r was refused: %s", execution.stage_id, error)

    async def _report(self, execution_id: str, content: ProgressEntry | Answer) -> None:
        """Send a report; return when the orchestrator has it for good."""
        if execution_id in self._held:
            self._held[execution_id] = True
        try:
            await self._outgoing.post(execution_id, content)
        except (StaleAttempt, ExecutionNotFound):
            self._forget(execution_id)
            raise
        if isinstance(content, Answer):
            self._forget(execution_id)

    async def _stop(self, entry: Cancellation) -> None:
        execution_id = entry.execution_id
        self._forget(execution_id)
        self._stopping[execution_id] = None
        try:
            call = self._calls.get(execution_id)
            if call is not None:
                call.cancel()
                await asyncio.wait({call})
            else:
                await self._runner.cancel(execution_id, entry.reason)
        finally:
            self._stopping.pop(execution_id, None)
        self._outgoing.give_back(Returned(execution_id=execution_id, reason="it was stopped", begun=True))

    def _return(self, execution: Execution, reason: str, *, begun: bool = False) -> None:
        self._forget(execution.execution_id)
        self._outgoing.give_back(Returned(execution_id=execution.execution_id, reason=reason, begun=begun))

    def _forget(self, execution_id: str) -> None:
        self._held.pop(execution_id, None)
        self._carriers.pop(execution_id, None)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("what came over the stream could not be carried out", exc_info=error)
