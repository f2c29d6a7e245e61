"""Runners written against the bare contract, which keep what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import grpc

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, update
from turboci.v1 import common_pb2, service_pb2, service_pb2_grpc, stagerunner_pb2, stagerunner_pb2_grpc

Asked: TypeAlias = stagerunner_pb2.RunRequest | stagerunner_pb2.RunAsyncRequest
Work: TypeAlias = Callable[[Asked], Awaitable[stagerunner_pb2.RunResponse]]


async def green(asked: Asked) -> stagerunner_pb2.RunResponse:
    """Answer every assigned check well."""
    return stagerunner_pb2.RunResponse(
        stage_state=common_pb2.STAGE_STATE_FINAL,
        check_updates=[update(id, answered_by=asked.stage_id) for id in asked.assigned_check_ids],
    )


class RecordingRunner(stagerunner_pb2_grpc.StageRunnerServicer):
    """Does `work` for every stage and keeps what it was asked, in order.

    Attributes:
        runs: The SYNC calls.
        offers: The ASYNC calls.
    """

    def __init__(self, work: Work = green) -> None:
        self.work = work
        self.runs: list[stagerunner_pb2.RunRequest] = []
        self.offers: list[stagerunner_pb2.RunAsyncRequest] = []
        self.address = ""
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def stage_ids(self) -> list[str]:
        """The stages that were run synchronously, in order."""
        return [asked.stage_id for asked in self.runs]

    async def Run(self, request: stagerunner_pb2.RunRequest, context: Any) -> stagerunner_pb2.RunResponse:  # noqa: N802
        self.runs.append(request)
        return await self.work(request)

    async def RunAsync(  # noqa: N802
        self, request: stagerunner_pb2.RunAsyncRequest, context: Any
    ) -> stagerunner_pb2.RunAsyncResponse:
        self.offers.append(request)
        task = asyncio.create_task(self._complete(request))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return stagerunner_pb2.RunAsyncResponse(accepted=True)

    async def _complete(self, request: stagerunner_pb2.RunAsyncRequest) -> None:
        answer = await self.work(request)
        completion = service_pb2.CompleteStageExecutionRequest(
            execution_id=request.execution_id,
            stage_state=answer.stage_state,
            check_updates=answer.check_updates,
            failure=answer.failure if answer.HasField("failure") else None,
        )
        await self.deliver(request.callback_address, completion)

    async def deliver(self, address: str, completion: service_pb2.CompleteStageExecutionRequest) -> None:
        """Send the completion of an ASYNC stage to the orchestrator that offered it."""
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = service_pb2_grpc.TurboCIOrchestratorStub(channel)
            await stub.CompleteStageExecution(completion, timeout=PATIENCE)

    async def settle(self) -> None:
        """Wait for the ASYNC work that is under way; what went wrong there is raised here."""
        await asyncio.gather(*self._under_way)


R = TypeVar("R", bound=RecordingRunner)


@asynccontextmanager
async def serving(runner: R) -> AsyncIterator[R]:
    """Serve the runner on a free port of this machine."""
    server = grpc.aio.server()
    stagerunner_pb2_grpc.add_StageRunnerServicer_to_server(runner, server)
    runner.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield runner
        await runner.settle()
    finally:
        await server.stop(None)


@asynccontextmanager
async def registered(
    client: Client,
    runner_type: str,
    work: Work = green,
    *,
    runner_id: str = "runner-1",
    modes: tuple[common_pb2.ExecutionMode, ...] = (),
) -> AsyncIterator[RecordingRunner]:
    """Serve a runner and register it for both modes unless told otherwise."""
    async with serving(RecordingRunner(work)) as runner:
        await client.register(runner_id, runner_type, runner.address, *(modes or (SYNC, ASYNC)))
        yield runner
