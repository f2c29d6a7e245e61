"""The gRPC server: binds, serves the contract and the standard services, and stops in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import grpc
from grpc import aio

from orchestrator.config import Config
from orchestrator.endpoint.calls import Calls
from orchestrator.transport.boundary import Context, guarded
from orchestrator.transport.handlers import Handlers
from orchestrator.transport.listening import CannotListen, joined, require_free
from orchestrator.transport.logs import LogStreams
from orchestrator.transport.runner_streams import RunnerStreams
from orchestrator.transport.standard import Health, add_reflection
from orchestrator.transport.watch import WatchStreams
from turboci.wire.methods import ORCHESTRATOR

STOP_GRACE: Final = 1.0
"""Seconds that calls under way get when the server stops; they take milliseconds."""


class GrpcServer:
    """Serves an orchestrator over gRPC.

    Example:
        server = GrpcServer(endpoint, config)
        port = await server.bind()
        await server.start()
    """

    def __init__(self, calls: Calls, config: Config) -> None:
        self._config: Final = config
        self._watches: Final = WatchStreams(calls)
        self._logs: Final = LogStreams(calls)
        self._runners: Final = RunnerStreams(calls)
        self._handlers: Final = Handlers(calls)
        self._server: Final = aio.server(options=_options(config))
        self._health: Final = Health(self._server, ORCHESTRATOR.service)
        self._server.add_generic_rpc_handlers((self._service(),))
        add_reflection(self._server, ORCHESTRATOR.service)

    async def bind(self) -> int:
        """Take the port and return its number; callers wait until `start`.

        Raises:
            CannotListen: The address is taken or not ours.
        """
        host, port = self._config.host, self._config.port
        await asyncio.to_thread(require_free, host, port)
        try:
            return self._server.add_insecure_port(joined(host, port))
        except RuntimeError as error:
            raise CannotListen(f"cannot listen on {joined(host, port)}: {error}") from None

    async def start(self) -> None:
        """Begin to serve."""
        await self._server.start()
        await self._health.serving()

    async def drain(self) -> None:
        """Tell the world that this server takes no new work; calls are still answered."""
        await self._health.draining()

    async def stop(self) -> None:
        """End the streams with UNAVAILABLE, let calls finish, and close the port."""
        await self._health.draining()
        await asyncio.gather(self._watches.close(), self._logs.close(), self._runners.close())
        await self._server.stop(STOP_GRACE)

    def _service(self) -> grpc.GenericRpcHandler:
        methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            name: grpc.unary_unary_rpc_method_handler(_unary(name, answer))
            for name, answer in self._handlers.table().items()
        }
        watch = ORCHESTRATOR.watch_work_plan.name
        methods[watch] = grpc.unary_stream_rpc_method_handler(_stream(watch, self._watches.serve))
        log = ORCHESTRATOR.read_stage_log.name
        methods[log] = grpc.unary_stream_rpc_method_handler(_stream(log, self._logs.serve))
        connect = ORCHESTRATOR.connect_stage_runner.name
        methods[connect] = grpc.stream_stream_rpc_method_handler(_conversation(connect, self._runners.serve))
        return grpc.method_handlers_generic_handler(ORCHESTRATOR.service, methods)


def _unary(
    name: str, answer: Callable[[bytes, Context], Awaitable[bytes]]
) -> Callable[[bytes, Context], Awaitable[bytes]]:
    async def call(request: bytes, context: Context) -> bytes:
        return await guarded(name, context, answer(request, context))

    return call


def _stream(
    name: str, serve: Callable[[bytes, Context], Awaitable[None]]
) -> Callable[[bytes, Context], Awaitable[None]]:
    async def call(request: bytes, context: Context) -> None:
        await guarded(name, context, serve(request, context))

    return call


def _conversation(
    name: str, serve: Callable[[Context], Awaitable[None]]
) -> Callable[[object, Context], Awaitable[None]]:
    async def call(_frames: object, context: Context) -> None:
        await guarded(name, context, serve(context))

    return call


def _options(config: Config) -> tuple[tuple[str, int], ...]:
    return (
        # Otherwise a second server binds the same port and takes half of the calls, unnoticed.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", config.max_message_bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_metadata_size", 1 << 20),
        # Watchers sit on idle streams for hours; their pings are welcome, and ours find those that are gone.
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 1_000),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
    )
