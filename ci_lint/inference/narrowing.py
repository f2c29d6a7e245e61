"""What a condition says about the names in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from ci_lint.inference.classes import order_of
from ci_lint.inference.join import NOTHING, join_all, members, without_none
from ci_lint.inference.machine import Machine
from ci_lint.inference.values import NONE, UNKNOWN, Class, ClassRef, External, Inst, Tuple, Value

Change = Callable[[Value], Value]


def narrow(machine: Machine, test: cst.BaseExpression, truth: bool) -> None:
    """Let names be what they are where a condition is true, or false."""
    for name, change in _changes(machine, test, truth):
        state = machine.frame.state
        if state is None or name not in state.names:
            continue
        value = change(state.names[name])
        state.names[name] = value if value != NOTHING else UNKNOWN


def _changes(machine: Machine, test: cst.BaseExpression, truth: bool) -> Iterator[tuple[str, Change]]:
    while isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        test, truth = test.expression, not truth
    if isinstance(test, cst.BooleanOperation):
        if isinstance(test.operator, cst.And) is truth:
            for side in _sides(test):
                yield from _changes(machine, side, truth)
    elif isinstance(test, cst.Comparison):
        yield from _compared(test, truth)
    elif isinstance(test, cst.Call):
        yield from _isinstance(machine, test, truth)
    elif isinstance(test, cst.NamedExpr):
        yield from _changes(machine, test.target, truth)
    else:
        name = _name(test)
        if name is not None and truth:
            yield name, without_none


def _sides(test: cst.BooleanOperation) -> list[cst.BaseExpression]:
    """Return the operands of ``a and b and c``; an operand of the other kind stays whole."""
    found: list[cst.BaseExpression] = []
    inner: cst.BaseExpression = test
    while isinstance(inner, cst.BooleanOperation) and type(inner.operator) is type(test.operator):
        found.append(inner.right)
        inner = inner.left
    return [inner, *reversed(found)]


def _name(node: cst.CSTNode) -> str | None:
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        return f"{node.value.value}.{node.attr.value}"
    return None


def _compared(test: cst.Comparison, truth: bool) -> Iterator[tuple[str, Change]]:
    if len(test.comparisons) != 1:
        return
    target = test.comparisons[0]
    left = test.left.target if isinstance(test.left, cst.NamedExpr) else test.left
    name = _name(left)
    if name is None or not isinstance(target.comparator, cst.Name) or target.comparator.value != "None":
        return
    if isinstance(target.operator, cst.Is | cst.Equal):
        yield name, _only_none if truth else without_none
    elif isinstance(target.operator, cst.IsNot | cst.NotEqual):
        yield name, without_none if truth else _only_none


def _only_none(value: Value) -> Value:
    return NONE


def _isinstance(machine: Machine, test: cst.Call, truth: bool) -> Iterator[tuple[str, Change]]:
    if len(test.args) != 2 or not isinstance(test.func, cst.Name) or test.func.value != "isinstance":
        return
    first = test.args[0].value
    name = _name(first.target if isinstance(first, cst.NamedExpr) else first)
    if name is None or machine.name("isinstance") != External("builtins.isinstance"):
        return
    classes = _classes(machine, test.args[1].value)
    if classes is None:
        return
    if truth:
        yield name, lambda value: keep(machine, value, classes)
    else:
        yield name, lambda value: _drop(machine, value, classes)


def _classes(machine: Machine, node: cst.BaseExpression) -> list[ClassRef] | None:
    """Return the classes that a name, a tuple or ``A | B`` stands for; None if one of them is not known."""
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        left, right = _classes(machine, node.left), _classes(machine, node.right)
        return left + right if left is not None and right is not None else None
    value = machine.evaluate(node)
    found = value.items if isinstance(value, Tuple) else (value,)
    return [each.cls for each in found if isinstance(each, Class)] if _all_classes(found) else None


def _all_classes(values: tuple[Value, ...]) -> bool:
    return all(isinstance(each, Class) for each in values)


def keep(machine: Machine, value: Value, classes: list[ClassRef]) -> Value:
    """Return a value that is an instance of one of some classes."""
    if value == UNKNOWN:
        return join_all(Inst(cls) for cls in classes)
    kept = [member for member in members(value) if _matches(machine, member, classes)]
    return join_all(kept) if kept else join_all(Inst(cls) for cls in classes)


def _drop(machine: Machine, value: Value, classes: list[ClassRef]) -> Value:
    return join_all(member for member in members(value) if not _matches(machine, member, classes))


def _matches(machine: Machine, member: Value, classes: list[ClassRef]) -> bool:
    return isinstance(member, Inst) and is_subclass(machine, member.cls, classes)


def is_subclass(machine: Machine, cls: ClassRef, classes: list[ClassRef]) -> bool:
    """Return whether a class certainly is one of some classes or inherits from one."""
    order = order_of(machine, cls)
    return any(each in order for each in classes)
