"""Ids: their grammar, and how new ones are made."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from typing import Final

from turboci.errors import EmptyIdError, InvalidArgument

MAX_ID_BYTES: Final = 255

entropy: Callable[[int], bytes] = os.urandom
"""Where every id comes from: so many bytes that nobody can guess. Tests that repeat a run put a fixed sequence here."""


def require_id(value: object, what: str, *, field: str = "") -> str:
    """Return `value` if it is an id.

    Args:
        value: The candidate.
        what: The thing that it names, such as ``check``.
        field: Path of the field for the error.

    Raises:
        EmptyIdError: It is the empty string.
        InvalidArgument: It is not a string, too long, or has characters that cannot be printed.
    """
    if not isinstance(value, str):
        raise InvalidArgument(
            f"{what} id", f"is {value!r} ({type(value).__name__})", hint="ids are strings", field=field
        )
    if not value:
        raise EmptyIdError(f"{what} id", "is empty", hint="give every node a name", field=field)
    if value.isascii():
        size = len(value)
        printable = value.isprintable()
    else:
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise InvalidArgument(f"{what} id", f"{value!a} is not valid UTF-8", field=field) from None
        printable = not any(unicodedata.category(char) in _FORBIDDEN for char in value)
    if size > MAX_ID_BYTES:
        raise InvalidArgument(
            f"{what} id",
            f"{value[:40]!r}... has {size:,} bytes",
            hint=f"at most {MAX_ID_BYTES} are allowed",
            field=field,
        )
    if not printable:
        raise InvalidArgument(
            f"{what} id", f"{value!a} has a control character", hint="ids are printable text", field=field
        )
    return value


_FORBIDDEN: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})


def new_id() -> str:
    """Return a fresh id that nobody can guess."""
    return entropy(16).hex()


def new_id_at(at_us: int) -> str:
    """Return a fresh id that nobody can guess, and that sorts behind those of earlier milliseconds.

    Made one after the other, such ids lie side by side in an index, so that adding many touches few of its pages.

    Args:
        at_us: Now, in microseconds since 1970.
    """
    return f"{at_us // 1_000:012x}{entropy(10).hex()}"
