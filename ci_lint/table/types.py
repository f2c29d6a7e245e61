"""Types as the table writes them: nested lists, such as ``["await", ["inst", "Check"]]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Type:
    """A type.

    Attributes:
        form: ``inst``, ``class``, ``self``, ``none``, ``str``, ``await``, ``cm``, ``acm``, ``tuple``, ``seq``,
            ``aiter``, ``map``, ``union``, ``decorator`` (a function that turns what it gets into its argument) or
            ``unknown``.
        name: The public class of ``inst`` and ``class``.
        arguments: The types inside.
    """

    form: str
    name: str = ""
    arguments: tuple[Type, ...] = ()


UNKNOWN_TYPE: Final = Type("unknown")

_NAMED: Final = frozenset({"inst", "class"})


def read_type(data: object) -> Type:
    """Return the type that the table writes as `data`.

    Raises:
        TypeError: It is no type.
    """
    if isinstance(data, str):
        return Type(data)
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise TypeError(f"the table writes {data!r} where a type is expected")
    form, *rest = data
    if form in _NAMED:
        return Type(form, str(rest[0]))
    return Type(form, "", tuple([read_type(each) for each in rest]))
