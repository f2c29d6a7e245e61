"""JSON objects as `google.protobuf.Struct`, encoded for as long as nobody looks into them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from google.protobuf import struct_pb2

from turboci.errors import InvalidArgument
from turboci.payloads import JSON, MAX_DEPTH, MAX_INTEGER, EncodedPayload
from turboci.wire.paths import parse

# A double field of a Value (tag 0x11) whose exponent bits are all set, which means NaN or an infinity. Other fields
# can look like it, so a match only says that it is worth looking.
_NOT_FINITE: Final = re.compile(rb"\x11.{6}[\xf0-\xff][\x7f\xff]", re.DOTALL)


def encode(mapping: Mapping[str, JSON]) -> bytes:
    """Return the bytes of `mapping`; equal mappings have equal bytes.

    Raises:
        InvalidArgument: Something inside is not JSON, a number is not finite, or the nesting is too deep.
    """
    if isinstance(mapping, EncodedPayload):
        return mapping.encoded
    return payload(struct(mapping), "payload", "").encoded if mapping else b""


def decode(data: bytes) -> dict[str, JSON]:
    """Return the mapping that `data` encodes; whole numbers are ints.

    Raises:
        InvalidArgument: It encodes none.
    """
    return _mapping(parse(struct_pb2.Struct, data)) if data else {}


def lazy(data: bytes) -> EncodedPayload:
    """Return a mapping that decodes `data` when it is first looked into."""
    return EncodedPayload(data, decode) if data else EMPTY


EMPTY: Final = EncodedPayload(b"", decode)
"""One for all, since most payloads of a large plan are empty."""


def struct(mapping: Mapping[str, JSON]) -> struct_pb2.Struct:
    """Return the message for `mapping`.

    Raises:
        InvalidArgument: Something inside is not JSON.
    """
    if isinstance(mapping, EncodedPayload):
        return parse(struct_pb2.Struct, mapping.encoded)
    message = struct_pb2.Struct()
    try:
        message.update(dict(mapping))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidArgument("payload", f"is not JSON: {error}") from None
    return message


def fill(message: struct_pb2.Struct, mapping: Mapping[str, JSON]) -> None:
    """Write `mapping` into an empty field; the field is there, too, if it is empty.

    Raises:
        InvalidArgument: Something inside is not JSON.
    """
    if mapping.encoded if isinstance(mapping, EncodedPayload) else mapping:
        message.CopyFrom(struct(mapping))
    else:
        message.SetInParent()


def filled(mapping: Mapping[str, JSON]) -> struct_pb2.Struct | None:
    """Return the message for `mapping`, or None if it is empty.

    Raises:
        InvalidArgument: Something inside is not JSON.
    """
    if mapping.encoded if isinstance(mapping, EncodedPayload) else mapping:
        return struct(mapping)
    return None


def payload(message: struct_pb2.Struct, subject: str, path: str) -> EncodedPayload:
    """Return what was received, still encoded.

    Args:
        message: The received field.
        subject: The node for the error, such as ``stage 'build'``.
        path: What the field is called, such as ``args``.

    Raises:
        InvalidArgument: A number is not finite, or the nesting is too deep.
    """
    data = message.SerializeToString(deterministic=True)
    # Every level of nesting has one of these tags: list_value is 0x32, struct_value 0x2a.
    if data and (_NOT_FINITE.search(data) or data.count(b"2") + data.count(b"*") >= MAX_DEPTH):
        _require_plain(message, subject, path)
    return lazy(data)


def merge(old: bytes, new: bytes) -> bytes:
    """Return `old` with the keys of `new` added and replaced.

    Raises:
        InvalidArgument: One of them encodes no mapping.
    """
    if not new:
        return old
    # The entries of a map that come later replace those of the same key.
    return parse(struct_pb2.Struct, old + new).SerializeToString(deterministic=True)


def _mapping(message: struct_pb2.Struct) -> dict[str, JSON]:
    return {key: _value(value) for key, value in message.fields.items()}


def _value(value: struct_pb2.Value) -> JSON:
    """Return the value; messages nest at most 100 deep, so that recursion is safe."""
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() and -MAX_INTEGER <= number <= MAX_INTEGER else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _mapping(value.struct_value)
        case "list_value":
            return [_value(item) for item in value.list_value.values]
        case _:
            return None


def _require_plain(message: struct_pb2.Struct, subject: str, path: str) -> None:
    open_values = [(f"{path}.{key}" if path else key, 1, value) for key, value in message.fields.items()]
    while open_values:
        where, depth, value = open_values.pop()
        if depth > MAX_DEPTH:
            raise InvalidArgument(
                subject, f"{where[:80]}... is nested deeper than {MAX_DEPTH} levels", field=where[:80]
            )
        if value.HasField("number_value") and not math.isfinite(value.number_value):
            raise InvalidArgument(
                subject, f"{where} is {value.number_value}", hint="numbers must be finite", field=where
            )
        open_values.extend((f"{where}{step}", depth + 1, part) for step, part in _parts(value))


def _parts(value: struct_pb2.Value) -> Iterator[tuple[str, struct_pb2.Value]]:
    if value.HasField("struct_value"):
        for key, part in value.struct_value.fields.items():
            yield f".{key}", part
    elif value.HasField("list_value"):
        for index, part in enumerate(value.list_value.values):
            yield f"[{index}]", part
