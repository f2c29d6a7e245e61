"""Errors that know where in a message they were found, at no cost while there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from turboci.errors import InvalidArgument

A = TypeVar("A")
B = TypeVar("B")
M = TypeVar("M", bound=Message)


def parse(kind: type[M], data: bytes) -> M:
    """Return the message that `data` encodes.

    Raises:
        InvalidArgument: It encodes none.
    """
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise InvalidArgument(
            f"message {kind.DESCRIPTOR.name}",
            f"cannot be parsed from {len(data):,} bytes: {error}",
            hint="send it as the .proto files say",
        ) from None


def located(error: InvalidArgument, path: str) -> InvalidArgument:
    """Return the same error with `path` before the path of its field."""
    field = f"{path}.{error.field}" if error.field else path
    return type(error).from_attributes(error.attributes() | {"field": field})


def inside(convert: Callable[[A], B], part: A, path: str) -> B:
    """Return `convert(part)`; errors get `path` before theirs.

    Raises:
        InvalidArgument: What `convert` raises.
    """
    try:
        return convert(part)
    except InvalidArgument as error:
        raise located(error, path) from None


def each(convert: Callable[[A], B], parts: Iterable[A], path: str) -> tuple[B, ...]:
    """Return all parts converted; errors get `path[index]` before theirs.

    Raises:
        InvalidArgument: What `convert` raises.
    """
    converted: list[B] = []
    try:
        for part in parts:
            converted.append(convert(part))  # noqa: PERF401 - its length is the index of the part that fails
    except InvalidArgument as error:
        raise located(error, f"{path}[{len(converted)}]") from None
    return tuple(converted)


def encoded(make: Callable[[A], M], value: A, subject: str) -> M:
    """Return `make(value)`; a value that no message can carry is an error of ours.

    Raises:
        InvalidArgument: A number is too large for its field, or a text is not valid UTF-8.
    """
    try:
        return make(value)
    except InvalidArgument:
        raise
    except (ValueError, OverflowError) as error:
        raise unsendable(subject, error) from None


def unsendable(subject: str, error: Exception) -> InvalidArgument:
    """Return the error for a value that no message can carry."""
    return InvalidArgument(subject, f"cannot be sent: {error}")
