"""What comes over one call that the orchestrator answers with a stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Generic, Self, TypeVar

from grpc import aio

from ci.remote.failures import failure_of
from turboci.addresses import Address
from turboci.errors import OrchestratorUnavailable

T = TypeVar("T")


class ServerStream(Generic[T]):
    """Yields what comes until it is closed; the call begins with the stream.

    A consumer may give up waiting and come back: the pending read goes on, and nothing is lost.
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
        self._reading: asyncio.Task[T | None] | None = None
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
        # Cancelling a read would cancel the whole call, so the read is a task of its own that nobody cancels.
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(), name="stream")
            self._reading.add_done_callback(_look_at)
        await asyncio.wait({self._reading})
        reading, self._reading = self._reading, None
        value = reading.result()
        if value is None:
            self._closed = True
            raise StopAsyncIteration
        return value

    async def positioned(self) -> None:
        """Return when the orchestrator has begun to answer: whatever it is to send will come."""
        await self._call.initial_metadata()

    async def aclose(self) -> None:
        """End the call."""
        self._closed = True
        self._call.cancel()
        if self._reading is not None:
            await asyncio.wait({self._reading})

    async def _read(self) -> T | None:
        """Return the next value; None at the end of the stream."""
        while (data := await self._next_message()) is not None:
            value = self._understand(data)
            if value is not None:
                return value
        return None

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


def _look_at(reading: asyncio.Task[Any]) -> None:
    """Look at the error of a read that nobody waited for any more, or asyncio would complain."""
    if not reading.cancelled():
        reading.exception()
