"""The expressions that are looked at from the inside out: what they consist of, and what that makes together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import libcst as cst

from ci_lint.facts.context import Use
from ci_lint.inference import constants, containers
from ci_lint.inference.awaiting import await_of
from ci_lint.inference.join import NOTHING, each, join
from ci_lint.inference.machine import Expand, Machine, Reduce
from ci_lint.inference.values import NONE, UNKNOWN, Class, External, Inst, Maker, Seq, Value


def _none(node: Any) -> list[cst.BaseExpression]:
    return []


def _unknown(machine: Machine, node: Any, values: list[Value]) -> Value:
    return UNKNOWN


def _object(node: cst.Attribute) -> list[cst.BaseExpression]:
    return [node.value]


def attribute(machine: Machine, node: cst.Attribute, values: list[Value]) -> Value:
    """Return what an attribute is; whatever was called to get at it is a link in a chain."""
    set_use(machine, node.value, Use.CHAINED)
    path = path_of(node)
    if path is not None and machine.frame.state is not None and path in machine.frame.state.names:
        return machine.frame.state.names[path]
    return machine.attribute(values[0], node.attr.value, node)


def path_of(node: cst.Attribute) -> str | None:
    """Return the name under which an attribute of a local name is remembered."""
    return f"{node.value.value}.{node.attr.value}" if isinstance(node.value, cst.Name) else None


def set_use(machine: Machine, node: cst.CSTNode, use: Use) -> None:
    """Note what becomes of the result of a call."""
    draft = machine.frame.drafts.get(id(node))
    if draft is not None:
        draft.use = use


def _subscripted(node: cst.Subscript) -> list[cst.BaseExpression]:
    found = [node.value]
    for element in node.slice:
        inner = element.slice
        if isinstance(inner, cst.Index):
            found.append(inner.value)
        elif isinstance(inner, cst.Slice):
            found += [part for part in (inner.lower, inner.upper, inner.step) if part is not None]
    return found


def _subscript(machine: Machine, node: cst.Subscript, values: list[Value]) -> Value:
    set_use(machine, node.value, Use.CHAINED)
    if isinstance(values[0], Class):
        return values[0]
    if isinstance(values[0], External):
        return _alias(machine, node)
    found = each(values[0], lambda value: containers.subscript(value, node))
    if not isinstance(found, Inst):
        machine.escape(values[0], node)
    return found


def _alias(machine: Machine, node: cst.BaseExpression) -> Value:
    """Return a type that is given a name: ``D = ci.DAG | None``."""
    value = machine.annotation(node)
    return UNKNOWN if value == UNKNOWN else Maker(value)


def _binary(node: cst.BinaryOperation) -> list[cst.BaseExpression]:
    return [node.left, node.right]


def _combined(machine: Machine, node: cst.BinaryOperation, values: list[Value]) -> Value:
    if isinstance(node.operator, cst.BitOr) and any(isinstance(value, Class | Maker) for value in values):
        return _alias(machine, node)
    if isinstance(node.operator, cst.Multiply):
        return constants.repeated(values[0], node.right)
    if not isinstance(node.operator, cst.Add):
        return UNKNOWN
    first, second = values
    if isinstance(first, Seq) and isinstance(second, Seq):
        return Seq(join(first.item, second.item), concrete=first.concrete and second.concrete)
    return constants.added(values)


def _operand(node: cst.UnaryOperation | cst.Await) -> list[cst.BaseExpression]:
    return [node.expression]


def _awaited(machine: Machine, node: cst.Await, values: list[Value]) -> Value:
    set_use(machine, node.expression, Use.AWAITED)
    return await_of(machine, values[0])


def _compared(node: cst.Comparison) -> list[cst.BaseExpression]:
    return [node.left, *(target.comparator for target in node.comparisons)]


def _called(node: cst.Call) -> list[cst.BaseExpression]:
    return [node.func, *[argument.value for argument in node.args]]


def _call(machine: Machine, node: cst.Call, values: list[Value]) -> Value:
    return machine.parts.call(machine, values[0], node, values[1:])


def _yielded(node: cst.Yield) -> list[cst.BaseExpression]:
    if node.value is None:
        return []
    return [node.value.item if isinstance(node.value, cst.From) else node.value]


def _yield(machine: Machine, node: cst.Yield, values: list[Value]) -> Value:
    frame = machine.frame
    frame.yields = True
    value = values[0] if values else NONE
    machine.escape(value, node)
    if isinstance(node.value, cst.From):
        value = containers.item_of(value)
    frame.yielded = join(frame.yielded, value) if frame.yielded != NOTHING else value
    return UNKNOWN


def _walrus(node: cst.NamedExpr) -> list[cst.BaseExpression]:
    return [node.value]


def _bound(machine: Machine, node: cst.NamedExpr, values: list[Value]) -> Value:
    if isinstance(node.target, cst.Name):
        machine.bind(node.target.value, values[0], node.target)
    return values[0]


def _joined(node: cst.ConcatenatedString) -> list[cst.BaseExpression]:
    return [node.left, node.right]


PLANS: Final[Mapping[type, tuple[Expand, Reduce]]] = {
    cst.Integer: (_none, _unknown),
    cst.Float: (_none, _unknown),
    cst.Imaginary: (_none, _unknown),
    cst.Ellipsis: (_none, _unknown),
    cst.SimpleString: (_none, constants.literal),
    cst.ConcatenatedString: (_joined, constants.concatenated),
    cst.FormattedString: (constants.formatted_parts, constants.formatted),
    cst.TemplatedString: (constants.formatted_parts, constants.template),
    cst.Attribute: (_object, attribute),
    cst.Subscript: (_subscripted, _subscript),
    cst.BinaryOperation: (_binary, _combined),
    cst.UnaryOperation: (_operand, _unknown),
    cst.Await: (_operand, _awaited),
    cst.Comparison: (_compared, _unknown),
    cst.Call: (_called, _call),
    cst.Yield: (_yielded, _yield),
    cst.NamedExpr: (_walrus, _bound),
    cst.Tuple: (containers.elements, containers.make_tuple),
    cst.List: (containers.elements, containers.make_list),
    cst.Set: (containers.elements, containers.make_list),
    cst.Dict: (containers.entries, containers.make_dict),
}
"""For each class of expressions its inner expressions, in order, and what is known of it."""
