"""The events of one WatchWorkPlan call."""

from __future__ import annotations

import asyncio
from typing import Self

from grpc import aio

from ci.remote.failures import failure_of
from ci.serving.address import Address
from turboci.errors import OrchestratorUnavailable
from turboci.events import Event, EventFilter
from turboci.wire.events import event
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse


class EventStream:
    """Yields events until it is closed; the call begins with the stream.

    A consumer may give up waiting for an event and come back: the pending read goes on, and nothing is lost.
    """

    def __init__(self, call: aio.UnaryStreamCall[bytes, bytes], address: Address, only: EventFilter | None) -> None:
        """Read from `call`, which belongs to the stream from now on."""
        self._call = call
        self._address = address
        self._only = only or EventFilter()
        self._reading: asyncio.Task[Event] | None = None
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises:
            StopAsyncIteration: The stream is closed.
            OrchestratorUnavailable: The connection broke; watch again from the last event.
            NotFound: There is no such plan.
            PositionExpired: The position is not retained any more.
        """
        if self._closed:
            raise StopAsyncIteration
        # Cancelling a read would cancel the whole call, so the read is a task of its own that nobody cancels.
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(), name="watch")
            self._reading.add_done_callback(_look_at)
        await asyncio.wait({self._reading})
        reading, self._reading = self._reading, None
        return reading.result()

    async def positioned(self) -> None:
        """Return when the orchestrator has fixed the position: events after it will come."""
        await self._call.initial_metadata()

    async def aclose(self) -> None:
        """End the call."""
        self._closed = True
        self._call.cancel()
        if self._reading is not None:
            await asyncio.wait({self._reading})

    async def _read(self) -> Event:
        while True:
            data = await self._next_message()
            message = parse(ORCHESTRATOR.watch_work_plan.response, data)
            # A later orchestrator may send kinds of events that we do not know; they are not for us.
            if message.WhichOneof("event") is None:
                continue
            found = event(message)
            if self._only.passes(found):
                return found

    async def _next_message(self) -> bytes:
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
        raise self._broken("has ended the stream of events")

    def _broken(self, problem: str) -> OrchestratorUnavailable:
        return OrchestratorUnavailable(f"orchestrator {self._address}", problem, hint="watch again from the last event")


def _look_at(reading: asyncio.Task[Event]) -> None:
    """Look at the error of a read that nobody waited for any more, or asyncio would complain."""
    if not reading.cancelled():
        reading.exception()
