"""Writes annotations as the table does."""

from __future__ import annotations

import contextlib
import types
import typing
from collections import abc
from collections.abc import Callable, Mapping
from typing import Any

import typing_extensions

Data = str | list[Any]

_AWAITS = (abc.Awaitable, abc.Coroutine)
_SEQUENCES = (list, set, frozenset, abc.Sequence, abc.Iterable, abc.Iterator, abc.Collection, abc.Set)
_ASYNC = (abc.AsyncIterator, abc.AsyncIterable, abc.AsyncGenerator)
_MAPS = (dict, abc.Mapping, abc.MutableMapping)


class Writer:
    """Writes types by the public names of their classes."""

    def __init__(self, names: Mapping[type, str]) -> None:
        self._names = names

    def write(self, hint: object, variables: Mapping[object, object]) -> Data:
        """Return a type; what the linter has no use for is ``unknown``."""
        if isinstance(hint, typing.TypeVar) and hint in variables:
            return self.write(variables[hint], variables)
        if hint is None or hint is type(None):
            return "none"
        if hint is str:
            return "str"
        if hint in {typing.Self, typing_extensions.Self}:
            return "self"
        if typing.get_origin(hint) is None and isinstance(hint, type) and hint in self._names:
            return ["inst", self._names[hint]]
        return self._generic(typing.get_origin(hint), typing.get_args(hint), variables)

    def _generic(self, origin: object, args: tuple[Any, ...], variables: Mapping[object, object]) -> Data:
        def inner(hint: object) -> Data:
            return self.write(hint, variables)

        if origin in {typing.Union, types.UnionType}:
            return _union([inner(each) for each in args])
        if origin in {typing.Annotated, typing.Final, typing.ClassVar}:
            return inner(args[0])
        if origin in _AWAITS:
            return _wrapped("await", inner(args[-1]))
        if origin in _SEQUENCES or (origin is tuple and args[-1:] == (...,)):
            return _wrapped("seq", inner(args[0]))
        if origin is tuple:
            return _several("tuple", [inner(each) for each in args])
        if origin in _ASYNC:
            return _wrapped("aiter", inner(args[0]))
        if origin in _MAPS:
            return _wrapped("map", inner(args[1]))
        if origin is contextlib.AbstractContextManager:
            return _wrapped("cm", inner(args[0]))
        if origin is contextlib.AbstractAsyncContextManager:
            return _wrapped("acm", inner(args[0]))
        if origin is abc.Callable:
            return _wrapped("decorator", inner(args[-1]))
        if isinstance(origin, type) and origin in self._names:
            return ["inst", self._names[origin]]
        return "unknown"


def manager(function: Callable[..., object], returned: Data) -> Data:
    """Return what a function gives if ``contextlib`` made it of a generator."""
    if isinstance(returned, list) and returned[0] == "aiter" and hasattr(function, "__wrapped__"):
        return ["acm", returned[1]]
    return returned


def _wrapped(form: str, inner: Data) -> Data:
    keep = form in {"await", "seq", "aiter", "cm", "acm"}
    return [form, inner] if keep or inner != "unknown" else "unknown"


def _several(form: str, inner: list[Data]) -> Data:
    return "unknown" if all(each == "unknown" for each in inner) else [form, *inner]


def _union(inner: list[Data]) -> Data:
    unique: list[Data] = []
    for each in inner:
        if each not in unique:
            unique.append(each)
    if "unknown" in unique:
        return "unknown"
    return unique[0] if len(unique) == 1 else ["union", *unique]
