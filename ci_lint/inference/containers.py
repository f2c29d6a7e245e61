"""Tuples, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import libcst as cst

from ci_lint.inference.join import NOTHING, each, join_all, without_origin
from ci_lint.inference.machine import Machine
from ci_lint.inference.names import GROWING
from ci_lint.inference.values import (
    NONE,
    TEXT,
    UNKNOWN,
    ContainerMethod,
    Map,
    Seq,
    Str,
    Text,
    Tuple,
    Value,
)


def elements(node: cst.Tuple | cst.List | cst.Set) -> list[cst.BaseExpression]:
    """Return the expressions of a display."""
    return [element.value for element in node.elements]


def make_tuple(machine: Machine, node: cst.Tuple, values: list[Value]) -> Value:
    """Return a tuple of known length, or a sequence if something is unpacked in it."""
    if any(isinstance(element, cst.StarredElement) for element in node.elements):
        return make_list(machine, node, values)
    return Tuple(tuple(values))


def make_list(machine: Machine, node: cst.Tuple | cst.List | cst.Set, values: list[Value]) -> Value:
    """Return a sequence whose items are all known; which of them an item is, is not."""
    for value in values:
        machine.escape(value, node)
    items = [
        item_of(value) if isinstance(element, cst.StarredElement) else value
        for element, value in zip(node.elements, values, strict=True)
    ]
    return Seq(without_origin(join_all(items)), concrete=True)


def entries(node: cst.Dict) -> list[cst.BaseExpression]:
    """Return the keys and values of a dictionary display."""
    found: list[cst.BaseExpression] = []
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            found += [element.key, element.value]
        else:
            found.append(element.value)
    return found


def make_dict(machine: Machine, node: cst.Dict, values: list[Value]) -> Value:
    """Return a dictionary whose values are all known; which of them a value is, is not."""
    for value in values:
        machine.escape(value, node)
    rest = iter(values)
    items: list[Value] = []
    for element in node.elements:
        value = next(rest)
        if isinstance(element, cst.DictElement):
            items.append(next(rest))
        else:
            items.append(value.item if isinstance(value, Map) else UNKNOWN)
    return Map(without_origin(join_all(items)))


def item_of(value: Value) -> Value:
    """Return what iterating over a value gives each time."""
    return each(value, _item)


def _item(value: Value) -> Value:
    if isinstance(value, Seq) and not value.asynchronous:
        return value.item if value.item != NOTHING else UNKNOWN
    if isinstance(value, Tuple):
        return without_origin(join_all(value.items)) if value.items else UNKNOWN
    return TEXT if isinstance(value, Str | Text) else UNKNOWN


def async_item_of(value: Value) -> Value:
    """Return what ``async for`` over a value gives each time."""
    return each(value, lambda one: one.item if isinstance(one, Seq) and one.asynchronous else UNKNOWN)


def subscript(value: Value, node: cst.Subscript) -> Value:
    """Return what a subscript of a container gives."""
    index = _index(node)
    if isinstance(value, Tuple):
        if index is not None and -len(value.items) <= index < len(value.items):
            return value.items[index]
        return UNKNOWN if index is not None or _is_slice(node) else item_of(value)
    if isinstance(value, Seq) and not value.asynchronous:
        return value if _is_slice(node) else item_of(value)
    return value.item if isinstance(value, Map) and value.item != NOTHING else UNKNOWN


def _index(node: cst.Subscript) -> int | None:
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return None
    index = node.slice[0].slice.value
    negative = isinstance(index, cst.UnaryOperation) and isinstance(index.operator, cst.Minus)
    number = index.expression if isinstance(index, cst.UnaryOperation) and negative else index
    if not isinstance(number, cst.Integer):
        return None
    return -number.evaluated_value if negative else number.evaluated_value


def _is_slice(node: cst.Subscript) -> bool:
    return any(isinstance(element.slice, cst.Slice) for element in node.slice)


def attribute(value: Seq | Tuple | Map | Str | Text, name: str) -> Value:
    """Return a method of a container or string, if it is understood; the value of an enum's member is its text."""
    if name == "value" and isinstance(value, Str):
        return value
    return ContainerMethod(value, name) if name in _UNDERSTOOD else UNKNOWN


def call_method(value: Value, name: str, arguments: Sequence[Value]) -> Value:
    """Return what a method of a list or dictionary gives."""
    method = _METHODS.get(name)
    return method(value, arguments) if method is not None else UNKNOWN


def _values(value: Value, arguments: Sequence[Value]) -> Value:
    return Seq(value.item) if isinstance(value, Map) else UNKNOWN


def _items(value: Value, arguments: Sequence[Value]) -> Value:
    return Seq(Tuple((UNKNOWN, value.item))) if isinstance(value, Map) else UNKNOWN


def _get(value: Value, arguments: Sequence[Value]) -> Value:
    if not isinstance(value, Map) or value.item == NOTHING:
        return UNKNOWN
    return join_all([value.item, arguments[1] if len(arguments) > 1 else NONE])


def _pop(value: Value, arguments: Sequence[Value]) -> Value:
    if isinstance(value, Seq):
        return item_of(value)
    return value.item if isinstance(value, Map) and value.item != NOTHING and len(arguments) == 1 else UNKNOWN


def _copy(value: Value, arguments: Sequence[Value]) -> Value:
    return value


def _nothing(value: Value, arguments: Sequence[Value]) -> Value:
    return NONE


_METHODS: Final[Mapping[str, Callable[[Value, Sequence[Value]], Value]]] = {
    "values": _values,
    "items": _items,
    "get": _get,
    "pop": _pop,
    "copy": _copy,
    "append": _nothing,
    "add": _nothing,
    "clear": _nothing,
    "sort": _nothing,
    "reverse": _nothing,
}

_STRING: Final = (
    *("strip", "lstrip", "rstrip", "lower", "upper", "title", "casefold", "capitalize", "removeprefix"),
    *("removesuffix", "replace", "format", "join", "zfill", "center", "ljust", "rjust", "translate", "expandtabs"),
)
_UNDERSTOOD: Final = frozenset({*_METHODS, *GROWING, *_STRING})
