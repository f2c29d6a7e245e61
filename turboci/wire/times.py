"""Points in time and lengths of time. Ours are aware datetimes and float seconds."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from turboci.errors import InvalidArgument

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND: Final = -62_135_596_800
_LAST_SECOND: Final = 253_402_300_799
_LONGEST: Final = 315_576_000_000
_GIGA: Final = 1_000_000_000


def timestamp(moment: datetime | None, field: str = "") -> Timestamp | None:
    """Return the message for a point in time; None stays None.

    Raises:
        InvalidArgument: The datetime has no time zone.
    """
    if moment is None:
        return None
    message = Timestamp()
    fill(message, moment, field)
    return message


def fill(message: Timestamp, moment: datetime, field: str = "") -> None:
    """Write a point in time into an empty field.

    Raises:
        InvalidArgument: The datetime has no time zone.
    """
    if moment.tzinfo is None:
        raise InvalidArgument("time", f"{moment.isoformat()} has no time zone", hint="use UTC", field=field)
    since = moment - _EPOCH
    message.seconds = since.days * 86_400 + since.seconds
    message.nanos = since.microseconds * 1_000


def moment(message: Timestamp, field: str) -> datetime:
    """Return the point in time, to the microsecond.

    Raises:
        InvalidArgument: It is not between the years 1 and 9999.
    """
    seconds, nanos = message.seconds, message.nanos
    if not (_FIRST_SECOND <= seconds <= _LAST_SECOND and 0 <= nanos < _GIGA):
        raise InvalidArgument(
            "time",
            f"{field} is {seconds} s and {nanos} ns",
            hint="years 1 to 9999 and 0 to 999,999,999 ns are allowed",
            field=field,
        )
    return _EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1_000)


def duration(seconds: float | None, field: str = "") -> Duration | None:
    """Return the message for a length of time in seconds; None stays None.

    Raises:
        InvalidArgument: It is not a number, or longer than 10,000 years.
    """
    if seconds is None:
        return None
    if not (math.isfinite(seconds) and abs(seconds) <= _LONGEST):
        raise InvalidArgument("duration", f"{field} is {seconds} s".lstrip(), hint=_ALLOWED, field=field)
    whole = math.trunc(seconds)
    nanos = round((seconds - whole) * _GIGA)
    if abs(nanos) == _GIGA:
        whole, nanos = whole + (1 if nanos > 0 else -1), 0
    return Duration(seconds=whole, nanos=nanos)


def seconds(message: Duration, field: str) -> float:
    """Return the length of time in seconds.

    Raises:
        InvalidArgument: It is longer than 10,000 years, or its parts differ in sign.
    """
    whole, nanos = message.seconds, message.nanos
    if abs(whole) > _LONGEST or abs(nanos) >= _GIGA or (whole and nanos and (whole < 0) is not (nanos < 0)):
        raise InvalidArgument("duration", f"{field} is {whole} s and {nanos} ns", hint=_ALLOWED, field=field)
    return (whole * _GIGA + nanos) / _GIGA


_ALLOWED: Final = "at most 10,000 years are allowed, seconds and nanoseconds with the same sign"
