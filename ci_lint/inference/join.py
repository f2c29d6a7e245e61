"""What is known where several values meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Final

from ci_lint.inference.values import (
    ACM,
    CM,
    NONE,
    TEXT,
    UNKNOWN,
    Await,
    Inst,
    Maker,
    Map,
    Method,
    NoneValue,
    Seq,
    Str,
    Text,
    Tuple,
    Union,
    Unknown,
    Value,
)

MAX_MEMBERS: Final = 6
MAX_TEXTS: Final = 8

_SILENT: Final = frozenset({Unknown, NoneValue, Text, Str})
"""Values that have nothing to do with `ci`, nor anything in them."""

NOTHING: Final[Value] = Union(())
"""No value at all: of an empty list, of a function that has not returned yet. It adds nothing to a join."""


def join(first: Value, second: Value) -> Value:
    """Return what holds for either of two values."""
    if first is second or second is NOTHING:
        return first
    if first is NOTHING:
        return second
    if type(first) is Unknown or type(second) is Unknown:
        return UNKNOWN
    if second in (first, NOTHING):
        return first
    if first == NOTHING:
        return second
    merged = list(members(first))
    for value in members(second):
        _add(merged, value)
    if len(merged) > MAX_MEMBERS:
        return UNKNOWN
    return merged[0] if len(merged) == 1 else Union(tuple(merged))


def join_all(values: Iterable[Value]) -> Value:
    """Return what holds for any of several values."""
    return reduce(join, values, NOTHING)


def members(value: Value) -> tuple[Value, ...]:
    """Return the values that a value may be, one by one."""
    return value.members if isinstance(value, Union) else (value,)


def each(value: Value, change: Callable[[Value], Value]) -> Value:
    """Return the join of what becomes of every member; Unknown if there is none."""
    if not isinstance(value, Union):
        return change(value)
    return join_all(change(member) for member in value.members) if value.members else UNKNOWN


def is_telling(value: Value) -> bool:
    """Return whether a value may have to do with `ci`, as most values do not."""
    return type(value) not in _SILENT


def without_none(value: Value) -> Value:
    """Return a value that is not None."""
    if not isinstance(value, Union):
        return NOTHING if value == NONE else value
    return join_all(member for member in value.members if member != NONE)


def without_texts(value: Value) -> Value:
    """Return a value whose strings may be any: a subclass, or whoever has the object, may have another."""
    if isinstance(value, Str):
        return TEXT
    if isinstance(value, Union) and any(isinstance(member, Str) for member in value.members):
        return join_all(without_texts(member) for member in value.members)
    return value


def without_origin(value: Value) -> Value:
    """Return a value that may be any object of its class."""
    return change_insts(value, lambda inst: Inst(inst.cls) if inst.origin is not None else inst)


def change_insts(value: Value, change: Callable[[Inst], Value]) -> Value:
    """Return a value whose instances, however deep inside, are changed."""
    if isinstance(value, Inst):
        return change(value)
    if type(value) in _SILENT:
        return value
    if isinstance(value, Await):
        return Await(change_insts(value.value, change))
    if isinstance(value, CM):
        return CM(change_insts(value.value, change))
    if isinstance(value, ACM):
        return ACM(change_insts(value.value, change))
    if isinstance(value, Maker):
        return Maker(change_insts(value.value, change))
    if isinstance(value, Method) and isinstance(value.receiver, Inst):
        receiver = change(value.receiver)
        return Method(receiver, value.owner, value.name) if isinstance(receiver, Inst) else UNKNOWN
    if isinstance(value, Tuple):
        return Tuple(tuple([change_insts(item, change) for item in value.items]))
    if isinstance(value, Seq):
        return Seq(change_insts(value.item, change), value.asynchronous, value.concrete)
    if isinstance(value, Map):
        return Map(change_insts(value.item, change))
    if isinstance(value, Union):
        return join_all(change_insts(member, change) for member in value.members)
    return value


def _add(merged: list[Value], value: Value) -> None:
    for index, known in enumerate(merged):
        both = _merge(known, value)
        if both is not None:
            merged[index] = both
            return
    merged.append(value)


def _merge(first: Value, second: Value) -> Value | None:
    """Return one value for two that are alike; None if they are not."""
    if first == second:
        return first
    match first, second:
        case Inst(), Inst():
            return Inst(first.cls) if first.cls == second.cls else None
        case Str(), Str():
            texts = tuple(sorted({*first.texts, *second.texts}))
            return Str(texts) if len(texts) <= MAX_TEXTS else TEXT
        case (Text(), Str()) | (Str(), Text()):
            return TEXT
        case Seq(), Seq() if first.asynchronous == second.asynchronous:
            return Seq(join(first.item, second.item), first.asynchronous, first.concrete and second.concrete)
        case Map(), Map():
            return Map(join(first.item, second.item))
        case Await(), Await():
            return Await(join(first.value, second.value))
        case CM(), CM():
            return CM(join(first.value, second.value))
        case ACM(), ACM():
            return ACM(join(first.value, second.value))
        case Tuple(), Tuple() if len(first.items) == len(second.items):
            return Tuple(tuple([join(a, b) for a, b in zip(first.items, second.items, strict=True)]))
    return None
