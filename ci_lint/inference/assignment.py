"""What assignments do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import libcst as cst

from ci_lint.inference.annotations import is_alias, is_bare, prefer
from ci_lint.inference.containers import item_of
from ci_lint.inference.frame import Draft
from ci_lint.inference.join import NOTHING, is_telling, without_origin
from ci_lint.inference.machine import Machine
from ci_lint.inference.narrowing import is_subclass
from ci_lint.inference.opening import open_module
from ci_lint.inference.scopes import ClassInfo, ScopeKind
from ci_lint.inference.values import UNKNOWN, Inst, Maker, Module, Seq, Tuple, Value


def assign(machine: Machine, target: cst.CSTNode, value: Value) -> None:
    """Give a value to what stands on the left."""
    stack: list[tuple[Any, Value]] = [(target, value)]
    while stack:
        node, part = stack.pop()
        if isinstance(node, cst.Name):
            _rebind(machine, node, part)
        elif isinstance(node, cst.Tuple | cst.List):
            parts = _parts(node, part)
            machine.escape(_mixed(part, parts), node)
            stack.extend(reversed(list(zip(_targets(node), parts, strict=True))))
        elif isinstance(node, cst.Attribute):
            _store(machine, node, part)
        elif isinstance(node, cst.Subscript):
            _put(machine, node, part)


def _rebind(machine: Machine, node: cst.Name, value: Value) -> None:
    """Bind a name; what was known of its attributes belonged to its old value."""
    state = machine.frame.state
    if state is not None:
        prefix = f"{node.value}."
        for path in [path for path in state.names if path.startswith(prefix)]:
            del state.names[path]
    machine.bind(node.value, value, node)


def _targets(node: cst.Tuple | cst.List) -> list[cst.CSTNode]:
    return [element.value for element in node.elements]


def _parts(node: cst.Tuple | cst.List, value: Value) -> list[Value]:
    starred = [index for index, element in enumerate(node.elements) if isinstance(element, cst.StarredElement)]
    count = len(node.elements)
    if isinstance(value, Tuple):
        if not starred and len(value.items) == count:
            return list(value.items)
        if len(starred) == 1 and len(value.items) >= count - 1:
            head, tail = starred[0], count - starred[0] - 1
            rest = value.items[head : len(value.items) - tail]
            middle = Seq(without_origin(item_of(Tuple(rest))) if rest else NOTHING, concrete=True)
            return [*value.items[:head], middle, *value.items[len(value.items) - tail :]]
    item = without_origin(item_of(value))
    return [Seq(item, concrete=True) if index in starred else item for index in range(count)]


def _mixed(value: Value, parts: list[Value]) -> Value:
    """Return what is taken apart so that nobody knows any more which object is which."""
    if not isinstance(value, Tuple):
        return value
    left = list(value.items)
    for part in parts:
        if part in left:
            left.remove(part)
    return Tuple(tuple(left))


def _store(machine: Machine, node: cst.Attribute, value: Value) -> None:
    holder = machine.evaluate(node.value)
    name = node.attr.value
    frame = machine.frame
    if isinstance(node.value, cst.Name) and frame.state is not None and isinstance(holder, Inst):
        frame.state.names[f"{node.value.value}.{name}"] = value
        frame.paths = True
    if isinstance(holder, Module):
        open_module(machine)
    own = _own_class(machine, node)
    if own is None:
        machine.escape(value, node)
        return
    lasting = value if own.stored.get(name, 0) == 1 and not frame.context.loops else without_origin(value)
    places = own.attributes.setdefault(name, {})
    machine.news += is_telling(lasting) and places.get(id(node)) != lasting
    places[id(node)] = lasting
    machine.escape(value, node)


def _own_class(machine: Machine, node: cst.Attribute) -> ClassInfo | None:
    """Return the class whose method assigns an attribute of its own instance."""
    function = machine.frame.function
    if function is None or function.cls is None or not isinstance(node.value, cst.Name):
        return None
    params = function.node.params
    first = next(iter((*params.posonly_params, *params.params)), None)
    return function.cls if first is not None and first.name.value == node.value.value else None


def _put(machine: Machine, node: cst.Subscript, value: Value) -> None:
    """Put something into a container; it is not followed there, and the container is not what it was."""
    machine.evaluate(node)
    machine.escape(value, node)
    if isinstance(node.value, cst.Name):
        machine.bind(node.value.value, UNKNOWN, node)


def bound_to_name(machine: Machine, value: cst.BaseExpression, target: cst.CSTNode) -> None:
    """Note that the result of a call goes to a name, which somebody may read or not."""
    draft = machine.frame.drafts.get(id(value))
    if draft is not None and isinstance(target, cst.Name):
        _remember(machine, draft, target.value)


def _remember(machine: Machine, draft: Draft, name: str) -> None:
    scope = machine.frame.scope
    home = scope.declared.get(name, scope)
    if home.kind is ScopeKind.FUNCTION:
        draft.bound = (home, name)


def plain(machine: Machine, node: cst.Assign) -> None:
    """``a = b = value``."""
    value = _unpacked(machine, node) or machine.evaluate(node.value)
    if isinstance(value, Tuple) and isinstance(node.value, cst.Call | cst.Await):
        value = _told_apart(machine, node.targets[0].target, value)
    for each in node.targets:
        assign(machine, each.target, value)
    if len(node.targets) == 1:
        bound_to_name(machine, node.value, node.targets[0].target)


def _unpacked(machine: Machine, node: cst.Assign) -> Value | None:
    """Return the items of a list that is taken apart where it stands: ``[a, b] = [1, 2]``."""
    if not isinstance(node.value, cst.List) or not isinstance(node.targets[0].target, cst.List | cst.Tuple):
        return None
    if any(isinstance(element, cst.StarredElement) for element in node.value.elements):
        return None
    return Tuple(tuple([machine.evaluate(element.value) for element in node.value.elements]))


def _told_apart(machine: Machine, target: cst.BaseExpression, value: Tuple) -> Value:
    """Return the items that a call gave as objects of their own, as the one object is that a call gives."""
    if not isinstance(target, cst.List | cst.Tuple) or len(target.elements) != len(value.items):
        return value
    named = [element.value for element in target.elements]
    return Tuple(
        tuple(
            [
                Inst(item.cls, machine.site(name, None, "", None))
                if isinstance(item, Inst) and item.origin is None and isinstance(name, cst.Name)
                else item
                for name, item in zip(named, value.items, strict=True)
            ]
        )
    )


def annotated(machine: Machine, node: cst.AnnAssign) -> None:
    """``a: T = value``, or ``a: T`` alone."""
    annotation = node.annotation.annotation
    bare = is_bare(machine, annotation)
    declared = UNKNOWN if bare else machine.annotation(annotation)
    _declare_field(machine, node.target, declared)
    if node.value is None:
        if isinstance(node.target, cst.Name):
            machine.bind(node.target.value, declared, node.target)
        return
    value = machine.evaluate(node.value)
    if bare and isinstance(node.value, cst.SimpleString) and is_alias(machine, annotation):
        value = Maker(machine.annotation(node.value))
    if not bare:
        value = prefer(declared, value, lambda one, other: is_subclass(machine, one, [other]))
    assign(machine, node.target, value)
    bound_to_name(machine, node.value, node.target)


def _declare_field(machine: Machine, target: cst.BaseExpression, declared: Value) -> None:
    frame = machine.frame
    if frame.scope.kind is ScopeKind.CLASS and frame.cls is not None and isinstance(target, cst.Name):
        frame.cls.declared[target.value] = without_origin(declared)


def augmented(machine: Machine, node: cst.AugAssign) -> None:
    """``a += value``: whatever it was, it is not known any more."""
    value = machine.evaluate(node.value)
    machine.escape(value, node)
    machine.escape(machine.evaluate(node.target), node)
    assign(machine, node.target, UNKNOWN)


def delete(machine: Machine, node: cst.Del) -> None:
    """``del a``: the name is not known any more."""
    machine.evaluate(node.target)
    assign(machine, node.target, UNKNOWN)


def alias(machine: Machine, node: cst.TypeAlias) -> None:
    """``type D = ci.DAG``."""
    machine.bind(node.name.value, Maker(machine.annotation(node.value)), node.name)


ASSIGNMENTS: Final[Mapping[type, Callable[[Machine, Any], None]]] = {
    cst.Assign: plain,
    cst.AnnAssign: annotated,
    cst.AugAssign: augmented,
    cst.Del: delete,
    cst.TypeAlias: alias,
}
