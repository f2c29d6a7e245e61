"""Statements with blocks: branches, loops, ``with`` and ``try``.

Each handler returns the ways through the statement that come out at its end, or None if that is no matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import libcst as cst

from ci_lint.inference.assignment import assign
from ci_lint.inference.awaiting import entered
from ci_lint.inference.binding import captures
from ci_lint.inference.containers import async_item_of, item_of
from ci_lint.inference.join import without_origin
from ci_lint.inference.machine import Machine
from ci_lint.inference.matching import match_case
from ci_lint.inference.narrowing import narrow
from ci_lint.inference.state import State, meet, same
from ci_lint.inference.turning import without_objects
from ci_lint.inference.values import UNKNOWN

MAX_LOOPS: Final = 4
"""A loop in so many others knows nothing of what is around it: every level doubles the work."""


def copy(state: State | None) -> State | None:
    """Return a state that goes its own way."""
    return None if state is None else state.copy()


def run_if(machine: Machine, node: cst.If) -> list[int]:
    """``if``, ``elif``, ``else``."""
    frame = machine.frame
    context = frame.context
    after: State | None = None
    survivors: list[int] = []
    inner: cst.If | cst.Else | None = node
    index = 0
    while isinstance(inner, cst.If):
        machine.evaluate(inner.test)
        before = copy(frame.state)
        narrow(machine, inner.test, True)
        _never(machine, inner.test, truth=False)
        with machine.arm(node, index):
            machine.parts.body(machine, inner.body)
        if frame.state is not None:
            survivors.append(index)
        after = meet(after, frame.state)
        frame.state = before
        narrow(machine, inner.test, False)
        _never(machine, inner.test, truth=True)
        inner, index = inner.orelse, index + 1
    if inner is not None:
        with machine.arm(node, index):
            machine.parts.body(machine, inner.body)
    if frame.state is not None:
        survivors.append(index)
    frame.state = meet(after, frame.state)
    frame.context = context
    return survivors if len(survivors) <= index else []


def _never(machine: Machine, test: cst.BaseExpression, *, truth: bool) -> None:
    """Leave a way that a constant condition closes: code for type checkers alone is looked at all the same."""
    constant = isinstance(test, cst.Name) and test.value == ("True" if truth else "False")
    if constant:
        machine.frame.state = None


def run_while(machine: Machine, node: cst.While) -> None:
    """``while``."""

    def head() -> None:
        machine.evaluate(node.test)
        narrow(machine, node.test, True)

    endless = isinstance(node.test, cst.Name) and node.test.value == "True"
    _repeat(machine, node, head, lambda: narrow(machine, node.test, False), endless=endless)


def run_for(machine: Machine, node: cst.For) -> None:
    """``for`` and ``async for``."""
    iterated = machine.evaluate(node.iter)
    machine.escape(iterated, node)
    item = async_item_of(iterated) if node.asynchronous is not None else item_of(iterated)
    item = without_origin(item)
    _repeat(machine, node, lambda: assign(machine, node.target, item), lambda: None, endless=False)


def _repeat(
    machine: Machine,
    node: cst.For | cst.While,
    head: Callable[[], None],
    leave: Callable[[], None],
    *,
    endless: bool,
) -> None:
    """Look at a loop twice: the second turn knows what the first may have left behind."""
    frame = machine.frame
    broken, continued = frame.broken, frame.continued
    out: State | None = None
    if len(frame.context.loops) >= MAX_LOOPS and frame.state is not None:
        frame.state = _lasting(machine, frame.state)
    for _ in range(2):
        frame.broken, frame.continued = [], []
        start = len(frame.made)
        before = copy(frame.state)
        with machine.loop(node):
            head()
            machine.parts.body(machine, node.body)
        for state in frame.continued:
            frame.state = meet(frame.state, state)
        turned = without_objects(frame.state, frozenset(frame.made[start:]))
        out = meet(before, frame.state)
        frame.state = meet(copy(before), turned)
        if same(before, frame.state):
            break
    breaks = frame.broken
    frame.broken, frame.continued = broken, continued
    frame.state = None if endless else out
    if frame.state is not None:
        leave()
    if node.orelse is not None and frame.state is not None:
        with machine.arm(node, 0):
            machine.parts.body(machine, node.orelse.body)
    for state in breaks:
        frame.state = meet(frame.state, state)


def _lasting(machine: Machine, state: State) -> State:
    """Return what no turn of a loop can change: names that are bound once, and that before the loop."""
    bound = machine.frame.scope.bound
    state.lost.extend(value for name, value in state.names.items() if bound.get(name) != 1)
    return State({name: value for name, value in state.names.items() if bound.get(name) == 1}, {}, state.lost)


def run_with(machine: Machine, node: cst.With) -> None:
    """``with`` and ``async with``."""
    for item in node.items:
        value = machine.evaluate(item.item)
        inside = entered(machine, value, asynchronous=node.asynchronous is not None)
        if item.asname is not None:
            assign(machine, item.asname.name, inside)
    machine.parts.body(machine, node.body)


def run_try(machine: Machine, node: cst.Try | cst.TryStar) -> list[int] | None:
    """``try``: a handler may start after any statement of the body."""
    frame = machine.frame
    context = frame.context
    before = copy(frame.state)
    start = len(frame.bindings)
    with machine.arm(node, 0):
        machine.parts.body(machine, node.body)
        during = _interrupted(before, frame.state, frame.bindings[start:])
        if node.orelse is not None and frame.state is not None:
            machine.parts.body(machine, node.orelse.body)
    survivors = [0] if frame.state is not None else []
    after = frame.state
    for index, handler in enumerate(node.handlers, 1):
        frame.state = copy(during if during is not None else before)
        with machine.arm(node, index):
            if isinstance(handler, cst.ExceptHandler | cst.ExceptStarHandler):
                _handle(machine, handler)
        if frame.state is not None:
            survivors.append(index)
        after = meet(after, frame.state)
    frame.state = after
    frame.context = context
    if node.finalbody is not None:
        _finally(machine, node.finalbody, during)
    return survivors if node.handlers else None


def _interrupted(before: State | None, after: State | None, bindings: list[str]) -> State | None:
    """Return what is known after any of the statements of a block: what it binds several times may be anything."""
    state = meet(copy(before), copy(after))
    if state is not None:
        for name in {name for name in bindings if bindings.count(name) > 1 or after is None}:
            state.names[name] = UNKNOWN
    return state


def _handle(machine: Machine, handler: cst.ExceptHandler | cst.ExceptStarHandler) -> None:
    if handler.type is not None:
        machine.evaluate(handler.type)
    if handler.name is not None:
        assign(machine, handler.name.name, UNKNOWN)
    machine.parts.body(machine, handler.body)
    if handler.name is not None and machine.frame.state is not None:
        assign(machine, handler.name.name, UNKNOWN)


def _finally(machine: Machine, node: cst.Finally, during: State | None) -> None:
    """The last block runs whatever happens; if nothing gets past the others, nothing gets past it."""
    frame = machine.frame
    after = frame.state
    frame.state = entry = meet(copy(during), copy(after))
    known = {} if entry is None else dict(entry.names)
    machine.parts.body(machine, node.body)
    if after is None or frame.state is None:
        frame.state = None
        return
    for name, value in frame.state.names.items():
        if known.get(name) == value:
            frame.state.names[name] = after.names.get(name, value)


def run_match(machine: Machine, node: cst.Match) -> list[int]:
    """``match``."""
    frame = machine.frame
    context = frame.context
    subject = machine.evaluate(node.subject)
    name = node.subject.value if isinstance(node.subject, cst.Name) else None
    before = frame.state
    after: State | None = None
    survivors: list[int] = []
    complete = False
    for index, case in enumerate(node.cases):
        frame.state = copy(before)
        frame.context = context.within(node, index)
        for captured in captures(case.pattern):
            assign(machine, captured, UNKNOWN)
        complete = match_case(machine, case, subject, name) or complete
        machine.parts.body(machine, case.body)
        if frame.state is not None:
            survivors.append(index)
        after = meet(after, frame.state)
    if not complete:
        survivors.append(len(node.cases))
        after = meet(after, before)
    frame.state = after
    frame.context = context
    return survivors if len(survivors) <= len(node.cases) else []


COMPOUND: Final[Mapping[type, Callable[[Machine, Any], list[int] | None]]] = {
    cst.If: run_if,
    cst.While: run_while,
    cst.For: run_for,
    cst.With: run_with,
    cst.Try: run_try,
    cst.TryStar: run_try,
    cst.Match: run_match,
}
