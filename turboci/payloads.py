"""JSON values that go into a plan and come out of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from typing_extensions import TypeAliasType

from turboci.errors import InvalidArgument

JSON = TypeAliasType("JSON", "bool | int | float | str | list[JSON] | dict[str, JSON] | None")

MAX_INTEGER: Final = 2**53
"""Numbers travel as doubles; larger integers would change on the way."""
MAX_DEPTH: Final = 30
"""Deeper nesting is refused: a level is up to three messages on the wire, and parsers stop at 100 in all."""


def plain(value: Mapping[str, object], subject: str, path: str) -> dict[str, JSON]:
    """Return a deep copy of `value` that holds JSON only.

    Args:
        value: What the caller gave.
        subject: The node for the message, such as ``stage 'build'``.
        path: What `value` is called, such as ``args``.

    Raises:
        InvalidArgument: Something inside is not JSON; the message has its path and value.
    """
    if not isinstance(value, Mapping):
        raise InvalidArgument(
            subject, f"{path} is {_shown(value)}", hint="a mapping with string keys is needed", field=path
        )
    return _mapping(value, subject, path, 0)


def plain_value(value: object, subject: str, path: str) -> JSON:
    """Return a deep copy of one JSON value.

    Raises:
        InvalidArgument: It is not JSON; the message has its path and value.
    """
    return _value(value, subject, path, 0)


def _mapping(value: Mapping[str, object], subject: str, path: str, depth: int) -> dict[str, JSON]:
    copy: dict[str, JSON] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise InvalidArgument(subject, f"{path} has the key {_shown(key)}", hint="keys are strings", field=path)
        copy[_text(key, subject, path)] = _value(item, subject, f"{path}.{key}", depth + 1)
    return copy


def _value(value: object, subject: str, path: str, depth: int) -> JSON:
    if depth > MAX_DEPTH:
        raise InvalidArgument(subject, f"{path[:80]}... is nested deeper than {MAX_DEPTH} levels", field=path[:80])
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, subject, path)
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise InvalidArgument(
                subject,
                f"{path} is {_shown(value)}",
                hint="integers beyond 2^53 lose digits; send a string",
                field=path,
            )
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidArgument(subject, f"{path} is {value}", hint="numbers must be finite", field=path)
        return float(value)
    if isinstance(value, Mapping):
        return _mapping(value, subject, path, depth)
    if isinstance(value, (list, tuple)):
        return [_value(item, subject, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    raise InvalidArgument(
        subject,
        f"{path} is {_shown(value)}",
        hint="only None, bool, int, float, str, lists and dicts with string keys",
        field=path,
    )


def _text(value: str, subject: str, path: str) -> str:
    """Return the characters alone: the members of an enum of strings, for one, say something else when printed."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidArgument(
                subject, f"{path} is {value!a}", hint="text must be valid UTF-8", field=path
            ) from None
    return value if type(value) is str else str.__str__(value)


def _shown(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length():,} bits"  # Python refuses to print the largest ones.
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"


class EncodedPayload(Mapping[str, JSON]):
    """A JSON object that stays encoded until somebody looks into it.

    Between storage and runner payloads are only carried; decoding them there would be most of the work. Equal to any
    mapping with the same content.

    Attributes:
        encoded: The bytes of a ``google.protobuf.Struct``.
    """

    __slots__ = ("_decode", "_decoded", "encoded")

    def __init__(self, encoded: bytes, decode: Callable[[bytes], dict[str, JSON]]) -> None:
        self.encoded: Final = encoded
        self._decode = decode
        self._decoded: dict[str, JSON] | None = None

    def _mapping(self) -> dict[str, JSON]:
        if self._decoded is None:
            self._decoded = self._decode(self.encoded)
        return self._decoded

    def __getitem__(self, key: str) -> JSON:
        return self._mapping()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mapping())

    def __len__(self) -> int:
        return len(self._mapping())

    def __bool__(self) -> bool:
        return bool(self.encoded)

    def __repr__(self) -> str:
        return repr(self._mapping())

    def __reduce__(self) -> tuple[type[dict[str, JSON]], tuple[dict[str, JSON]]]:
        return dict, (dict(self._mapping()),)
