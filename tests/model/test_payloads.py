"""What may go into a plan as JSON, and how it travels."""

from __future__ import annotations

import copy
import enum
import math
import pickle
from collections import OrderedDict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from tests.model import strategies
from turboci.errors import InvalidArgument
from turboci.events import StageChanged
from turboci.nodes import Attempt, ProgressEntry, Stage
from turboci.payloads import JSON, MAX_DEPTH, MAX_INTEGER, EncodedPayload, plain, plain_value
from turboci.states import AttemptState, StageState
from turboci.v1 import service_pb2
from turboci.wire import events, structs
from turboci.wire.paths import parse

Step = str | int
keys = st.text("abcXYZ_", min_size=1, max_size=5)


class Colour(enum.StrEnum):
    RED = "red"


class Size(str, enum.Enum):  # noqa: UP042 - prints otherwise than a StrEnum, which is the point
    LARGE = "large"


BAD: dict[str, object] = {
    "bytes": b"x",
    "set": {1},
    "object": object(),
    "nan": math.nan,
    "infinity": -math.inf,
    "large": MAX_INTEGER + 1,
    "negative": -MAX_INTEGER - 1,
    "huge": 10**5_000,
    "surrogate": "\ud800",
    "complex": 1j,
}


def _same(one: object, other: object) -> bool:
    """Compare strictly: True is not 1, but 1.0 is 1, as they are in JSON."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _nested(value: Any, steps: list[Step]) -> dict[str, Any]:
    """Return a mapping that has `value` at the end of the steps, with other things around it."""
    for step in reversed(steps):
        value = {"other": 1, step: value} if isinstance(step, str) else [*range(step), value]
    assert isinstance(value, dict)
    return value


def _path(steps: list[Step]) -> str:
    return "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in steps)


step_lists = st.tuples(keys, st.lists(keys | st.integers(0, 3), max_size=4)).map(lambda pair: [pair[0], *pair[1]])


@given(strategies.payloads)
def test_json_is_copied(value: dict[str, JSON]) -> None:
    """JSON is accepted, and what is returned is equal and shares nothing that can change."""
    before = copy.deepcopy(value)
    copied = plain(value, "stage 'build'", "args")
    assert _same(copied, value)
    _scramble(copied)
    assert _same(value, before)


def _scramble(value: Any) -> None:
    for part in list(value.values() if isinstance(value, dict) else value):
        if isinstance(part, dict | list):
            _scramble(part)
    value.clear()


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@given(steps=step_lists)
def test_other_things_are_refused_with_their_path(bad: object, steps: list[Step]) -> None:
    """Whatever is not JSON is refused with subject and path, wherever it is, and in one printable line."""
    with pytest.raises(InvalidArgument, match=r"^stage 'build' args") as caught:
        plain(_nested(bad, steps), "stage 'build'", "args")
    assert caught.value.field == f"args{_path(steps)}"
    assert caught.value.field in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_keys_are_strings() -> None:
    """A key that is no string is refused with the path of its mapping."""
    with pytest.raises(InvalidArgument, match=r"args\.env has the key 1 \(int\); keys are strings"):
        plain({"env": {1: "a"}}, "stage 'build'", "args")
    with pytest.raises(InvalidArgument, match=r"args\.env has the key an integer of 16,610 bits"):
        plain({"env": {10**5_000: "a"}}, "stage 'build'", "args")


def test_top_is_a_mapping() -> None:
    """Options and args are mappings, nothing else."""
    with pytest.raises(InvalidArgument, match=r"options is \['a'\] \(list\); a mapping with string keys is needed"):
        plain(["a"], "check 'c'", "options")  # type: ignore[arg-type]


def test_relatives_of_json_become_json() -> None:
    """Tuples, other mappings and enums of strings or integers are accepted and become plain JSON."""
    given_value = {
        "tuple": (1, 2),
        "mapping": MappingProxyType({"a": OrderedDict(b=1)}),
        "strings": [Colour.RED, Size.LARGE],
        Size.LARGE: StageState.FINAL,
    }
    accepted = plain(given_value, "stage 's'", "args")
    assert accepted == {"tuple": [1, 2], "mapping": {"a": {"b": 1}}, "strings": ["red", "large"], "large": 40}
    texts = [*accepted, *plain_value(accepted["strings"], "stage 's'", "args")]  # type: ignore[misc]
    assert {type(text) for text in texts} == {str}
    assert type(accepted["large"]) is int


def test_self_reference_is_refused() -> None:
    """A structure that contains itself is refused instead of followed for ever."""
    loop: dict[str, object] = {}
    loop["loop"] = loop
    with pytest.raises(InvalidArgument, match=f"nested deeper than {MAX_DEPTH} levels"):
        plain(loop, "stage 's'", "args")


def _deep(levels: int, *, lists: bool) -> dict[str, JSON]:
    value: JSON = "bottom"
    for _ in range(levels - 1):
        value = [value] if lists else {"a": value}
    return {"a": value}


@pytest.mark.parametrize("lists", [False, True])
def test_deepest_payload_travels_in_the_deepest_message(lists: bool) -> None:
    """The deepest payload that is accepted can still be parsed at the bottom of the deepest message."""
    deepest = plain(_deep(MAX_DEPTH, lists=lists), "stage 's'", "args")
    entry = ProgressEntry(details=deepest)
    stage = Stage(
        id="s",
        work_plan_id="p",
        state=StageState.ATTEMPTING,
        attempts=(Attempt(idx=1, state=AttemptState.RUNNING, progress=(entry,)),),
    )
    change = StageChanged(
        sequence=1,
        at=datetime(2025, 1, 1, tzinfo=UTC),
        stage_id="s",
        old_state=None,
        new_state=StageState.ATTEMPTING,
        stage=stage,
    )
    sent = events.event_message(change).SerializeToString()
    assert events.event(parse(service_pb2.WorkPlanEvent, sent)) == change


@pytest.mark.parametrize("lists", [False, True])
def test_deeper_payload_is_refused_everywhere(lists: bool) -> None:
    """One level more is refused by the client, by the encoder, and where it is received."""
    deeper = _deep(MAX_DEPTH + 1, lists=lists)
    received = struct_pb2.Struct()
    received.update(deeper)
    for refuse in (
        lambda: plain(deeper, "stage 's'", "args"),
        lambda: structs.encode(deeper),
        lambda: structs.payload(received, "stage 's'", "args"),
    ):
        with pytest.raises(InvalidArgument, match=f"nested deeper than {MAX_DEPTH} levels"):
            refuse()


@given(strategies.payloads)
def test_payload_comes_back(value: dict[str, JSON]) -> None:
    """What is decoded is what was encoded: the same types, whole numbers as ints, empty as no bytes."""
    encoded = structs.encode(value)
    assert _same(structs.decode(encoded), value)
    assert (encoded == b"") == (value == {})
    received = structs.payload(parse(struct_pb2.Struct, encoded), "stage 's'", "args")
    assert _same(dict(received), value)
    assert structs.encode(received) is received.encoded


@given(strategies.payloads, st.randoms(use_true_random=False))
def test_equal_payloads_have_equal_bytes(value: dict[str, JSON], random: Any) -> None:
    """The order of keys does not change the bytes, so that stored and sent ones can be compared."""
    names = list(value)
    random.shuffle(names)
    assert structs.encode({name: value[name] for name in names}) == structs.encode(value)


@given(strategies.payloads, strategies.payloads)
def test_merge_is_by_key(old: dict[str, JSON], new: dict[str, JSON]) -> None:
    """Merging replaces and adds whole values by top-level key, and gives the bytes of the result."""
    merged = structs.merge(structs.encode(old), structs.encode(new))
    assert merged == structs.encode({**old, **new})


def test_whole_numbers_are_ints() -> None:
    """Numbers that are whole and exact come back as ints, others as floats."""
    decoded = structs.decode(structs.encode({"a": 3.0, "b": 0.5, "c": 1e300, "d": 2**53, "e": True}))
    assert {key: type(value) for key, value in decoded.items()} == {
        "a": int,
        "b": float,
        "c": float,
        "d": int,
        "e": bool,
    }


@given(step_lists, st.sampled_from([math.nan, math.inf, -math.inf]))
def test_received_number_must_be_finite(steps: list[Step], number: float) -> None:
    """NaN and infinities are refused where they are received, with the path of the value, however deep."""
    received = struct_pb2.Struct()
    received.update(_nested(number, steps))
    with pytest.raises(InvalidArgument, match="numbers must be finite") as caught:
        structs.payload(received, "stage 's'", "args")
    assert caught.value.field == f"args{_path(steps)}"


def test_lookalikes_of_nan_are_accepted() -> None:
    """Numbers and texts whose bytes resemble NaN or deep nesting are carried as they are."""
    value: dict[str, JSON] = {
        "text": "\x11" * 40 + "*2" * 100,
        "number": -1.7976931348623157e308,
        "\x11abcdef": "ÿ\x7f",
    }
    received = struct_pb2.Struct()
    received.update(value)
    assert structs.payload(received, "stage 's'", "args") == value


def test_value_without_kind_is_null() -> None:
    """A value that says no kind, which some peers send for null, is None."""
    message = struct_pb2.Struct()
    message.fields["a"].SetInParent()
    assert structs.decode(message.SerializeToString()) == {"a": None}


@pytest.mark.parametrize("value", [{"a": 10**400}, {"a": "\ud800"}, {"a": object()}, {1: 2}])
def test_unclean_mapping_is_refused_by_the_encoder(value: dict[str, JSON]) -> None:
    """What nobody has cleaned is refused by the encoder with an error of ours."""
    with pytest.raises(InvalidArgument, match="payload is not JSON"):
        structs.encode(value)


def test_payload_decodes_when_looked_into() -> None:
    """A received payload is decoded at the first look and never again."""
    decoded: list[bytes] = []

    def decode(data: bytes) -> dict[str, JSON]:
        decoded.append(data)
        return {"a": 1}

    payload = EncodedPayload(b"bytes", decode)
    assert structs.encode(payload) == b"bytes"
    assert payload
    assert not EncodedPayload(b"", decode)
    assert decoded == []
    assert (payload["a"], list(payload), len(payload), repr(payload)) == (1, ["a"], 1, "{'a': 1}")
    assert payload == {"a": 1}
    assert pickle.loads(pickle.dumps(payload)) == {"a": 1}
    assert decoded == [b"bytes"]
