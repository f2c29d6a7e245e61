"""Types of the table as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ci_lint.inference.join import join_all
from ci_lint.inference.site import Site
from ci_lint.inference.values import (
    ACM,
    CM,
    NONE,
    TEXT,
    UNKNOWN,
    Await,
    Class,
    ClassRef,
    Inst,
    Maker,
    Map,
    Seq,
    Tuple,
    Value,
)
from ci_lint.table.types import Type

PACKAGE: Final = "ci"
"""The module of the classes and functions of the table, whatever name they are imported by."""


def read(kind: Type, receiver: Value = UNKNOWN, origin: Site | None = None) -> Value:
    """Return the value that a type of the table stands for.

    Args:
        kind: The type.
        receiver: What ``Self`` stands for; what awaiting it gives is the same object.
        origin: The object that a new instance is.
    """
    if kind.form == "self":
        return receiver
    if kind.form == "inst":
        return Inst(ClassRef(PACKAGE, kind.name), origin)
    if kind.form == "class":
        return Class(ClassRef(PACKAGE, kind.name))
    inner = [read(each, receiver, origin) for each in kind.arguments]
    make = _FORMS.get(kind.form)
    return make(inner) if make is not None else UNKNOWN


_FORMS: Final[Mapping[str, Callable[[list[Value]], Value]]] = {
    "none": lambda inner: NONE,
    "str": lambda inner: TEXT,
    "await": lambda inner: Await(inner[0]),
    "cm": lambda inner: CM(inner[0]),
    "acm": lambda inner: ACM(inner[0]),
    "tuple": lambda inner: Tuple(tuple(inner)),
    "seq": lambda inner: Seq(inner[0]),
    "aiter": lambda inner: Seq(inner[0], asynchronous=True),
    "map": lambda inner: Map(inner[0]),
    "decorator": lambda inner: Maker(inner[0]),
    "union": join_all,
}
