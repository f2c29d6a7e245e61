"""Code after which nothing is known of a scope or class."""

from __future__ import annotations

import libcst as cst

from ci_lint.inference.classes import local_class
from ci_lint.inference.machine import Machine
from ci_lint.inference.scopes import Scope
from ci_lint.inference.values import UNKNOWN, Class, Inst, Value
from ci_lint.reading.tree import nodes


def open_scope(machine: Machine) -> None:
    """Names of the current scope may be bound unseen."""
    _open(machine.frame.scope)


def open_module(machine: Machine) -> None:
    """Names of the module may be bound unseen."""
    _open(machine.bindings.module)


def skip(machine: Machine, node: cst.CSTNode) -> None:
    """Leave code unseen: what it names may be read, and what it says to objects goes unheard."""
    frame = machine.frame
    for each in nodes(node):
        if isinstance(each, cst.Name):
            home = frame.scope.home(each.value)
            if home is not None:
                home.read.add(each.value)
                frame.lost.extend(home.values.get(each.value, {}).values())


def forget_names(machine: Machine) -> None:
    """Whatever was bound in the current scope may be something else now."""
    frame = machine.frame
    if frame.state is not None:
        frame.lost.extend(frame.state.names.values())
    for name in frame.scope.bound:
        frame.scope.values.setdefault(name, {})[id(frame)] = UNKNOWN
        if frame.state is not None:
            frame.state.names[name] = UNKNOWN


def open_class(machine: Machine, value: Value) -> None:
    """Attributes of a class may be anything."""
    if isinstance(value, Inst | Class):
        info = local_class(machine, value.cls)
        if info is not None:
            info.known = False


def _open(scope: Scope) -> None:
    scope.open = True
    scope.read.update(scope.bound)
