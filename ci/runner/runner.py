"""The runner: one type of stages, one handler."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Final, TypeVar

from ci.identity import Unique
from ci.port import Orchestrator
from ci.remote.orchestrator import RemoteOrchestrator
from ci.runner.attempts import Attempts
from ci.runner.completion import complete
from ci.runner.handlers import Handler, require_handler
from ci.serving.address import parse_address
from ci.serving.lease import TTL
from ci.serving.server import GRACE
from turboci.errors import InvalidState, RunnerUnavailable
from turboci.executions import Acceptance, Answer, Execution
from turboci.ids import require_id
from turboci.states import ExecutionMode

_DECORATE: Final = "decorate a function with @runner.handler"

F = TypeVar("F", bound=Handler)


class Runner(Unique):
    """Works on the stages of one runner type.

    The handler gets a `StageContext` and is a coroutine function, or a plain one that runs in a thread. What it returns
    is the data of the checks that the stage answers; `StageFailed` makes the answer red, and so does any other
    exception.

    Example:
        runner = ci.Runner("builder", max_concurrent=5)

        @runner.handler
        async def build(stage: ci.StageContext) -> dict[str, object]:
            await stage.progress(50, "compiling")
            return {"artifact": "app.tar"}

        await runner.serve("localhost:50051")
    """

    def __init__(self, runner_type: str, *, max_concurrent: int = 0, runner_id: str | None = None) -> None:
        """Make a runner without a handler.

        Args:
            runner_type: What kind of stages it takes.
            max_concurrent: Attempts at the same time; 0 is no limit.
            runner_id: Its id, the same across restarts; by default made of type, host and process.

        Raises:
            EmptyIdError: The type or the id is empty.
            InvalidArgument: The type or the id is no id.
        """
        self._runner_type: Final = require_id(runner_type, "runner type", field="runner_type")
        default_id = f"{runner_type}@{socket.gethostname()}-{os.getpid()}"
        self._runner_id: Final = require_id(default_id if runner_id is None else runner_id, "runner", field="runner_id")
        self._max_concurrent: Final = max_concurrent
        self._attempts: Final = Attempts(self._runner_id, max_concurrent)
        self._handler: Handler | None = None

    def handler(self, fn: F, /) -> F:
        """Make `fn` the handler; it stays callable as it is.

        Raises:
            InvalidArgument: It is no function of one argument.
            InvalidState: The runner has a handler.
        """
        require_handler(fn)
        if self._handler is not None:
            raise InvalidState(
                f"runner {self._runner_id!r}", f"has the handler {_name(self._handler)!r}, not {_name(fn)!r}, too",
                hint="one runner type has one handler; make another Runner for the other",
            )  # fmt: skip
        self._handler = fn
        return fn

    @property
    def runner_id(self) -> str:
        """Its id, the same across restarts."""
        return self._runner_id

    @property
    def runner_type(self) -> str:
        """What kind of stages it takes."""
        return self._runner_type

    @property
    def supported_modes(self) -> tuple[ExecutionMode, ...]:
        """SYNC and ASYNC: one handler serves both."""
        return (ExecutionMode.SYNC, ExecutionMode.ASYNC)

    @property
    def max_concurrent(self) -> int:
        """Attempts at the same time; 0 is no limit."""
        return self._max_concurrent

    @property
    def current_load(self) -> int:
        """Attempts that it works on at present."""
        return self._attempts.load

    async def serve(self, address: str, *, listen: str | None = None, ttl: int = TTL, grace: float = GRACE) -> None:
        """Work for the orchestrator at `address` until cancelled; then finish what is live, and leave.

        Args:
            address: host:port of the orchestrator, or :port for this machine.
            listen: host:port to listen at, for the orchestrator to call. Without a host: on all interfaces; port 0 is
                any free one. By default the runner opens a stream to the orchestrator instead, and needs no port.
            ttl: Seconds that the orchestrator believes in the runner without a sign of life. What the runner has
                accepted over a stream outlives a broken connection for as long.
            grace: Seconds that live attempts get to finish after the cancellation.

        Raises:
            InvalidArgument: An address is wrong, or the orchestrator refuses the runner.
            InvalidState: There is no handler, or `listen` is taken.
            OrchestratorUnavailable: It cannot be reached.
        """
        if self._handler is None:
            raise InvalidState(f"runner {self._runner_id!r}", "has no handler", hint=_DECORATE)
        async with RemoteOrchestrator(address) as orchestrator:
            await orchestrator.reach()
            if listen is None:
                await orchestrator.host(self, ttl=ttl)
            else:
                await orchestrator.serve(self, parse_address(listen, "runner", any_port=True), ttl=ttl)
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                await orchestrator.close(grace)

    async def run(self, execution: Execution, port: Orchestrator) -> Answer:
        """Execute a SYNC attempt; being cancelled stops it.

        Raises:
            RunnerUnavailable: It is full, drains or has no handler; the attempt was not begun.
            AlreadyExists: The execution was delivered before.
            AttemptStopped: The deadline passed, or the runner was shut down.
        """
        return await self._attempts.begin(execution, port, self._require_handler()).outcome()

    async def run_async(self, execution: Execution, port: Orchestrator) -> Acceptance:
        """Take an ASYNC attempt; its progress and completion go to `port`.

        Raises:
            AlreadyExists: The execution was delivered before.
        """
        try:
            self._attempts.begin(execution, port, self._require_handler(), complete)
        except RunnerUnavailable:
            return Acceptance(accepted=False)
        return Acceptance(accepted=True, runner_execution_id=f"{self._runner_id}/{execution.execution_id}")

    async def cancel(self, execution_id: str, reason: str) -> None:
        """Stop an attempt, and return when nothing of it runs any more; nothing happens if it is not live."""
        await self._attempts.stop(execution_id, reason or "the orchestrator has cancelled it")

    async def drain(self, grace: float) -> None:
        """Refuse new attempts, let the live ones finish for `grace` seconds, then cancel them."""
        await self._attempts.drain(grace)

    def _require_handler(self) -> Handler:
        if self._handler is None:
            raise RunnerUnavailable(f"runner {self._runner_id!r}", "has no handler", hint=_DECORATE)
        return self._handler


def _name(fn: Callable[..., object]) -> str:
    return str(getattr(fn, "__name__", fn))
