"""Pieces of logs, and how they are asked for."""

from __future__ import annotations

from turboci.logs import LogPiece
from turboci.v1 import service_pb2
from turboci.wire import times


def log_piece(message: service_pb2.LogPiece) -> LogPiece:
    """Return a piece of a log.

    Raises:
        InvalidArgument: The time is out of range.
    """
    return LogPiece(
        attempt=message.attempt_idx,
        start=message.start,
        text=message.text,
        at=times.moment(message.timestamp, "timestamp"),
    )


def log_piece_message(piece: LogPiece) -> service_pb2.LogPiece:
    """Return the message for a piece of a log."""
    return service_pb2.LogPiece(
        attempt_idx=piece.attempt, start=piece.start, text=piece.text, timestamp=times.timestamp(piece.at)
    )
