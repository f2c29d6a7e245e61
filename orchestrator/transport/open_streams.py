"""The streams that are open, so that a server that stops can end them in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from turboci.errors import OrchestratorUnavailable

LAST_SEND: Final = 0.5
"""Seconds that a peer gets, when the server stops, to take what is on its way to it."""


class OpenStreams:
    """Each one holds a task of the server until its peer leaves or the server stops."""

    def __init__(self, hint: str) -> None:
        """Begin without streams.

        Args:
            hint: What the peer of a stream is to do when the server stops.
        """
        self._hint: Final = hint
        self._tasks: Final[set[asyncio.Task[Any]]] = set()
        self._sending: Final[set[asyncio.Task[Any]]] = set()
        self._closing = False

    async def hold(self, work: Awaitable[None]) -> None:
        """Serve one stream.

        Raises:
            OrchestratorUnavailable: The server stops.
        """
        task = _this_task()
        self._tasks.add(task)
        try:
            if self._closing:
                task.cancel()
            await work
        except asyncio.CancelledError:
            if self._peer_left(task):
                raise
            raise self._stopping() from None
        finally:
            self._tasks.discard(task)
            self._sending.discard(task)

    async def sent(self, sending: Awaitable[None]) -> None:
        """Return when something was sent over the stream that this task holds.

        Raises:
            OrchestratorUnavailable: The server stops.
        """
        task = _this_task()
        self._sending.add(task)
        await sending
        self._sending.discard(task)
        if self._closing:
            raise self._stopping()

    async def close(self) -> None:
        """End every stream, and refuse new ones."""
        self._closing = True
        # A status cannot follow what is still being sent: gRPC would drop it.
        await _cancel(self._tasks - self._sending)
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=LAST_SEND)
            await _cancel(set(self._tasks))

    def _peer_left(self, task: asyncio.Task[Any]) -> bool:
        """Take back our own cancellation; what is left then is the peer's."""
        return not self._closing or task.uncancel() > 0

    def _stopping(self) -> OrchestratorUnavailable:
        return OrchestratorUnavailable("the orchestrator", "is shutting down", hint=self._hint)


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a stream is served by a task")
    return task


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
