"""Calls of methods of lists, dictionaries and strings."""

from __future__ import annotations

import libcst as cst

from ci_lint.inference import constants, containers
from ci_lint.inference.join import join_all, without_origin
from ci_lint.inference.machine import Machine
from ci_lint.inference.names import GROWING
from ci_lint.inference.values import NONE, TEXT, UNKNOWN, ContainerMethod, Seq, Str, Text, Value


def call_container(machine: Machine, target: ContainerMethod, node: cst.Call, values: list[Value]) -> Value:
    """Return what a method of a list, dictionary or string gives; what it puts into one is noted."""
    receiver = target.receiver
    if isinstance(receiver, Str | Text) and target.name == "join":
        return _joined(machine, receiver, node)
    if isinstance(receiver, Str | Text):
        splat = any(argument.star or argument.keyword for argument in node.args)
        return constants.method(receiver, target.name, None if splat else values)
    if target.name in GROWING:
        _grow(machine, target, node, values)
        return NONE if target.name != "setdefault" else UNKNOWN
    return containers.call_method(receiver, target.name, values)


def _joined(machine: Machine, separator: Str | Text, node: cst.Call) -> Value:
    """Return what joining a list gives that stands there in full."""
    shown = node.args[0].value if len(node.args) == 1 else None
    if not isinstance(shown, cst.List | cst.Tuple):
        return TEXT
    if any(isinstance(element, cst.StarredElement) for element in shown.elements):
        return TEXT
    items = [machine.evaluate(element.value) for element in shown.elements]
    return constants.combine([separator, *items], lambda first, *rest: first.join(rest))


def _grow(machine: Machine, target: ContainerMethod, node: cst.Call, values: list[Value]) -> None:
    """Put something into a list that has a name; into any other it goes unseen."""
    for value in values:
        machine.escape(value, node)
    holder = node.func.value if isinstance(node.func, cst.Attribute) else None
    state = machine.frame.state
    if not isinstance(holder, cst.Name) or state is None:
        return
    if holder.value not in state.names:
        home = machine.frame.scope.home(holder.value)
        if home is not None:
            home.values.setdefault(holder.value, {})[id(node)] = UNKNOWN
        return
    grown: Value = UNKNOWN
    if target.name in {"append", "add"} and len(values) == 1 and isinstance(target.receiver, Seq):
        grown = Seq(join_all([target.receiver.item, without_origin(values[0])]), concrete=True)
    machine.bind(holder.value, grown, node)
