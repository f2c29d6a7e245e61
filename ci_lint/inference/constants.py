"""Strings that are known: literals, what is made of them, and what stays a string of unknown content."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any, Final

import libcst as cst

from ci_lint.inference.join import MAX_TEXTS, members
from ci_lint.inference.machine import Machine
from ci_lint.inference.values import TEXT, UNKNOWN, Str, Text, Value

MAX_LENGTH: Final = 4000
"""Longer strings are strings of which nothing is known."""


def literal(machine: Machine, node: cst.SimpleString, values: list[Value]) -> Value:
    """Return the value of a string literal; bytes are unknown."""
    raw = node.value
    if len(raw) > MAX_LENGTH:
        return UNKNOWN if "b" in node.prefix else TEXT
    if raw[0] in "'\"" and "\\" not in raw:
        quote = 3 if raw[:3] in {"'''", '"""'} and len(raw) >= 6 else 1
        return Str((raw[quote:-quote],))
    if "b" in node.prefix:
        return UNKNOWN
    text = _evaluated(raw)
    return TEXT if text is None else Str((text,))


def _evaluated(raw: str) -> str | None:
    """Return what a literal says; Python's warnings about its escapes are none of ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = ast.literal_eval(raw)
    except (SyntaxError, ValueError):
        return None
    return text if isinstance(text, str) else None


def combine(parts: Iterable[Value], make: Callable[..., str]) -> Value:
    """Return what `make` gives for every combination of what strings may be."""
    choices = []
    for part in parts:
        texts = texts_of(part)
        if texts is None:
            return TEXT
        choices.append(texts)
    found: set[str] = set()
    for choice in product(*choices):
        text = make(*choice)
        found.add(text)
        if len(found) > MAX_TEXTS or len(text) > MAX_LENGTH:
            return TEXT
    return Str(tuple(sorted(found)))


def texts_of(value: Value) -> tuple[str, ...] | None:
    """Return the strings that a value may be; None if it may be something else."""
    return value.texts if isinstance(value, Str) else None


def is_text(value: Value) -> bool:
    """Return whether a value is certainly a string."""
    return all(isinstance(member, Str | Text) for member in members(value)) and bool(members(value))


def concatenated(machine: Machine, node: cst.ConcatenatedString, values: list[Value]) -> Value:
    """Return the value of literals that stand side by side."""
    return combine(values, "{}{}".format) if all(is_text(value) for value in values) else UNKNOWN


def added(values: list[Value]) -> Value:
    """Return the value of ``a + b``."""
    return combine(values, "{}{}".format) if all(is_text(value) for value in values) else UNKNOWN


def repeated(value: Value, times: cst.BaseExpression) -> Value:
    """Return the value of ``"ab" * 3``."""
    if not is_text(value):
        return UNKNOWN
    count = times.evaluated_value if isinstance(times, cst.Integer) else None
    return TEXT if count is None or count > MAX_LENGTH else combine([value], lambda text: text * count)


def formatted_parts(node: cst.FormattedString | cst.TemplatedString) -> list[cst.BaseExpression]:
    """Return the expressions in an f-string, those in format specifications too."""
    found: list[cst.BaseExpression] = []
    stack: list[Any] = list(reversed(node.parts))
    while stack:
        part = stack.pop()
        if not isinstance(part, cst.FormattedStringText | cst.TemplatedStringText):
            found.append(part.expression)
            stack.extend(reversed(part.format_spec or ()))
    return found


def formatted(machine: Machine, node: cst.FormattedString, values: list[Value]) -> Value:
    """Return the value of an f-string whose parts are known strings without conversion or format."""
    inner = iter(values)
    parts: list[Value] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            parts.append(_plain(part.value, node.prefix))
        elif isinstance(part, cst.FormattedStringExpression):
            if part.format_spec or part.conversion not in {None, "s"} or part.equal is not None:
                return TEXT
            value = next(inner)
            parts.append(value if is_text(value) else TEXT)
    return combine(parts, lambda *texts: "".join(texts))


def template(machine: Machine, node: cst.TemplatedString, values: list[Value]) -> Value:
    """A template string is no string."""
    return UNKNOWN


def _plain(text: str, prefix: str) -> Value:
    """Return the text between the braces of an f-string; with escapes in it, it is not followed."""
    if "\\" in text and "r" not in prefix.lower():
        return TEXT
    return Str((text.replace("{{", "{").replace("}}", "}"),))


_METHODS: Final[Mapping[str, Callable[..., str]]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "casefold": str.casefold,
    "capitalize": str.capitalize,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "replace": str.replace,
}

_TEXT_METHODS: Final = frozenset({"format", "join", "zfill", "center", "ljust", "rjust", "translate", "expandtabs"})


def method(value: Value, name: str, arguments: list[Value] | None) -> Value:
    """Return what a method of a string gives.

    Args:
        value: The string.
        name: The method.
        arguments: What it is given by position; None if that is not certain.
    """
    if name in _METHODS:
        return _applied(_METHODS[name], value, arguments)
    if name == "format" and arguments is not None:
        return _applied(str.format, value, arguments)
    return TEXT if name in _TEXT_METHODS else UNKNOWN


def _applied(function: Callable[..., str], value: Value, arguments: list[Value] | None) -> Value:
    if arguments is None:
        return TEXT
    try:
        return combine([value, *arguments], function)
    except (TypeError, ValueError, LookupError, AttributeError):
        return TEXT
