"""A gRPC server on a free port before a recorded orchestrator, and a channel to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from google.protobuf.message import Message
from grpc import aio

from orchestrator.config import Config
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.endpoint.limits import Limits
from orchestrator.transport.server import GrpcServer
from tests.edge.recorded import RecordedCalls
from turboci.errors import ServiceError
from turboci.wire.errors import DETAILS_KEY, error_from
from turboci.wire.methods import ORCHESTRATOR, Method

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


@dataclass(frozen=True)
class Client:
    """Calls the server as any program could."""

    channel: aio.Channel

    async def call(self, method: Method[Request, Response], request: Request, timeout: float = 10.0) -> Response:
        return method.response.FromString(await self.send(method, request.SerializeToString(), timeout))

    async def send(self, method: Method[Any, Any], data: bytes, timeout: float = 10.0) -> bytes:
        return await self.begin(method.path, data, timeout)

    def begin(self, path: str, data: bytes, timeout: float = 10.0) -> aio.UnaryUnaryCall[bytes, bytes]:
        call: aio.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(path)
        return call(data, timeout=timeout)

    def watch(self, data: bytes) -> aio.UnaryStreamCall[bytes, bytes]:
        call: aio.UnaryStreamMultiCallable[bytes, bytes] = self.channel.unary_stream(ORCHESTRATOR.watch_work_plan.path)
        return call(data)

    async def refused(self, method: Method[Request, Response], request: Request) -> Exception:
        with pytest.raises(aio.AioRpcError) as caught:
            await self.call(method, request)
        return as_raised(caught.value)


def as_raised(error: aio.AioRpcError) -> Exception:
    """Return the error as a client of ours raises it."""
    metadata = error.trailing_metadata()
    details = metadata.get(DETAILS_KEY)
    assert isinstance(details, bytes), error
    raised = error_from(error.code().name, error.details() or "", details)
    assert isinstance(raised, ServiceError)
    assert raised.status == error.code().name
    return raised


@pytest.fixture
def calls() -> RecordedCalls:
    return RecordedCalls()


@pytest.fixture
def config() -> Config:
    return Config(
        port=0, sqlite_path=None, max_message_bytes=1 << 20, max_payload_bytes=64 << 10, max_nodes_per_call=50
    )


@pytest.fixture
async def server(calls: RecordedCalls, config: Config) -> AsyncIterator[GrpcServer]:
    limits = Limits(nodes_per_call=config.max_nodes_per_call, payload_bytes=config.max_payload_bytes)
    server = GrpcServer(Endpoint(calls, limits), config)
    yield server
    await server.stop()


@pytest.fixture
async def address(server: GrpcServer) -> str:
    port = await server.bind()
    await server.start()
    return f"127.0.0.1:{port}"


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    async with aio.insecure_channel(address) as channel:
        yield Client(channel)
