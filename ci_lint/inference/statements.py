"""Statements, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import libcst as cst

from ci_lint.facts.context import Use
from ci_lint.inference.assignment import ASSIGNMENTS
from ci_lint.inference.compound import COMPOUND
from ci_lint.inference.definitions import DEFINITIONS
from ci_lint.inference.expressions import set_use
from ci_lint.inference.importing import IMPORTS
from ci_lint.inference.join import join
from ci_lint.inference.machine import Machine
from ci_lint.inference.narrowing import narrow
from ci_lint.inference.opening import skip
from ci_lint.inference.values import NONE


def run_body(machine: Machine, body: cst.BaseSuite | cst.Module) -> None:
    """Look at the statements of a body, until one that is never passed."""
    frame = machine.frame
    context = frame.context
    for statement in body.body:
        if frame.state is None:
            skip(machine, statement)
        elif isinstance(statement, cst.SimpleStatementLine):
            _line(machine, statement.body)
        elif isinstance(statement, cst.BaseSmallStatement):
            _line(machine, (statement,))
        elif isinstance(statement, cst.BaseCompoundStatement):
            _compound(machine, statement)
    frame.context = context


def _line(machine: Machine, statements: Sequence[cst.BaseSmallStatement]) -> None:
    for statement in statements:
        handle = _SMALL.get(type(statement))
        if handle is not None and machine.frame.state is not None:
            handle(machine, statement)


def _compound(machine: Machine, statement: cst.BaseCompoundStatement) -> None:
    """Look at a statement with blocks. If one way through it ends there, what follows stands on the other ways."""
    handle = _COMPOUND.get(type(statement))
    if handle is None:
        return
    survivors = handle(machine, statement)
    if survivors is not None and len(survivors) == 1:
        frame = machine.frame
        frame.context = frame.context.within(statement, survivors[0])


def _expression(machine: Machine, node: cst.Expr) -> None:
    machine.evaluate(node.value)
    set_use(machine, node.value, Use.DROPPED)
    if isinstance(node.value, cst.Call) and _dotted(node.value.func) in _ENDING:
        machine.frame.state = None


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        return f"{node.value.value}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


_ENDING: Final = frozenset(
    {
        *("exit", "quit", "sys.exit", "os._exit", "os.abort"),
        *("pytest.exit", "pytest.fail", "pytest.skip", "pytest.xfail"),
    }
)
"""Calls that never return, however they are bound: at worst less is known."""


def _return(machine: Machine, node: cst.Return) -> None:
    frame = machine.frame
    value = NONE if node.value is None else machine.evaluate(node.value)
    frame.returns.append(node.value.value if isinstance(node.value, cst.Name) else None)
    frame.returned = join(frame.returned, value)
    machine.escape(value, node)
    frame.state = None


def _raise(machine: Machine, node: cst.Raise) -> None:
    if node.exc is not None:
        machine.escape(machine.evaluate(node.exc), node)
    machine.frame.state = None


def _assert(machine: Machine, node: cst.Assert) -> None:
    machine.evaluate(node.test)
    if node.msg is not None:
        machine.evaluate(node.msg)
    narrow(machine, node.test, True)


def _break(machine: Machine, node: cst.Break) -> None:
    frame = machine.frame
    frame.broken.append(frame.state)
    frame.state = None


def _continue(machine: Machine, node: cst.Continue) -> None:
    frame = machine.frame
    frame.continued.append(frame.state)
    frame.state = None


_SMALL: Final[Mapping[type, Callable[[Machine, Any], None]]] = {
    **ASSIGNMENTS,
    **IMPORTS,
    cst.Expr: _expression,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Break: _break,
    cst.Continue: _continue,
}
_COMPOUND: Final[Mapping[type, Callable[[Machine, Any], list[int] | None]]] = {**COMPOUND, **DEFINITIONS}
