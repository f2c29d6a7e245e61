"""A StageRunner service of its own, which does what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import grpc
from grpc import aio

from turboci.wire.methods import STAGE_RUNNER

Context: TypeAlias = aio.ServicerContext[bytes, bytes]
Behaviour: TypeAlias = Callable[[bytes, Context], Awaitable[bytes]]


class StageRunner:
    """Answers every call of the service with `behaviour`.

    Attributes:
        asked: Names and requests of the calls so far.
        arrived: Set by the first call.
        cancelled: Set when a call was cancelled.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked: list[tuple[str, bytes]] = []
        self.arrived = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.server = aio.server(options=(("grpc.so_reuseport", 0),))
        self.server.add_generic_rpc_handlers((self._service(),))

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        bound = self.server.add_insecure_port(f"127.0.0.1:{port}")
        await self.server.start()
        try:
            yield f"127.0.0.1:{bound}"
        finally:
            await self.server.stop(None)

    def _service(self) -> grpc.GenericRpcHandler:
        names = (STAGE_RUNNER.run.name, STAGE_RUNNER.run_async.name, STAGE_RUNNER.ping.name)
        handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            name: grpc.unary_unary_rpc_method_handler(self._answer(name)) for name in names
        }
        return grpc.method_handlers_generic_handler(STAGE_RUNNER.service, handlers)

    def _answer(self, name: str) -> Behaviour:
        async def answer(request: bytes, context: Context) -> bytes:
            self.asked.append((name, request))
            self.arrived.set()
            try:
                return await self.behaviour(request, context)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise

        return answer


def answering(data: bytes) -> Behaviour:
    async def behaviour(_request: bytes, _context: Context) -> bytes:
        return data

    return behaviour


async def never(_request: bytes, _context: Context) -> bytes:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody sets this future")
