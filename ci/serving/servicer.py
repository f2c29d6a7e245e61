"""The StageRunner service in front of a runner of this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import grpc

from ci.port import HostedRunner, Orchestrator
from ci.serving.status import Context, guarded
from turboci.errors import RunnerUnavailable
from turboci.executions import Acceptance, Pong
from turboci.wire.executions import acceptance_message, execution, pong_message, run_response
from turboci.wire.methods import STAGE_RUNNER
from turboci.wire.paths import parse

UNLIMITED: Final = 1_000_000
"""What a runner without a limit says when it is asked for its free slots."""


class StageRunnerServicer:
    """Answers Run, RunAsync, Ping and Cancel; requests and answers are bytes."""

    def __init__(self, runner: HostedRunner, port: Orchestrator) -> None:
        """Stand in front of `runner`; what it reports goes to `port`."""
        self._runner = runner
        self._port = port
        self._closing = False

    def close(self) -> None:
        """Refuse new attempts from now on."""
        self._closing = True

    def handlers(self) -> grpc.GenericRpcHandler:
        """Return the service as gRPC wants it."""
        calls: dict[str, Callable[[bytes, Context], Awaitable[bytes]]] = {
            STAGE_RUNNER.run.name: self._run,
            STAGE_RUNNER.run_async.name: self._run_async,
            STAGE_RUNNER.ping.name: self._ping,
            STAGE_RUNNER.cancel.name: self._cancel,
        }
        return grpc.method_handlers_generic_handler(
            STAGE_RUNNER.service, {name: grpc.unary_unary_rpc_method_handler(call) for name, call in calls.items()}
        )

    async def _run(self, request: bytes, context: Context) -> bytes:
        return await guarded(context, self._answer(request))

    async def _answer(self, request: bytes) -> bytes:
        wanted = execution(parse(STAGE_RUNNER.run.request, request))
        if self._closing:
            raise RunnerUnavailable(f"runner {self._runner.runner_id!r}", "is shutting down")
        answer = await self._runner.run(wanted, self._port)
        return run_response(answer).SerializeToString()

    async def _run_async(self, request: bytes, context: Context) -> bytes:
        return await guarded(context, self._accept(request))

    async def _accept(self, request: bytes) -> bytes:
        wanted = execution(parse(STAGE_RUNNER.run_async.request, request))
        if self._closing:
            acceptance = Acceptance(accepted=False)
        else:
            acceptance = await self._runner.run_async(wanted, self._port)
        return acceptance_message(acceptance).SerializeToString()

    async def _ping(self, request: bytes, context: Context) -> bytes:
        return await guarded(context, self._pong(request))

    async def _pong(self, request: bytes) -> bytes:
        parse(STAGE_RUNNER.ping.request, request)
        runner = self._runner
        pong = Pong(
            runner_type=runner.runner_type,
            supported_modes=runner.supported_modes,
            available_capacity=self._free_slots(),
        )
        return pong_message(pong).SerializeToString()

    def _free_slots(self) -> int:
        if self._closing:
            return 0
        limit = self._runner.max_concurrent
        return max(0, limit - self._runner.current_load) if limit else UNLIMITED

    async def _cancel(self, request: bytes, context: Context) -> bytes:
        return await guarded(context, self._stop(request))

    async def _stop(self, request: bytes) -> bytes:
        wanted = parse(STAGE_RUNNER.cancel.request, request)
        await self._runner.cancel(wanted.execution_id, wanted.reason)
        return STAGE_RUNNER.cancel.response().SerializeToString()
