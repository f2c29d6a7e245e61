"""A small orchestrator made from the generated servicer: it records requests and answers what the test says."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc import aio

from turboci.errors import ServiceError
from turboci.v1 import service_pb2, workplan_pb2
from turboci.v1.service_pb2_grpc import TurboCIOrchestratorServicer, add_TurboCIOrchestratorServicer_to_server
from turboci.wire.errors import DETAILS_KEY, status_of

Context = aio.ServicerContext[Any, Any]


class SmallOrchestrator(TurboCIOrchestratorServicer):
    """Answers each call with the next reply of the test, or with an empty message."""

    def __init__(self) -> None:
        self.requests: list[Message] = []
        self.replies: deque[Message | ServiceError | tuple[grpc.StatusCode, str]] = deque()
        self.events: asyncio.Queue[service_pb2.WorkPlanEvent | ServiceError | None] = asyncio.Queue()
        self.deadlines: list[float | None] = []
        self.watchers = 0
        self.changed = asyncio.Event()

    async def _reply(self, request: Message, context: Context, empty: Message) -> Message:
        self.requests.append(request)
        self.deadlines.append(context.time_remaining())
        self.changed.set()
        reply = self.replies.popleft() if self.replies else empty
        if isinstance(reply, ServiceError):
            await fail(context, reply)
        if isinstance(reply, tuple):
            await context.abort(*reply)
        assert isinstance(reply, Message)
        return reply

    async def CreateWorkPlan(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, workplan_pb2.CreateWorkPlanResponse())

    async def GetWorkPlan(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, workplan_pb2.GetWorkPlanResponse())

    async def CancelWorkPlan(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, workplan_pb2.CancelWorkPlanResponse())

    async def WriteNodes(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.WriteNodesResponse())

    async def QueryNodes(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.QueryNodesResponse())

    async def RegisterStageRunner(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.RegisterStageRunnerResponse(registration_id="r"))

    async def UnregisterStageRunner(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.UnregisterStageRunnerResponse())

    async def ListStageRunners(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.ListStageRunnersResponse())

    async def UpdateStageExecution(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.UpdateStageExecutionResponse())

    async def CompleteStageExecution(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.CompleteStageExecutionResponse(acknowledged=True))

    async def ExplainNodes(self, request: Message, context: Context) -> Message:  # noqa: N802 - as gRPC spells it
        return await self._reply(request, context, service_pb2.ExplainNodesResponse())

    async def WatchWorkPlan(self, request: Message, context: Context) -> AsyncIterator[Message]:  # noqa: N802 - as gRPC spells it
        self.requests.append(request)
        self.watchers += 1
        self.changed.set()
        try:
            await context.send_initial_metadata(())
            while (event := await self.events.get()) is not None:
                if isinstance(event, ServiceError):
                    await fail(context, event)
                else:
                    yield event
        finally:
            self.watchers -= 1
            self.changed.set()

    async def until_watchers(self, count: int) -> None:
        while self.watchers != count:
            self.changed.clear()
            await self.changed.wait()

    def requests_of(self, kind: type[Message]) -> Iterator[Message]:
        return (request for request in self.requests if isinstance(request, kind))


async def fail(context: Context, error: ServiceError) -> None:
    status, message, details = status_of(error)
    await context.abort(grpc.StatusCode[status], message, ((DETAILS_KEY, details),))


@asynccontextmanager
async def serving(servicer: SmallOrchestrator, address: str = "127.0.0.1:0") -> AsyncIterator[str]:
    """Serve until the block is left; yield the address."""
    server = aio.server(options=(("grpc.so_reuseport", 0),))
    add_TurboCIOrchestratorServicer_to_server(servicer, server)
    port = server.add_insecure_port(address)
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
