"""The services that every gRPC server is expected to have: health and reflection."""

from __future__ import annotations

from typing import Final

import grpc
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

EVERYTHING: Final = ""
REFLECTION_V1: Final = "grpc.reflection.v1.ServerReflection"
"""The same messages as v1alpha under the name that newer clients ask for."""


class Health:
    """Says whether the orchestrator takes new work."""

    def __init__(self, server: aio.Server, service: str) -> None:
        self._service: Final = service
        self._servicer: Final = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)

    async def serving(self) -> None:
        """Say that it does."""
        for name in (EVERYTHING, self._service):
            await self._servicer.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def draining(self) -> None:
        """Say that it does not, and never will again."""
        await self._servicer.enter_graceful_shutdown()


def add_reflection(server: aio.Server, service: str) -> None:
    """Let clients ask for the contract."""
    names = (service, health.SERVICE_NAME, reflection.SERVICE_NAME, REFLECTION_V1)
    reflection.enable_server_reflection(names, server)
    servicer = reflection.aio.ReflectionServicer(names)
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(REFLECTION_V1, {"ServerReflectionInfo": handler}),)
    )
