"""Values through the wire and back."""

from __future__ import annotations

import math
import pickle
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from inspect import getmembers, isclass
from typing import Any, get_args, get_type_hints

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.model.codecs import CODECS, Codec
from turboci import dependencies, events, executions, frames, logs, nodes, reasons, retry, runners, writes
from turboci.errors import InvalidArgument
from turboci.wire import times
from turboci.wire.paths import parse


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_value_comes_back(codec: Codec, data: st.DataObject) -> None:
    """Every value comes back equal from the bytes of its message, and pickles."""
    value = data.draw(codec.values)
    message = codec.encode(value)
    assert isinstance(message, codec.kind)
    received = codec.decode(parse(codec.kind, message.SerializeToString()))
    assert received == value
    assert pickle.loads(pickle.dumps(received)) == value


def test_every_value_class_is_tried() -> None:
    """No class of values is forgotten by the round trip."""
    modules = (dependencies, events, executions, frames, logs, nodes, reasons, retry, runners, writes)
    classes = {
        cls
        for module in modules
        for name, cls in getmembers(module, isclass)
        if is_dataclass(cls) and cls.__module__ == module.__name__ and not name.startswith("_")
    }
    tried: set[type] = set()
    for codec in CODECS.values():
        _collect(get_type_hints(codec.decode)["return"], tried)
    assert classes - tried == {nodes.Node}  # the base class of checks and stages


def _collect(annotation: Any, found: set[type]) -> None:
    for argument in get_args(annotation):
        _collect(argument, found)
    if isclass(annotation) and is_dataclass(annotation) and annotation not in found:
        found.add(annotation)
        for hint in get_type_hints(annotation).values():
            _collect(hint, found)


@given(st.floats(-1e9, 1e9))
@example(4_194_304.9580773115)
def test_duration_keeps_nanoseconds(seconds: float) -> None:
    """A length of time comes back to the nanosecond, or as near as a float can be, with parts of the same sign."""
    message = times.duration(seconds)
    assert message is not None
    assert message.seconds * message.nanos >= 0
    assert times.seconds(message, "timeout") == pytest.approx(seconds, rel=0, abs=0.5e-9 + math.ulp(seconds))


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)), st.integers(-720, 720))
def test_moment_keeps_the_instant(moment: datetime, offset: int) -> None:
    """A time of any zone comes back as the same instant in UTC."""
    local = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    message = times.timestamp(local)
    assert message is not None
    received = times.moment(message, "deadline")
    assert received == local
    assert received.tzinfo is UTC
    assert message.ToDatetime(UTC) == local


whole_seconds = st.integers(-(2**63), 2**63 - 1) | st.integers(-400_000_000_000, 400_000_000_000)
any_nanos = st.integers(-(2**31), 2**31 - 1)


@given(whole_seconds, any_nanos)
def test_any_timestamp_is_read_or_refused(seconds: int, nanos: int) -> None:
    """A timestamp outside of the calendar is refused with its field, any other is read."""
    message = Timestamp(seconds=seconds, nanos=nanos)
    if -62_135_596_800 <= seconds <= 253_402_300_799 and 0 <= nanos <= 999_999_999:
        assert times.moment(message, "deadline") == message.ToDatetime(UTC)
    else:
        with pytest.raises(InvalidArgument, match="deadline is") as caught:
            times.moment(message, "deadline")
        assert caught.value.field == "deadline"


@given(whole_seconds, any_nanos)
def test_any_duration_is_read_or_refused(seconds: int, nanos: int) -> None:
    """A duration that the format forbids is refused with its field, any other is read."""
    message = Duration(seconds=seconds, nanos=nanos)
    if abs(seconds) <= 315_576_000_000 and abs(nanos) <= 999_999_999 and seconds * nanos >= 0:
        assert times.seconds(message, "timeout") == pytest.approx(seconds + nanos / 1e9)
    else:
        with pytest.raises(InvalidArgument, match="timeout is") as caught:
            times.seconds(message, "timeout")
        assert caught.value.field == "timeout"


def test_time_without_zone_is_refused() -> None:
    """A datetime without a zone is refused instead of guessed."""
    with pytest.raises(InvalidArgument, match="has no time zone; use UTC"):
        times.timestamp(datetime(2025, 1, 1))


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 1e300])
def test_length_that_cannot_travel_is_refused(seconds: float) -> None:
    """A length of time that no message can carry is refused."""
    with pytest.raises(InvalidArgument, match="timeout is"):
        times.duration(seconds, "timeout")
