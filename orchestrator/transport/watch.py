"""Streams of events to watchers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from orchestrator.endpoint.calls import Calls
from orchestrator.transport.boundary import Context
from turboci.errors import OrchestratorUnavailable, PositionExpired
from turboci.wire.events import event_filter, event_message
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse


class WatchStreams:
    """The open streams; each one holds a task of the server until its watcher leaves or the server stops."""

    def __init__(self, calls: Calls) -> None:
        self._calls: Final = calls
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
        only = event_filter(watch)
        # Reading the plan finds out that there is none, and fixes the position, before the watcher is told to go on.
        present = await self._calls.query_nodes(watch.work_plan_id, include_checks=False, include_stages=False)
        after = watch.after_sequence if watch.HasField("after_sequence") else present.sequence
        if after > present.sequence:
            raise _beyond(watch.work_plan_id, after, present.sequence)
        events = self._calls.watch(watch.work_plan_id, after_sequence=after, only=only)
        await context.send_initial_metadata(())
        try:
            async for event in events:
                # Returns when the stream has room: a slow watcher holds back its own events and nobody else's.
                await context.write(event_message(event).SerializeToString())
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()


def _stopping() -> OrchestratorUnavailable:
    return OrchestratorUnavailable(
        "the orchestrator", "is shutting down", hint="watch again, after the last event that you have, when it is back"
    )


def _beyond(work_plan_id: str, after: int, newest: int) -> PositionExpired:
    """Waiting for a position that does not exist would be silent; it is of a database that was since put back."""
    return PositionExpired(
        f"work plan {work_plan_id!r}",
        f"has no event {after}, its newest is {newest}",
        hint="query the nodes, and watch after the sequence of the answer",
        field="after_sequence",
    )
