"""Prints the table, or writes it: ``python -m tests.lint.table.generate --write``."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import pkgutil
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import ci
from tests.lint.table import roles
from tests.lint.table.annotations import Data, Writer, manager
from turboci.ids import MAX_ID_BYTES

TABLE: Final = Path(__file__).resolve().parents[3] / "ci_lint" / "table" / "ci.json"
_MANY: Final = 1000
_SPECIAL: Final = {"__await__": "awaits", "__enter__": "enters", "__aenter__": "aenters"}


def table() -> str:
    """Return the text of the table."""
    public = {name: getattr(ci, name) for name in ci.__all__}
    classes = {name: each for name, each in public.items() if inspect.isclass(each)}
    writer = Writer({each: name for name, each in classes.items()} | roles.STAND_FOR)
    data = {
        "max_id_bytes": MAX_ID_BYTES,
        "classes": {name: _class(name, each, writer) for name, each in sorted(classes.items())},
        "functions": {
            name: _signature(name, each, writer, {})
            for name, each in sorted(public.items())
            if inspect.isfunction(each)
        },
        "modules": dict(sorted(_modules(public))),
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _modules(public: Mapping[str, object]) -> Iterator[tuple[str, list[str]]]:
    yield "ci", sorted(public)
    for info in pkgutil.iter_modules(ci.__path__, "ci."):
        module = importlib.import_module(info.name)
        names = [name for name, each in public.items() if vars(module).get(name) is each]
        if names:
            yield info.name, sorted(names)


def _class(name: str, cls: type, writer: Writer) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ancestors": [each.__name__ for each in cls.__mro__ if getattr(ci, each.__name__, None) is each],
        "constructor": _constructor(name, cls, writer),
        "methods": {},
        "attributes": {},
    }
    for owner in reversed(cls.__mro__):
        if owner is object or not owner.__module__.startswith(("ci", "turboci")):
            continue
        variables = _variables(cls, owner)
        for key, hint in _hints(owner).items():
            if key in vars(owner).get("__annotations__", {}) and not key.startswith("_"):
                data["attributes"][key] = writer.write(hint, variables)
        for key, member in vars(owner).items():
            _member(data, (name, owner.__name__, key), member, writer, variables)
    data["attributes"] = {key: each for key, each in sorted(data["attributes"].items()) if key not in data["methods"]}
    data["methods"] = dict(sorted(data["methods"].items()))
    return data


def _member(
    data: dict[str, Any],
    place: tuple[str, str, str],
    member: object,
    writer: Writer,
    variables: Mapping[object, object],
) -> None:
    public, owner, key = place
    if isinstance(member, functools.cached_property):
        member = property(member.func)
    if key in _SPECIAL and inspect.isfunction(member):
        data[_SPECIAL[key]] = _entered(key, member, writer, variables)
    elif key.startswith("_"):
        return
    elif isinstance(member, property):
        hint = _hints(member.fget).get("return") if member.fget else None
        data["attributes"][key] = writer.write(hint, variables)
    elif inspect.isfunction(member):
        data["methods"][key] = _signature(_called(public, owner, key), member, writer, variables)


def _called(public: str, owner: str, key: str) -> str:
    """Return the name under which the roles know a method: of the class itself, or of the base that has it."""
    names = [f"{public}.{key}", f"{owner}.{key}"]
    known = {*roles.PARAMETERS, *roles.DEFINES, *roles.MUST_USE, *roles.BUILDS, *roles.DROPPABLE}
    return next((name for name in names if name in known), names[0])


def _entered(key: str, member: Callable[..., object], writer: Writer, variables: Mapping[object, object]) -> Data:
    hint = _hints(member).get("return")
    if key == "__await__":
        args = typing.get_args(hint)
        return writer.write(args[-1] if args else None, variables)
    return writer.write(hint, variables)


def _constructor(name: str, cls: type, writer: Writer) -> dict[str, Any]:
    init = next((vars(each)["__init__"] for each in cls.__mro__ if "__init__" in vars(each)), None)
    if not inspect.isfunction(init):
        return {"returns": ["inst", name]}
    return {**_signature(name, init, writer, {}), "returns": ["inst", name]}


def _signature(
    name: str, function: types.FunctionType, writer: Writer, variables: Mapping[object, object]
) -> dict[str, Any]:
    hints = _hints(function)
    overloads = typing.get_overloads(function)
    returned = writer.write(hints.get("return"), variables) if not overloads else "unknown"
    asynchronous = inspect.iscoroutinefunction(function)
    data: dict[str, Any] = {
        "parameters": list(_parameters(name, function, hints)),
        "returns": ["await", returned] if asynchronous else manager(function, returned),
    }
    if overloads:
        data["overloads"] = [_overload(each, writer, variables) for each in overloads]
    return data | {key: value for key, value in _traits(name, asynchronous, returned).items() if value}


def _overload(function: Callable[..., object], writer: Writer, variables: Mapping[object, object]) -> dict[str, Any]:
    parameters = list(inspect.signature(function).parameters.values())
    by_position = [each for each in parameters if each.kind.name.startswith("POSITIONAL") and each.name != "self"]
    more = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    returned = writer.write(_hints(function).get("return"), variables)
    return {
        "least": sum(each.default is each.empty for each in by_position),
        "most": _MANY if more else len(by_position),
        "keywords": [each.name for each in parameters if each.kind.name.endswith("KEYWORD") and each.name != "self"],
        "returns": ["await", returned] if inspect.iscoroutinefunction(function) else returned,
    }


def _traits(name: str, asynchronous: bool, returned: Data) -> dict[str, object]:
    return {
        "asynchronous": asynchronous,
        "fluent": returned == "self",
        "defines": roles.DEFINES.get(name, ""),
        "must_use": name in roles.MUST_USE,
        "droppable": name in roles.DROPPABLE,
        "builds": name in roles.BUILDS,
        "blocking": name in roles.BLOCKING,
        "instead": roles.INSTEAD.get(name, ""),
    }


def _parameters(name: str, function: types.FunctionType, hints: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    declared = roles.PARAMETERS.get(name, {})
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in {"self", "cls"}:
            continue
        hint = hints.get(parameter.name)
        fields = typing.get_args(hint)[:1] if typing.get_origin(hint) is typing.Unpack else ()
        if parameter.kind is parameter.VAR_KEYWORD and fields:
            for field in fields[0].__annotations__:
                yield _parameter(field, "KEYWORD_ONLY", False, declared)
            continue
        variadic = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        required = parameter.default is parameter.empty and not variadic
        yield _parameter(parameter.name, parameter.kind.name, required, declared)


def _parameter(name: str, kind: str, required: bool, declared: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    data: dict[str, Any] = {"name": name, "kind": kind}
    if required:
        data["required"] = True
    if name in declared:
        data["role"], data["names"] = declared[name]
    return data


def _variables(cls: type, owner: type) -> dict[object, object]:
    """Return what the type variables of a base stand for in a class."""
    found: dict[object, object] = {}
    for each in cls.__mro__:
        for base in getattr(each, "__orig_bases__", ()):
            origin = typing.get_origin(base)
            for variable, value in zip(getattr(origin, "__parameters__", ()), typing.get_args(base), strict=False):
                found.setdefault(variable, value)
    return found


def _hints(thing: object) -> dict[str, Any]:
    try:
        return typing.get_type_hints(thing)
    except (NameError, TypeError):
        return {}


if __name__ == "__main__":
    if "--write" in sys.argv:
        TABLE.write_text(table(), "utf-8")
    else:
        sys.stdout.write(table())
