"""Streams of events to watchers.

With 1,000 watchers of one plan an event costs 50 to 60 ms of CPU (python -m benchmarks.watchers), 50 to 60 us a
watcher. 12 us of that are ours; each event is encoded once for all of them. The rest is gRPC's.
"""

from __future__ import annotations

from typing import Final

from orchestrator.endpoint.calls import Calls
from orchestrator.transport.boundary import Context
from orchestrator.transport.encoding import EncodedEvents
from orchestrator.transport.open_streams import OpenStreams
from turboci.wire.events import event_filter
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse


class WatchStreams:
    """The open streams of watchers."""

    def __init__(self, calls: Calls) -> None:
        self._calls: Final = calls
        self._encoded: Final = EncodedEvents()
        self._open: Final = OpenStreams("watch again, after the last event that you have, when it is back")

    async def serve(self, request: bytes, context: Context) -> None:
        """Send the events of a plan until the watcher leaves.

        Raises:
            OrchestratorUnavailable: The server stops.
        """
        await self._open.hold(self._send(request, context))

    async def close(self) -> None:
        """End every stream, and refuse new ones."""
        await self._open.close()

    async def _send(self, request: bytes, context: Context) -> None:
        watch = parse(ORCHESTRATOR.watch_work_plan.request, request)
        after = watch.after_sequence if watch.HasField("after_sequence") else None
        events = self._calls.watch(watch.work_plan_id, after_sequence=after, only=event_filter(watch))
        try:
            await events.positioned()
            await self._open.sent(context.send_initial_metadata(()))
            async for event in events:
                # Returns when the stream has room: a slow watcher holds back its own events and nobody else's.
                await self._open.sent(context.write(self._encoded.encoded(event)))
        finally:
            await events.aclose()
