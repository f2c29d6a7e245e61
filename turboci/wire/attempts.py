"""Attempts as stored, their progress, and failures wherever they occur."""

from __future__ import annotations

from datetime import datetime

from turboci.errors import InvalidArgument
from turboci.nodes import Attempt, ProgressEntry
from turboci.v1 import common_pb2, stage_pb2
from turboci.wire import enums, structs, times
from turboci.wire.paths import each


def failure_message(failure: str | None, occurred_at: datetime | None = None) -> common_pb2.Failure | None:
    """Return the message whose presence makes its carrier red, or None."""
    if failure is None:
        return None
    return common_pb2.Failure(message=failure, occurred_at=times.timestamp(occurred_at))


def percent(number: int, field: str) -> int:
    """Return a percentage.

    Raises:
        InvalidArgument: It is not 0 to 100.
    """
    if not 0 <= number <= 100:
        raise InvalidArgument(field, f"is {number}", hint="0 to 100 is allowed", field=field)
    return number


def progress_entry(message: stage_pb2.ProgressEntry) -> ProgressEntry:
    """Return one sign of life.

    Raises:
        InvalidArgument: The percentage, the time or a number of the details is out of range.
    """
    return ProgressEntry(
        message=message.message,
        percent=percent(message.percent, "percent") if message.HasField("percent") else None,
        details=structs.payload(message.details, "progress", "details"),
        timestamp=times.moment(message.timestamp, "timestamp") if message.HasField("timestamp") else None,
        log=message.log,
    )


def progress_entry_message(entry: ProgressEntry) -> stage_pb2.ProgressEntry:
    """Return the message for one sign of life."""
    return stage_pb2.ProgressEntry(
        message=entry.message,
        percent=entry.percent,
        details=structs.filled(entry.details),
        timestamp=times.timestamp(entry.timestamp),
        log=entry.log,
    )


def attempt(message: stage_pb2.Attempt) -> Attempt:
    """Return one try to execute a stage.

    Raises:
        InvalidArgument: A value is out of range or not listed.
    """
    return Attempt(
        idx=message.idx,
        state=enums.attempt_state(message.state, "state"),
        failure=message.failure.message if message.HasField("failure") else None,
        process_uid=message.process_uid,
        details=structs.payload(message.details, f"attempt {message.idx}", "details"),
        progress=each(progress_entry, message.progress, "progress"),
        created_at=times.moment(message.created_at, "created_at") if message.HasField("created_at") else None,
        updated_at=times.moment(message.updated_at, "updated_at") if message.HasField("updated_at") else None,
    )


def attempt_message(attempt: Attempt) -> stage_pb2.Attempt:
    """Return the message for one try to execute a stage."""
    return stage_pb2.Attempt(
        idx=attempt.idx,
        state=enums.ATTEMPT_STATES[attempt.state],
        failure=failure_message(attempt.failure, attempt.updated_at),
        process_uid=attempt.process_uid,
        details=structs.filled(attempt.details),
        progress=[progress_entry_message(entry) for entry in attempt.progress],
        created_at=times.timestamp(attempt.created_at),
        updated_at=times.timestamp(attempt.updated_at),
    )
