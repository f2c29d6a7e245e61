"""What comes over one call that the orchestrator answers with a stream."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, Self, TypeVar

from grpc import aio

from ci.remote.failures import failure_of
from turboci.addresses import Address
from turboci.errors import OrchestratorUnavailable

T = TypeVar("T")

_VALUES_AHEAD: Final = 100
"""Messages that are read before somebody wants them."""
_BYTES_AHEAD: Final = 256 * 1024
"""The size of such messages after which no further one is read."""


class ServerStream(Generic[T]):
    """Yields what comes until it is closed; the call begins with the stream.

    A consumer may give up waiting and come back: nothing is lost. One task reads all of it, a little ahead of the
    consumer: cancelling a read would cancel the whole call, and a task for each read costs more than the read.
    """

    def __init__(
        self,
        call: aio.UnaryStreamCall[bytes, bytes],
        address: Address,
        understand: Callable[[bytes], T | None],
        *,
        again: str,
        ends: bool,
    ) -> None:
        """Read from `call`, which belongs to the stream from now on.

        Args:
            call: The call.
            address: For messages.
            understand: Turns a message into a value; None is left out.
            again: What to do when the connection broke.
            ends: Whether the orchestrator may end the stream; otherwise that is an error.
        """
        self._call: Final = call
        self._address: Final = address
        self._understand: Final = understand
        self._again: Final = again
        self._ends: Final = ends
        self._values: Final[deque[tuple[T, int]]] = deque()
        """What was read ahead, with the size of its message."""
        self._ahead = 0
        self._reading: asyncio.Task[None] | None = None
        self._arrived: Final = asyncio.Event()
        self._room: Final = asyncio.Event()
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """Return what comes next.

        Raises:
            StopAsyncIteration: The stream is closed, or has ended.
            OrchestratorUnavailable: The connection broke.
            CIError: What the orchestrator raised.
        """
        if self._closed:
            raise StopAsyncIteration
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(), name="stream")
            self._reading.add_done_callback(self._ended)
        while not self._values and not self._reading.done():
            self._arrived.clear()
            await self._arrived.wait()
        if self._values:
            value, size = self._values.popleft()
            self._ahead -= size
            self._room.set()
            return value
        self._reading.result()
        self._closed = True
        raise StopAsyncIteration

    async def positioned(self) -> None:
        """Return when the orchestrator has begun to answer: whatever it is to send will come."""
        await self._call.initial_metadata()

    async def aclose(self) -> None:
        """End the call."""
        self._closed = True
        self._call.cancel()
        self._values.clear()
        self._ahead = 0
        self._room.set()
        if self._reading is not None:
            await asyncio.wait({self._reading})

    async def _read(self) -> None:
        """Read to the end of the stream, but never far ahead."""
        while (data := await self._next_message()) is not None:
            value = self._understand(data)
            if value is None:
                continue
            self._values.append((value, len(data)))
            self._ahead += len(data)
            self._arrived.set()
            while len(self._values) >= _VALUES_AHEAD or self._ahead >= _BYTES_AHEAD:
                self._room.clear()
                await self._room.wait()

    def _ended(self, reading: asyncio.Task[None]) -> None:
        if not reading.cancelled():
            # Look at its error: if nobody waits for it any more, asyncio would complain.
            reading.exception()
        self._arrived.set()

    async def _next_message(self) -> bytes | None:
        try:
            data = await self._call.read()
        except aio.AioRpcError as error:
            raise failure_of(error, self._address) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise self._broken("was left") from None
        if isinstance(data, bytes):
            return data
        if self._ends:
            return None
        raise self._broken("has ended the stream")

    def _broken(self, problem: str) -> OrchestratorUnavailable:
        return OrchestratorUnavailable(f"orchestrator {self._address}", problem, hint=self._again)
