"""Streams of events and of logs."""

from __future__ import annotations

from typing import TypeAlias

from grpc import aio

from ci.remote.server_stream import ServerStream
from turboci.addresses import Address
from turboci.events import Event, EventFilter
from turboci.logs import LogPiece
from turboci.wire.events import event
from turboci.wire.logs import log_piece
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse

EventStream: TypeAlias = ServerStream[Event]
LogStream: TypeAlias = ServerStream[LogPiece]


def events_of(call: aio.UnaryStreamCall[bytes, bytes], address: Address, only: EventFilter | None) -> EventStream:
    """Return the events of a WatchWorkPlan call."""
    wanted = only or EventFilter()

    def understand(data: bytes) -> Event | None:
        message = parse(ORCHESTRATOR.watch_work_plan.response, data)
        # A later orchestrator may send kinds of events that we do not know; they are not for us.
        if message.WhichOneof("event") is None:
            return None
        found = event(message)
        return found if wanted.passes(found) else None

    return ServerStream(call, address, understand, again="watch again from the last event", ends=False)


def log_of(call: aio.UnaryStreamCall[bytes, bytes], address: Address) -> LogStream:
    """Return the pieces of a ReadStageLog call."""

    def understand(data: bytes) -> LogPiece:
        return log_piece(parse(ORCHESTRATOR.read_stage_log.response, data))

    return ServerStream(call, address, understand, again="read on from the last piece", ends=True)
