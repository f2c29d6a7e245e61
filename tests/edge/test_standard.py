"""Health, reflection and the port."""

from __future__ import annotations

import socket

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc import aio
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from orchestrator.config import Config
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.endpoint.limits import Limits
from orchestrator.transport.listening import CannotListen, callable_address, joined
from orchestrator.transport.server import GrpcServer
from tests.edge.conftest import Client
from tests.edge.recorded import RecordedCalls
from turboci.wire.methods import ORCHESTRATOR

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def health(client: Client, service: str) -> int:
    request = health_pb2.HealthCheckRequest(service=service).SerializeToString()
    return health_pb2.HealthCheckResponse.FromString(await client.begin("/grpc.health.v1.Health/Check", request)).status


@pytest.mark.parametrize("service", ["", ORCHESTRATOR.service])
async def test_health_says_when_the_server_drains(service: str, client: Client, server: GrpcServer) -> None:
    """The standard health service is SERVING until the drain begins, and calls are answered all the same."""
    assert await health(client, service) == SERVING
    await server.drain()
    assert await health(client, service) == NOT_SERVING


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_tells_the_contract(version: str, client: Client) -> None:
    """A client that knows nothing finds the service and its description, under both names of reflection."""
    call: aio.StreamStreamMultiCallable[
        reflection_pb2.ServerReflectionRequest, reflection_pb2.ServerReflectionResponse
    ] = client.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    stream = call()
    await stream.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    listed = await stream.read()
    assert isinstance(listed, reflection_pb2.ServerReflectionResponse)
    assert ORCHESTRATOR.service in {service.name for service in listed.list_services_response.service}
    await stream.write(reflection_pb2.ServerReflectionRequest(file_containing_symbol=ORCHESTRATOR.service))
    described = await stream.read()
    assert isinstance(described, reflection_pb2.ServerReflectionResponse)
    [first, *_] = described.file_descriptor_response.file_descriptor_proto
    assert "TurboCIOrchestrator" in {service.name for service in FileDescriptorProto.FromString(first).service}
    await stream.done_writing()


def another(calls: RecordedCalls, **settings: object) -> GrpcServer:
    return GrpcServer(Endpoint(calls, Limits()), Config(**{"port": 0, "sqlite_path": None} | settings))  # type: ignore[arg-type]


async def test_a_port_that_is_taken_is_said_in_one_line(address: str, calls: RecordedCalls) -> None:
    """A second server does not share the port of the first in silence."""
    port = int(address.rpartition(":")[2])
    with pytest.raises(CannotListen, match=f"^port {port} on 127.0.0.1 is taken; .*--port$"):
        await another(calls, port=port).bind()


async def test_one_taken_address_of_a_host_is_enough(calls: RecordedCalls) -> None:
    """A name with several addresses is not served on those that happen to be free."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(CannotListen, match="is taken"):
            await another(calls, host="localhost", port=holder.getsockname()[1]).bind()


async def test_an_address_of_another_machine_is_said_in_one_line(calls: RecordedCalls) -> None:
    """The message names the host and the flag that changes it."""
    with pytest.raises(CannotListen, match=r"^host '192\.0\.2\.1' is no address of this machine; .*--host$"):
        await another(calls, host="192.0.2.1").bind()


async def test_a_host_that_does_not_resolve_is_said_in_one_line(calls: RecordedCalls) -> None:
    """A typo in the host is no traceback."""
    with pytest.raises(CannotListen, match=r"^host 'no\.such\.host\.invalid' cannot be resolved"):
        await another(calls, host="no.such.host.invalid").bind()


def test_a_server_on_all_interfaces_is_called_by_a_name() -> None:
    """Nobody can call 0.0.0.0, so runners are told the name of the machine or, where that means nothing, loopback."""
    assert callable_address("0.0.0.0", 1) in {f"{socket.gethostname()}:1", "127.0.0.1:1"}
    assert callable_address("[::]", 1) in {f"{socket.gethostname()}:1", "127.0.0.1:1"}
    assert callable_address("127.0.0.1", 1) == "127.0.0.1:1"
    assert joined("::1", 1) == joined("[::1]", 1) == "[::1]:1"
