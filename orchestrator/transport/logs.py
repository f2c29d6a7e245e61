"""Streams of logs to readers."""

from __future__ import annotations

from typing import Final

from orchestrator.endpoint.calls import Calls
from orchestrator.transport.boundary import Context
from orchestrator.transport.open_streams import OpenStreams
from turboci.wire.logs import log_piece_message
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse


class LogStreams:
    """The open streams of those who read logs."""

    def __init__(self, calls: Calls) -> None:
        self._calls: Final = calls
        self._open: Final = OpenStreams("read on, after the last piece that you have, when it is back")

    async def serve(self, request: bytes, context: Context) -> None:
        """Send the log of a stage.

        Raises:
            OrchestratorUnavailable: The server stops.
        """
        await self._open.hold(self._send(request, context))

    async def close(self) -> None:
        """End every stream, and refuse new ones."""
        await self._open.close()

    async def _send(self, request: bytes, context: Context) -> None:
        wanted = parse(ORCHESTRATOR.read_stage_log.request, request)
        pieces = self._calls.read_log(
            wanted.work_plan_id, wanted.stage_id, attempt=wanted.attempt_idx, start=wanted.start, follow=wanted.follow
        )
        try:
            async for piece in pieces:
                await self._open.sent(context.write(log_piece_message(piece).SerializeToString()))
        finally:
            await pieces.aclose()
