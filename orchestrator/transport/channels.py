"""Connections to runners: one channel an address, made when needed and closed when nobody needs it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import grpc
from grpc import aio

from orchestrator.dispatcher.caller import NotDelivered

CONNECT_TIMEOUT: Final = 5.0
"""Seconds that a runner gets to accept a connection."""
UNUSED_AFTER: Final = 600.0
"""Seconds after which the channel of a runner that nobody called is closed."""


class Connection:
    """A channel to one address, and who uses it."""

    def __init__(self, address: str, options: tuple[tuple[str, int], ...], used_at: float) -> None:
        self.address: Final = address
        self.channel: Final = aio.insecure_channel(address, options=options)
        self.users = 0
        self.used_at = used_at
        self._connecting: asyncio.Task[bool] | None = None

    @property
    def ready(self) -> bool:
        """Whether a call can be sent right now."""
        return self.channel.get_state() is grpc.ChannelConnectivity.READY

    async def connect(self, timeout: float) -> bool:
        """Return whether the runner took a connection within `timeout` seconds; everybody who waits shares one try."""
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._reach_ready(), name=f"connect to {self.address}")
        await asyncio.wait({self._connecting}, timeout=timeout)
        return self._connecting.done() and not self._connecting.cancelled() and self._connecting.result()

    async def _reach_ready(self) -> bool:
        state = self.channel.get_state(try_to_connect=True)
        while state in {grpc.ChannelConnectivity.IDLE, grpc.ChannelConnectivity.CONNECTING}:
            await self.channel.wait_for_state_change(state)
            state = self.channel.get_state(try_to_connect=True)
        return state is grpc.ChannelConnectivity.READY

    async def close(self) -> None:
        """Close the channel; calls that are under way are cancelled."""
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        await self.channel.close()


class Connections:
    """The open connections, by address."""

    def __init__(
        self, *, max_answer_bytes: int, capacity: int = 1_000, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._options: Final = _options(max_answer_bytes)
        self._capacity: Final = capacity
        self._now: Final = now
        self._open: Final[dict[str, Connection]] = {}
        self._retired: Final[set[Connection]] = set()

    @asynccontextmanager
    async def reach(self, address: str, timeout: float) -> AsyncIterator[aio.Channel]:
        """Give a channel over which a call can be sent at once.

        Args:
            address: host:port of the runner.
            timeout: Seconds that the caller has; connecting takes at most `CONNECT_TIMEOUT` of them.

        Raises:
            NotDelivered: The runner takes no connection.
        """
        connection = self._open.get(address) or await self._add(address)
        connection.users += 1
        try:
            if not connection.ready and not await connection.connect(min(timeout, CONNECT_TIMEOUT)):
                self._retire(connection)
                raise NotDelivered(f"the runner at {address} takes no connection")
            yield connection.channel
        finally:
            connection.users -= 1
            connection.used_at = self._now()
            if not connection.users and connection in self._retired:
                self._retired.discard(connection)
                await connection.close()

    async def close(self) -> None:
        """Close every connection; calls that are under way are cancelled."""
        connections = [*self._open.values(), *self._retired]
        self._open.clear()
        self._retired.clear()
        for connection in connections:
            await connection.close()

    async def _add(self, address: str) -> Connection:
        connection = self._open[address] = Connection(address, self._options, self._now())
        connection.users += 1
        try:
            await self._close_unused()
        finally:
            connection.users -= 1
        return connection

    async def _close_unused(self) -> None:
        unused = sorted((each for each in self._open.values() if not each.users), key=lambda each: each.used_at)
        surplus = len(self._open) - self._capacity
        expired = self._now() - UNUSED_AFTER
        for index, connection in enumerate(unused):
            if index >= surplus and connection.used_at > expired:
                break
            del self._open[connection.address]
            await connection.close()

    def _retire(self, connection: Connection) -> None:
        """Forget a channel that failed, so that the next call tries afresh; attempts that still run over it go on."""
        if self._open.get(connection.address) is connection:
            del self._open[connection.address]
            self._retired.add(connection)


def _options(max_answer_bytes: int) -> tuple[tuple[str, int], ...]:
    return (
        ("grpc.enable_http_proxy", 0),
        # An attempt is sent at most once.
        ("grpc.enable_retries", 0),
        # In spite of its name: how long one attempt to connect may take; a busy runner needs more than a moment.
        ("grpc.min_reconnect_backoff_ms", 2_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 500),
        # Channels to one address would otherwise share a connection, and with it the back-off of one that failed.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.max_receive_message_length", max_answer_bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_metadata_size", 1 << 20),
        # Go's servers take a ping every five minutes, and end connections that send more.
        ("grpc.keepalive_time_ms", 330_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.max_pings_without_data", 0),
    )
