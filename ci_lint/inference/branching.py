"""Expressions that decide what is evaluated, and those that have names of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import libcst as cst

from ci_lint.facts.context import Context
from ci_lint.inference.binding import parameters_of
from ci_lint.inference.containers import async_item_of, item_of
from ci_lint.inference.join import join, join_all, members, without_none, without_origin
from ci_lint.inference.machine import Machine, Special
from ci_lint.inference.narrowing import narrow
from ci_lint.inference.state import State, meet
from ci_lint.inference.values import UNKNOWN, Inst, Maker, Map, Seq, Str, Tuple, Value


def _copy(state: State | None) -> State | None:
    return None if state is None else state.copy()


def conditional(machine: Machine, node: cst.IfExp) -> Value:
    """Return what ``a if test else b`` may be; long chains go to the right."""
    frame = machine.frame
    values: list[Value] = []
    after: State | None = None
    inner: cst.BaseExpression = node
    context = frame.context
    while isinstance(inner, cst.IfExp):
        machine.evaluate(inner.test)
        before = _copy(frame.state)
        narrow(machine, inner.test, True)
        with machine.arm(inner, 0):
            values.append(machine.evaluate(inner.body))
        after = meet(after, frame.state)
        frame.state = before
        narrow(machine, inner.test, False)
        frame.context = frame.context.within(inner, 1)
        inner = inner.orelse
    values.append(machine.evaluate(inner))
    frame.state = meet(after, frame.state)
    frame.context = context
    return _joined(machine, values, node)


def _joined(machine: Machine, values: list[Value], node: cst.BaseExpression) -> Value:
    """Return what holds for any of several values; objects that cannot be told apart any more are lost."""
    value = join_all(values)
    if value is UNKNOWN:
        for each in values:
            machine.escape(each, node)
    return value


def boolean(machine: Machine, node: cst.BooleanOperation) -> Value:
    """Return what ``a or b``, ``a and b`` may be; long chains lean to the left."""
    operands: list[tuple[cst.BooleanOperation | None, cst.BaseExpression]] = []
    inner: cst.BaseExpression = node
    while isinstance(inner, cst.BooleanOperation):
        operands.append((inner, inner.right))
        inner = inner.left
    frame = machine.frame
    context = frame.context
    value = machine.evaluate(inner)
    left = inner
    after: State | None = _copy(frame.state)
    for operation, right in reversed(operands):
        assert operation is not None
        disjunction = isinstance(operation.operator, cst.Or)
        always = disjunction and _truthy(value) is None
        narrow(machine, left, not disjunction)
        with frame.inside(frame.context if always else frame.context.within(operation, 1)):
            other = machine.evaluate(right)
        given = value
        value = _either(value, other) if disjunction else _both(value, other)
        if value is UNKNOWN:
            machine.escape(given, node)
            machine.escape(other, node)
        after = _copy(frame.state) if always else meet(after, _copy(frame.state))
        left = right
    frame.state = after
    frame.context = context
    return value


def _either(first: Value, second: Value) -> Value:
    kept = _truthy(first)
    return second if kept is None else join(kept, second)


def _truthy(value: Value) -> Value | None:
    """Return a value if it is true; None if it cannot be."""
    found = without_none(value)
    if isinstance(found, Str):
        texts = tuple(text for text in found.texts if text)
        return Str(texts) if texts else None
    return found if members(found) else None


def _both(first: Value, second: Value) -> Value:
    return join(UNKNOWN, second) if not isinstance(first, Inst) else second


def lambda_(machine: Machine, node: cst.Lambda) -> Value:
    """Return what calls the lambda's body gives; the body is looked at where it stands."""
    frame = machine.frame
    for parameter in parameters_of(node.params):
        if parameter.default is not None:
            machine.evaluate(parameter.default)
    names = {parameter.name.value: UNKNOWN for parameter in parameters_of(node.params)}
    context = frame.context
    state = _copy(frame.state)
    frame.context = Context(node, False, context.loops, context.within(node, 1).arms)
    with _hiding(machine, names):
        value = machine.evaluate(node.body)
        machine.escape(value, node)
    frame.context = context
    frame.state = state
    return Maker(without_origin(value))


@contextmanager
def _hiding(machine: Machine, names: Mapping[str, Value]) -> Iterator[None]:
    frame = machine.frame
    before = frame.hidden
    frame.hidden = {**before, **names}
    try:
        yield
    finally:
        frame.hidden = before


def list_comprehension(machine: Machine, node: cst.ListComp | cst.SetComp) -> Value:
    """Return a list of what the comprehension makes."""
    return Seq(_made(machine, node.for_in, [node.elt])[0], concrete=True)


def generator(machine: Machine, node: cst.GeneratorExp) -> Value:
    """Return what the generator makes."""
    asynchronous = _is_asynchronous(node.for_in)
    return Seq(_made(machine, node.for_in, [node.elt])[0], asynchronous=asynchronous)


def dictionary(machine: Machine, node: cst.DictComp) -> Value:
    """Return a dictionary of what the comprehension makes."""
    return Map(_made(machine, node.for_in, [node.key, node.value])[1])


def _is_asynchronous(clause: cst.CompFor | None) -> bool:
    while clause is not None:
        if clause.asynchronous is not None:
            return True
        clause = clause.inner_for_in
    return False


def _made(machine: Machine, clause: cst.CompFor, elements: list[cst.BaseExpression]) -> list[Value]:
    """Return what the elements of a comprehension are; its loops are looked at once, with the names of every turn."""
    frame = machine.frame
    context, hidden, state = frame.context, frame.hidden, _copy(frame.state)
    frame.hidden = dict(hidden)
    inner: cst.CompFor | None = clause
    while inner is not None:
        iterated = machine.evaluate(inner.iter)
        machine.escape(iterated, inner)
        item = async_item_of(iterated) if inner.asynchronous is not None else item_of(iterated)
        frame.context = frame.context.repeated(inner)
        _hide(frame.hidden, inner.target, without_origin(item))
        for condition in inner.ifs:
            machine.evaluate(condition.test)
            _narrow_hidden(machine, condition.test)
            frame.context = frame.context.within(condition, 1)
        inner = inner.inner_for_in
    values = [machine.evaluate(element) for element in elements]
    for value in values:
        machine.escape(value, clause)
    frame.context, frame.hidden = context, hidden
    frame.state = meet(state, frame.state)
    return [without_origin(value) for value in values]


def _narrow_hidden(machine: Machine, test: cst.BaseExpression) -> None:
    """Narrow names of comprehensions, which live apart from the others."""
    frame = machine.frame
    if frame.state is None:
        return
    kept = frame.state
    frame.state = State({**kept.names, **frame.hidden}, kept.built, kept.lost)
    narrow(machine, test, True)
    frame.hidden = {name: frame.state.names[name] for name in frame.hidden}
    frame.state = kept


def _hide(hidden: dict[str, Value], target: cst.CSTNode, value: Value) -> None:
    stack: list[tuple[Any, Value]] = [(target, value)]
    while stack:
        node, each = stack.pop()
        if isinstance(node, cst.Name):
            hidden[node.value] = each
        elif isinstance(node, cst.StarredElement):
            stack.append((node.value, UNKNOWN))
        elif isinstance(node, cst.Tuple | cst.List):
            exact = isinstance(each, Tuple) and len(each.items) == len(node.elements)
            parts = each.items if isinstance(each, Tuple) and exact else [item_of(each)] * len(node.elements)
            stack.extend(
                (element.value if not isinstance(element, cst.StarredElement) else element, part)
                for element, part in zip(node.elements, parts, strict=True)
            )


SPECIALS: Final[Mapping[type, Special]] = {
    cst.IfExp: conditional,
    cst.BooleanOperation: boolean,
    cst.Lambda: lambda_,
    cst.ListComp: list_comprehension,
    cst.SetComp: list_comprehension,
    cst.GeneratorExp: generator,
    cst.DictComp: dictionary,
}
