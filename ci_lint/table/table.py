"""Reads the table of what `ci` offers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ci_lint.table.signature import Kind, Overload, Parameter, Role, Signature
from ci_lint.table.types import Type, read_type


@dataclass(frozen=True, slots=True)
class CIClass:
    """A public class.

    Attributes:
        name: Its public name.
        ancestors: The public names of the class and of its public bases, in order of resolution.
        constructor: What a call of the class takes.
        methods: Every method by name, inherited ones included.
        attributes: The types of attributes and properties by name, inherited ones included.
        awaits: What awaiting an instance gives; None if it cannot be awaited.
        enters: What ``with`` gives; None if it is no context manager.
        aenters: What ``async with`` gives; None if it is no asynchronous context manager.
    """

    name: str
    ancestors: tuple[str, ...]
    constructor: Signature
    methods: Mapping[str, Signature]
    attributes: Mapping[str, Type]
    awaits: Type | None = None
    enters: Type | None = None
    aenters: Type | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What `ci` offers.

    Attributes:
        classes: Every public class by name.
        functions: Every public function by name.
        modules: The public names of every module of the package by its dotted name, ``ci`` included.
        max_id_bytes: How long an id may be.
    """

    classes: Mapping[str, CIClass]
    functions: Mapping[str, Signature]
    modules: Mapping[str, frozenset[str]]
    max_id_bytes: int


@cache
def load_table() -> Table:
    """Return the table; it is read once."""
    data = json.loads(resources.files(__package__).joinpath("ci.json").read_text("utf-8"))
    return Table(
        {name: _class(name, each) for name, each in data["classes"].items()},
        {name: _signature("", name, each) for name, each in data["functions"].items()},
        {name: frozenset(names) for name, names in data["modules"].items()},
        data["max_id_bytes"],
    )


def _class(name: str, data: Mapping[str, Any]) -> CIClass:
    return CIClass(
        name,
        tuple(data["ancestors"]),
        _signature(name, name, data["constructor"]),
        {each: _signature(name, each, entry) for each, entry in data["methods"].items()},
        {each: read_type(entry) for each, entry in data["attributes"].items()},
        *(read_type(data[key]) if key in data else None for key in ("awaits", "enters", "aenters")),
    )


def _signature(owner: str, name: str, data: Mapping[str, Any]) -> Signature:
    rest = {key: value for key, value in data.items() if key not in {"parameters", "returns", "overloads"}}
    parameters = tuple([_parameter(each) for each in data.get("parameters", ())])
    overloads = tuple([_overload(each) for each in data.get("overloads", ())])
    return Signature(owner, name, parameters, read_type(data["returns"]), overloads=overloads, **rest)


def _overload(data: Mapping[str, Any]) -> Overload:
    return Overload(data["least"], data["most"], tuple(data["keywords"]), read_type(data["returns"]))


def _parameter(data: Mapping[str, Any]) -> Parameter:
    role = Role(data["role"]) if "role" in data else None
    return Parameter(data["name"], Kind(data["kind"]), data.get("required", False), role, data.get("names", ""))
