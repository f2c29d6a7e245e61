"""A way to the server that can be cut, or go dead without a word."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Cable:
    """Carries bytes both ways between a free port and the server.

    Attributes:
        address: What a client connects to.
    """

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        self._host, self._port = host, int(port)
        self.address = ""
        self._connections: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._carries = asyncio.Event()
        self._carries.set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Cable]:
        """Carry until left."""
        listening = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            listening.close()
            self.go_on()
            self.cut()
            if self._carrying:
                await asyncio.wait(set(self._carrying))

    def cut(self) -> None:
        """Break every connection; new ones are taken."""
        for ends in self._connections:
            for end in ends:
                end.transport.abort()

    def go_dead(self) -> None:
        """Carry nothing more, and tell nobody."""
        self._carries.clear()

    def go_on(self) -> None:
        """Carry again."""
        self._carries.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, self._port)
        self._connections.add((writer, back))
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._carry(source, target))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.closing(target), contextlib.suppress(ConnectionError):  # which is what a cut looks like
            while data := await source.read(1 << 16):
                await self._carries.wait()
                target.write(data)
                await target.drain()
