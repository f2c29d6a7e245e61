"""What an attribute of a value is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import libcst as cst

from ci_lint.inference import containers
from ci_lint.inference.classes import class_attribute, instance_attribute, super_attribute
from ci_lint.inference.join import NOTHING, without_texts
from ci_lint.inference.machine import Machine
from ci_lint.inference.modules import module_attribute
from ci_lint.inference.names import SPOKEN
from ci_lint.inference.site import Site
from ci_lint.inference.values import (
    UNKNOWN,
    Class,
    External,
    Inst,
    Map,
    Module,
    NoneValue,
    Seq,
    Str,
    Super,
    Text,
    Tuple,
    Value,
)


def attribute_of(machine: Machine, value: Value, name: str, node: cst.CSTNode) -> Value:
    """Return what an attribute of a value is; of None it is nothing, because using it fails."""
    look = _LOOKS.get(type(value))
    return UNKNOWN if look is None else look(machine, value, name, node)


def _of_instance(machine: Machine, value: Inst, name: str, node: cst.CSTNode) -> Value:
    found = instance_attribute(machine, value, name)
    if isinstance(found, Inst) and found.origin is None and _makes(value, found):
        return Inst(found.cls, _derived(machine, value, name, node))
    return found


def _makes(value: Inst, found: Inst) -> bool:
    """Return whether an attribute makes an object that belongs to what it is read from."""
    return value.cls.module == "ci" and found.cls.module == "ci" and value.origin is not None


def _derived(machine: Machine, value: Inst, name: str, node: cst.CSTNode) -> Site:
    assert value.origin is not None
    return machine.site(node, value.origin, name, value.origin.id)


def _of_class(machine: Machine, value: Class, name: str, node: cst.CSTNode) -> Value:
    found = class_attribute(machine, value, name)
    holder = node.value if isinstance(node, cst.Attribute) else None
    said = holder.attr if isinstance(holder, cst.Attribute) else holder
    is_named = isinstance(said, cst.Name) and said.value == value.cls.name.rpartition(".")[2]
    return found if is_named else without_texts(found)  # `cls` may be a subclass


def _of_super(machine: Machine, value: Super, name: str, node: cst.CSTNode) -> Value:
    return super_attribute(machine, value.cls, value.receiver, name)


def _of_module(machine: Machine, value: Module, name: str, node: cst.CSTNode) -> Value:
    return module_attribute(machine.around, value.name, name)


def _of_external(machine: Machine, value: External, name: str, node: cst.CSTNode) -> Value:
    full = f"{value.name}.{name}"
    return External(full) if full in SPOKEN else UNKNOWN


def _of_container(machine: Machine, value: Any, name: str, node: cst.CSTNode) -> Value:
    return containers.attribute(value, name)


def _of_none(machine: Machine, value: NoneValue, name: str, node: cst.CSTNode) -> Value:
    return NOTHING


_LOOKS: Final[Mapping[type, Callable[[Machine, Any, str, cst.CSTNode], Value]]] = {
    Inst: _of_instance,
    Class: _of_class,
    Super: _of_super,
    Module: _of_module,
    External: _of_external,
    NoneValue: _of_none,
    Seq: _of_container,
    Tuple: _of_container,
    Map: _of_container,
    Str: _of_container,
    Text: _of_container,
}
