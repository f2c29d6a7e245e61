from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_args, get_overloads, get_type_hints

import pytest

import ci
import ci.testing

NAMES = [*ci.__all__, *(f"testing.{name}" for name in ci.testing.__all__)]
OURS = ("ci", "turboci", "orchestrator")
KNOWN = {
    # What `await` exchanges with the event loop is the loop's affair: `Coroutine` has Any there too.
    "__await__.return",
    # A coroutine function, whatever its coroutine exchanges with the event loop.
    "run.what",
}


def has_any(hint: object) -> bool:
    """Return whether a type lets everything through somewhere."""
    if hint is Any:
        return True
    parts = hint if isinstance(hint, list) else get_args(hint)
    return any(has_any(part) for part in parts)


def signatures(value: object) -> Iterator[object]:
    """Yield what carries the annotations of a function: its overloads if it has some."""
    function: Any = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    function = inspect.unwrap(function)
    yield from get_overloads(function) or (function,)


def hints_of(name: str) -> Iterator[tuple[str, object]]:
    """Yield every type that users meet at a public name, with what it is the type of."""
    module, _, own = name.rpartition(".")
    value = getattr(ci.testing if module else ci, own)
    if not isinstance(value, type):
        if inspect.isfunction(value):
            for each in signatures(value):
                yield from ((f"{name}.{key}", hint) for key, hint in get_type_hints(each).items())
        else:
            yield name, value
        return
    for base in value.__mro__:
        if base.__module__.partition(".")[0] in OURS:
            yield from _members(base)


def _members(cls: type) -> Iterator[tuple[str, object]]:
    for key, hint in get_type_hints(cls).items():
        if not key.startswith("_"):
            yield f"{cls.__name__}.{key}", hint
    for key, member in vars(cls).items():
        public = not key.startswith("_") or key in {"__init__", "__await__", "__aenter__", "__aexit__"}
        if public and (callable(member) or isinstance(member, (property, classmethod, staticmethod))):
            if isinstance(member, type):
                continue
            for each in signatures(member):
                for parameter, hint in get_type_hints(each).items():
                    yield f"{key}.{parameter}", hint


@pytest.mark.parametrize("name", NAMES)
def test_no_public_name_lets_everything_through(name: str) -> None:
    """Parameters, results, attributes and aliases have types: where anything is taken it is `object`."""
    assert [place for place, hint in hints_of(name) if has_any(hint) and place not in KNOWN] == []


def test_the_walk_meets_parameters_results_and_attributes() -> None:
    """What is looked at is more than the names."""
    met = {place for name in NAMES for place, _ in hints_of(name)}
    assert {"check.return", "arg.value", "Check.options", "data.return", "__await__.return", "run.what"} <= met
    assert len(met) > 500
