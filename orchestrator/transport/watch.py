"""Streams of events to watchers."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from orchestrator.endpoint.calls import Calls
from orchestrator.transport.boundary import Context
from orchestrator.transport.encoding import EncodedEvents
from turboci.errors import OrchestratorUnavailable
from turboci.wire.events import event_filter
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse


class WatchStreams:
    """The open streams; each one holds a task of the server until its watcher leaves or the server stops."""

    def __init__(self, calls: Calls) -> None:
        self._calls: Final = calls
        self._encoded: Final = EncodedEvents()
        self._tasks: Final[set[asyncio.Task[Any]]] = set()
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
            await self._send(request, context)
        except asyncio.CancelledError:
            if self._watcher_left(task):
                raise
            raise _stopping() from None
        finally:
            self._tasks.discard(task)

    async def close(self) -> None:
        """End every stream, and refuse new ones."""
        self._closing = True
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _watcher_left(self, task: asyncio.Task[Any]) -> bool:
        """Take back our own cancellation; what is left then is the watcher's."""
        return not self._closing or task.uncancel() > 0

    async def _send(self, request: bytes, context: Context) -> None:
        watch = parse(ORCHESTRATOR.watch_work_plan.request, request)
        plan, only = watch.work_plan_id, event_filter(watch)
        after = watch.after_sequence if watch.HasField("after_sequence") else None
        events = self._calls.watch(plan, after_sequence=after, only=only)
        try:
            await events.positioned()
            await context.send_initial_metadata(())
            async for event in events:
                # Returns when the stream has room: a slow watcher holds back its own events and nobody else's.
                await context.write(self._encoded.encode(plan, event, with_node=only.include_nodes))
        finally:
            await events.aclose()


def _stopping() -> OrchestratorUnavailable:
    return OrchestratorUnavailable(
        "the orchestrator", "is shutting down", hint="watch again, after the last event that you have, when it is back"
    )
