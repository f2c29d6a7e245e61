"""Definitions of functions and classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import libcst as cst

from ci_lint.inference.binding import parameters_of
from ci_lint.inference.frame import Frame
from ci_lint.inference.machine import Machine
from ci_lint.inference.scopes import ClassInfo, FunctionInfo, Wrap
from ci_lint.inference.state import State
from ci_lint.inference.tabled import read
from ci_lint.inference.values import (
    UNKNOWN,
    Class,
    ClassRef,
    External,
    Func,
    Inst,
    Maker,
    Method,
    Value,
)

_TRANSPARENT: Final = frozenset(
    {
        *("functools.lru_cache", "functools.cache", "abc.abstractmethod", "typing.override", "typing.final"),
        *("typing_extensions.override", "typing_extensions.final", "pytest.fixture"),
    }
)
_WRAPS: Final[Mapping[str, Wrap]] = {
    "builtins.property": Wrap.PROPERTY,
    "functools.cached_property": Wrap.PROPERTY,
    "builtins.staticmethod": Wrap.STATIC,
    "builtins.classmethod": Wrap.CLASS,
    "contextlib.contextmanager": Wrap.MANAGER,
    "contextlib.asynccontextmanager": Wrap.MANAGER,
}
_DATACLASSES: Final = frozenset(
    {
        *("dataclasses.dataclass", "attr.s", "attr.attrs", "attr.define", "attr.frozen", "attr.mutable"),
        *("attrs.define", "attrs.frozen", "attrs.mutable", "typing.final", "typing_extensions.final", "enum.unique"),
        *("functools.total_ordering", "typing.runtime_checkable"),
    }
)
_BASES: Final = frozenset(
    {
        *("builtins.object", "typing.NamedTuple", "typing.Protocol", "typing.Generic", "abc.ABC"),
        *("typing_extensions.Protocol", "builtins.Exception"),
    }
)


def define_function(machine: Machine, node: cst.FunctionDef) -> None:
    """``def``: look at what is evaluated now; the body is looked at when somebody asks, or last."""
    for parameter in parameters_of(node.params):
        if parameter.default is not None:
            machine.escape(machine.evaluate(parameter.default), node)
    info = machine.bindings.functions[id(node)]
    value: Value = Func(machine.around.module, info.scope.name)
    for decorator in reversed(node.decorators):
        value = _decorated(machine, info, value, _decoration(machine, decorator), decorator.decorator)
    machine.bind(node.name.value, value, node)


def _decoration(machine: Machine, decorator: cst.Decorator) -> Value:
    """Return what a decorator is; one with arguments is as good as one without if it is understood."""
    node = decorator.decorator
    value = machine.evaluate(node)
    if value == UNKNOWN and isinstance(node, cst.Call):
        head = machine.evaluate(node.func)
        if isinstance(head, External) and (head.name in _TRANSPARENT or head.name in _DATACLASSES):
            return head
    return value


def _decorated(
    machine: Machine, info: FunctionInfo, value: Value, decoration: Value, node: cst.BaseExpression
) -> Value:
    if isinstance(decoration, External):
        if decoration.name == "pytest.fixture":
            return UNKNOWN
        if decoration.name in _TRANSPARENT:
            return value
        if decoration.name in _WRAPS:
            info.wrap = _WRAPS[decoration.name]
            return value
    if isinstance(decoration, Maker):
        return _made(machine, decoration.value, node)
    if isinstance(decoration, Method):
        return _by_method(machine, value, decoration, node)
    return UNKNOWN


def _by_method(machine: Machine, value: Value, method: Method, node: cst.BaseExpression) -> Value:
    """Return what a method makes of a function: ``@runner.handler`` keeps it, ``@dag.function`` makes a node of it."""
    if method.owner == ClassRef("ci", "Runner"):
        return value
    machine.escape(method.receiver, node)
    signature = machine.parts.signature(machine, method)
    if signature is None:
        return UNKNOWN
    return _made(machine, read(signature.returned(1, ()), method.receiver), node)


def _made(machine: Machine, value: Value, node: cst.BaseExpression) -> Value:
    """Return what a decorator of `ci` makes: one node, defined by the call of the decorator."""
    if not isinstance(value, Inst):
        return value
    return value if value.origin is not None else Inst(value.cls, machine.site(node, None, "", None))


def define_class(machine: Machine, node: cst.ClassDef) -> None:
    """``class``: look at its bases and its body."""
    info = machine.bindings.classes[id(node)]
    info.known = _known_decorators(machine, node)
    info.bases = _bases(machine, node.bases)
    for keyword in node.keywords:
        machine.evaluate(keyword.value)
        info.known = info.known and keyword.keyword is not None and keyword.keyword.value != "metaclass"
    _run(machine, info)
    value = Class(ClassRef(machine.around.module, info.scope.name))
    machine.bind(node.name.value, value, node)


def _known_decorators(machine: Machine, node: cst.ClassDef) -> bool:
    known = True
    for decorator in node.decorators:
        value = _decoration(machine, decorator)
        known = known and isinstance(value, External) and value.name in _DATACLASSES
    return known


def _bases(machine: Machine, arguments: Sequence[cst.Arg]) -> tuple[Value, ...]:
    """Return the bases that have attributes of interest; of what is not known, anything may come."""
    found: list[Value] = []
    for argument in arguments:
        value = machine.evaluate(argument.value)
        inner = argument.value
        if isinstance(inner, cst.Subscript) and value == UNKNOWN:
            value = machine.evaluate(inner.value)
        if argument.star:
            found.append(UNKNOWN)
        elif not (isinstance(value, External) and value.name in _BASES):
            found.append(value)
    return tuple(found)


def _run(machine: Machine, info: ClassInfo) -> None:
    """Look at the body of a class: its code runs now, with what is known now around it."""
    outer = machine.frame
    frame = Frame(info.scope, outer.function, info, outer, State({}, {}, outer.lost), outer.context, lost=outer.lost)
    info.scope.values.clear()
    info.scope.finished = False
    with machine.running(frame):
        machine.parts.body(machine, info.node.body)
    info.scope.finished = True
    outer.drafts.update(frame.drafts)
    outer.escapes.update(frame.escapes)
    outer.provisional = outer.provisional or frame.provisional
    outer.early = outer.early or frame.early


DEFINITIONS: Final[Mapping[type, Callable[[Machine, Any], list[int] | None]]] = {
    cst.FunctionDef: define_function,
    cst.ClassDef: define_class,
}
