"""Streams that runners open: executions one way, reports the other, in frames."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from orchestrator.endpoint.calls import Calls, RunnerSession
from orchestrator.transport.boundary import Context
from orchestrator.transport.open_streams import LAST_SEND, OpenStreams
from turboci.errors import InvalidArgument
from turboci.frames import RunnerFrame, RunnerHello
from turboci.wire.frames import orchestrator_frame_message, runner_frame
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse

_UNDER_WAY: Final = 8
"""Frames of one runner that are applied at a time; while there are so many, no further one is read."""
_LARGE: Final = 2 * 1024 * 1024
"""Bytes of a frame behind which no other is read before it is applied: eight of the largest would be half a GiB."""


class RunnerStreams:
    """The open streams of runners."""

    def __init__(self, calls: Calls) -> None:
        self._calls: Final = calls
        self._open: Final = OpenStreams("open the stream again when it is back; what was accepted goes on")
        self._closing: Final[set[asyncio.Task[None]]] = set()

    async def serve(self, context: Context) -> None:
        """Talk with a runner until it leaves.

        Raises:
            InvalidArgument: The first frame is no hello, or the runner cannot be registered like that.
            OrchestratorUnavailable: The server stops.
        """
        await self._open.hold(self._converse(context))

    async def close(self) -> None:
        """End every stream, and refuse new ones."""
        await self._open.close()
        if self._closing:
            await asyncio.wait(set(self._closing))

    async def _converse(self, context: Context) -> None:
        data = await _read(context)
        if data is None:
            return
        frame = _frame(data)
        session = await self._calls.connect_runner(_hello(frame), draining=frame.draining)
        try:
            await session.take(replace(frame, hello=None, draining=False))
            await _Conversation(session, context).run()
        finally:
            # A task of its own: whoever is being cancelled cannot wait for a transaction.
            closing = asyncio.create_task(session.close(), name="runner stream closing")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


class _Conversation:
    """Reads, applies and writes side by side; whichever fails ends the others."""

    def __init__(self, session: RunnerSession, context: Context) -> None:
        self._session: Final = session
        self._context: Final = context
        self._turn: Final = asyncio.Lock()
        self._heard_all = False
        self._sending = False
        self._over = False

    async def run(self) -> None:
        speaking = asyncio.create_task(self._speak())
        # Several listeners: whoever has read a frame applies it, without a further step, and the next one reads on.
        listening = [asyncio.create_task(self._listen()) for _ in range(_UNDER_WAY)]
        finishing = asyncio.create_task(self._finish(listening))
        try:
            # `_speak` returns once all is heard, and everything is said.
            await _succeeded({finishing, speaking})
        finally:
            self._over = True
            if self._sending:
                # A status cannot follow what is still being sent: gRPC would drop it, and the peer would wait for ever.
                await asyncio.wait({speaking}, timeout=LAST_SEND)
            await _cancelled({finishing, speaking, *listening})

    async def _finish(self, listening: Collection[asyncio.Task[None]]) -> None:
        await _succeeded(listening)
        self._session.finish()

    async def _listen(self) -> None:
        while (frame := await self._next_frame()) is not None:
            await self._session.take(frame)

    async def _next_frame(self) -> RunnerFrame | None:
        """Return what the runner says next; None if nothing follows."""
        async with self._turn:
            while not self._heard_all:
                self._heard_all = True  # unless that reading succeeds
                data = await _read(self._context)
                if data is None:
                    break
                self._heard_all = False
                if len(data) <= _LARGE:
                    return _frame(data)
                await self._session.take(_frame(data))
        return None

    async def _speak(self) -> None:
        while not self._over and (frame := await self._session.next_frame()) is not None:
            self._sending = True
            await self._context.write(orchestrator_frame_message(frame).SerializeToString())
            self._sending = False


async def _read(context: Context) -> bytes | None:
    """Return the bytes of the next frame; None if the runner has closed its side."""
    data: object = await context.read()
    return data if isinstance(data, bytes) else None


def _frame(data: bytes) -> RunnerFrame:
    return runner_frame(parse(ORCHESTRATOR.connect_stage_runner.request, data))


def _hello(frame: RunnerFrame) -> RunnerHello:
    if frame.hello is None:
        raise InvalidArgument(
            "the stream of a runner", "begins without a hello", hint="say who you are first", field="hello"
        )
    return frame.hello


async def _cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.gather(*tasks, return_exceptions=True)


async def _succeeded(tasks: Collection[asyncio.Task[None]]) -> None:
    """Return when all have; raise what the first one that fails raises."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()
