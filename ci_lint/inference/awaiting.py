"""What waiting for a value, or entering it, gives."""

from __future__ import annotations

from ci_lint.inference.join import each, members
from ci_lint.inference.machine import Machine
from ci_lint.inference.tabled import read
from ci_lint.inference.values import ACM, CM, UNKNOWN, Await, External, Inst, NoneValue, Str, Text, Unknown, Value


def await_of(machine: Machine, value: Value) -> Value:
    """Return what ``await`` gives."""
    return each(value, lambda one: _awaited(machine, one))


def _awaited(machine: Machine, value: Value) -> Value:
    if isinstance(value, Await):
        return value.value
    if isinstance(value, Inst):
        entry = machine.around.table.classes.get(value.cls.name) if value.cls.module == "ci" else None
        if entry is not None and entry.awaits is not None:
            return read(entry.awaits, value, value.origin)
    return UNKNOWN


def is_awaitable(machine: Machine, value: Value) -> bool | None:
    """Return whether a value can be awaited; None if that is not known."""
    answers = {_is_awaitable(machine, one) for one in members(value)}
    return answers.pop() if len(answers) == 1 else None


def _is_awaitable(machine: Machine, value: Value) -> bool | None:
    if isinstance(value, Await):
        return True
    if isinstance(value, Inst):
        if value.cls.module != "ci":
            return None
        entry = machine.around.table.classes.get(value.cls.name)
        return entry.awaits is not None if entry is not None else None
    return None if isinstance(value, Unknown) or not isinstance(value, NoneValue | Str | Text) else False


def entered(machine: Machine, value: Value, *, asynchronous: bool) -> Value:
    """Return what the block of a ``with`` statement gets."""
    return each(value, lambda one: _entered(machine, one, asynchronous=asynchronous))


def _entered(machine: Machine, value: Value, *, asynchronous: bool) -> Value:
    if isinstance(value, ACM if asynchronous else CM):
        return value.value
    if isinstance(value, External) and value.name.endswith("()"):
        return value
    if not isinstance(value, Inst):
        return UNKNOWN
    if value.cls.module == "ci":
        entry = machine.around.table.classes.get(value.cls.name)
        kind = None if entry is None else entry.aenters if asynchronous else entry.enters
        return UNKNOWN if kind is None else read(kind, value, value.origin)
    result = machine.parts.invoke(machine, value, "__aenter__" if asynchronous else "__enter__")
    return await_of(machine, result) if asynchronous else result
