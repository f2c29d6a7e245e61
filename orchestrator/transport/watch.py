"""Streams of events to watchers.

With 1,000 watchers of one plan an event costs 50 to 60 ms of CPU (python -m benchmarks.watchers), 50 to 60 us a
watcher. 12 us of that are ours; each event is encoded once for all of them. The rest is gRPC's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from orchestrator.endpoint.calls import Calls
from orchestrator.transport.boundary import Context
from orchestrator.transport.encoding import EncodedEvents
from turboci.errors import OrchestratorUnavailable
from turboci.wire.events import event_filter
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse

_LAST_SEND: Final = 0.5
"""Seconds that a watcher gets, when the server stops, to take what is on its way to it."""


class WatchStreams:
    """The open streams; each one holds a task of the server until its watcher leaves or the server stops."""

    def __init__(self, calls: Calls) -> None:
        self._calls: Final = calls
        self._tasks: Final[set[asyncio.Task[Any]]] = set()
        self._sending: Final[set[asyncio.Task[Any]]] = set()
        self._encoded: Final = EncodedEvents()
        self._closing = False

    async def serve(self, request: bytes, context: Context) -> None:
        """Send the events of a plan until the watcher leaves.

        Raises:
            OrchestratorUnavailable: The server stops.
        """
        if self._closing:
            raise _stopping()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a watch is served by a task")
        self._tasks.add(task)
        try:
            await self._send(request, context, task)
        except asyncio.CancelledError:
            if self._watcher_left(task):
                raise
            raise _stopping() from None
        finally:
            self._tasks.discard(task)
            self._sending.discard(task)

    async def close(self) -> None:
        """End every stream, and refuse new ones."""
        self._closing = True
        # A status cannot follow what is still being sent: gRPC would drop it.
        waiting = self._tasks - self._sending
        await self._cancel(waiting)
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=_LAST_SEND)
            await self._cancel(set(self._tasks))

    async def _cancel(self, tasks: set[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _watcher_left(self, task: asyncio.Task[Any]) -> bool:
        """Take back our own cancellation; what is left then is the watcher's."""
        return not self._closing or task.uncancel() > 0

    async def _send(self, request: bytes, context: Context, task: asyncio.Task[Any]) -> None:
        watch = parse(ORCHESTRATOR.watch_work_plan.request, request)
        after = watch.after_sequence if watch.HasField("after_sequence") else None
        events = self._calls.watch(watch.work_plan_id, after_sequence=after, only=event_filter(watch))
        try:
            await events.positioned()
            await self._sent(context.send_initial_metadata(()), task)
            async for event in events:
                # Returns when the stream has room: a slow watcher holds back its own events and nobody else's.
                await self._sent(context.write(self._encoded.encoded(event)), task)
        finally:
            await events.aclose()

    async def _sent(self, sending: Awaitable[None], task: asyncio.Task[Any]) -> None:
        """Return when it is sent.

        Raises:
            OrchestratorUnavailable: The server stops.
        """
        self._sending.add(task)
        await sending
        self._sending.discard(task)
        if self._closing:
            raise _stopping()


def _stopping() -> OrchestratorUnavailable:
    return OrchestratorUnavailable(
        "the orchestrator", "is shutting down", hint="watch again, after the last event that you have, when it is back"
    )
