"""Refuses values of the wrong type at the call that is given them, for those who use no type checker."""

from __future__ import annotations

import enum
import math
import reprlib
from typing import TypeVar

from turboci.errors import InvalidArgument

E = TypeVar("E", bound=enum.Enum)


def require_text(value: object, subject: str, field: str) -> str:
    """Return `value` if it is a string.

    Args:
        value: The candidate.
        subject: The node for the message, such as ``check 'build'``.
        field: What is set, such as ``kind``.

    Raises:
        InvalidArgument: It is something else.

    Example:
        >>> require_text(3, "check 'build'", "kind")
        Traceback (most recent call last):
            ...
        ci.InvalidArgument: check 'build' has kind 3 (int); text is needed
    """
    if not isinstance(value, str):
        raise _wrong(value, subject, field, "text is needed")
    return value


def require_member(value: object, kind: type[E], subject: str, field: str) -> E:
    """Return `value` if it is a member of the enum `kind`; see `require_text`.

    Raises:
        InvalidArgument: It is something else; the hint has the member that was meant, or all of them.
    """
    if isinstance(value, kind):
        return value
    meant = [member for member in kind if value == member.name or (isinstance(value, int) and value == member.value)]
    names = ", ".join(member.name for member in kind)
    hint = f"write ci.{kind.__name__}.{meant[0].name}" if meant else f"a ci.{kind.__name__} is needed: {names}"
    raise _wrong(value, subject, field, hint)


def require_whole(value: object, subject: str, field: str) -> int:
    """Return `value` if it is a whole number; see `require_text`.

    Raises:
        InvalidArgument: It is something else.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(value, subject, field, "a whole number is needed")
    return value


def is_number(value: object) -> bool:
    """Return whether `value` is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(value: object, subject: str, field: str, hint: str) -> InvalidArgument:
    shown = f"{reprlib.repr(value)} ({type(value).__name__})"
    return InvalidArgument(subject, f"has {field} {shown}", hint=hint, field=field)
