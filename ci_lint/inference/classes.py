"""Attributes of instances and classes, along the order of resolution."""

from __future__ import annotations

import libcst as cst

from ci_lint.inference.inheritance import linearize
from ci_lint.inference.join import NOTHING, join, join_all, without_origin, without_texts
from ci_lint.inference.machine import Machine
from ci_lint.inference.scopes import ClassInfo, FunctionInfo, Progress, Wrap
from ci_lint.inference.tabled import PACKAGE, read
from ci_lint.inference.values import NONE, UNKNOWN, Class, ClassRef, Func, Inst, Method, Value
from ci_lint.modules.summary import ClassSummary


def order_of(machine: Machine, ref: ClassRef) -> tuple[ClassRef | None, ...]:
    """Return a class and its bases in order of resolution; None stands for whatever an unknown base has."""
    return linearize(ref, lambda each: bases_of(machine, each))


def bases_of(machine: Machine, ref: ClassRef) -> tuple[ClassRef | None, ...]:
    """Return the direct bases of a class; None stands for an unknown one."""
    if ref.module == PACKAGE:
        entry = machine.around.table.classes.get(ref.name)
        return (None,) if entry is None else tuple([ClassRef(PACKAGE, each) for each in entry.ancestors[1:]])
    info = local_class(machine, ref)
    if info is not None:
        return _local_bases(machine, info)
    summary = summary_of_class(machine, ref)
    return (None,) if summary is None else summary.bases


def _local_bases(machine: Machine, info: ClassInfo) -> tuple[ClassRef | None, ...]:
    if info.bases is None:
        machine.too_early()
    if info.bases is None or not info.known:
        return (None,)
    return tuple([base.cls if isinstance(base, Class) else None for base in info.bases])


def local_class(machine: Machine, ref: ClassRef) -> ClassInfo | None:
    """Return a class of this module."""
    return machine.bindings.classes_named.get(ref.name) if ref.module == machine.around.module else None


def local_function(machine: Machine, func: Func) -> FunctionInfo | None:
    """Return a function of this module."""
    return machine.bindings.functions_named.get(func.name) if func.module == machine.around.module else None


def summary_of_class(machine: Machine, ref: ClassRef) -> ClassSummary | None:
    """Return what another module says of a class."""
    summary = machine.around.summaries.get(ref.module)
    return next((each for each in summary.classes if each.name == ref.name), None) if summary is not None else None


def instance_attribute(machine: Machine, inst: Inst, name: str) -> Value:
    """Return what an attribute of an instance is; only one's own `self` is certain to be the same object each time."""
    inherited = inst.cls.module == PACKAGE  # the table has it with the class itself
    value = _search(machine, (inst.cls,) if inherited else order_of(machine, inst.cls), inst, name)
    if isinstance(value, Method):
        return value
    own = inst.origin is not None and isinstance(inst.origin.node, cst.Param)
    return without_texts(value if own else without_origin(value))


def class_attribute(machine: Machine, cls: Class, name: str) -> Value:
    """Return what an attribute of a class is."""
    return _search(machine, order_of(machine, cls.cls), cls, name)


def super_attribute(machine: Machine, cls: ClassRef, receiver: Inst | Class, name: str) -> Value:
    """Return what an attribute of ``super()`` is: what the class after `cls` has."""
    order = order_of(machine, receiver.cls)
    if None in order or cls not in order:
        return UNKNOWN
    return _search(machine, order[order.index(cls) + 1 :], receiver, name)


def _search(machine: Machine, order: tuple[ClassRef | None, ...], receiver: Inst | Class, name: str) -> Value:
    for ref in order:
        if ref is None:
            return UNKNOWN
        found = _own(machine, ref, receiver, name)
        if found is not None:
            return found
    return UNKNOWN


def _own(machine: Machine, ref: ClassRef, receiver: Inst | Class, name: str) -> Value | None:
    """Return what a class itself says of an attribute; None if nothing."""
    if ref.module == PACKAGE:
        return _of_table(machine, ref, receiver, name)
    info = local_class(machine, ref)
    if info is not None:
        return _of_local(machine, ref, info, receiver, name)
    summary = summary_of_class(machine, ref)
    return UNKNOWN if summary is None else _of_summary(ref, summary, receiver, name)


def _of_table(machine: Machine, ref: ClassRef, receiver: Inst | Class, name: str) -> Value | None:
    entry = machine.around.table.classes.get(ref.name)
    if entry is None:
        return UNKNOWN
    if name in entry.methods:
        return Method(receiver, ref, name) if isinstance(receiver, Inst) else UNKNOWN
    kind = entry.attributes.get(name)
    return None if kind is None else read(kind, receiver)


def _of_summary(ref: ClassRef, summary: ClassSummary, receiver: Inst | Class, name: str) -> Value | None:
    for method in summary.methods:
        if method.name == name:
            if name in summary.properties:
                return method.result if isinstance(receiver, Inst) else UNKNOWN
            if name in summary.statics:
                return Func(ref.module, f"{ref.name}.{name}")
            return Method(receiver, ref, name)
    return dict(summary.attributes).get(name)


def _of_local(machine: Machine, ref: ClassRef, info: ClassInfo, receiver: Inst | Class, name: str) -> Value | None:
    declared = info.fields.get(name)
    if declared is not None:
        return _declared(machine, info, name)
    stored = name in info.stores
    if name in machine.bindings.overwritten:
        return UNKNOWN
    if name not in info.scope.bound:
        return _stored(machine, info, name) if stored else None
    value = info.scope.joined(name)
    if not info.scope.finished:
        machine.too_early()
        value = UNKNOWN
    if value == NONE and not stored:
        return UNKNOWN  # a place that somebody else fills
    if stored:
        return join(without_origin(value), _stored(machine, info, name))
    return _bound(machine, ref, value, receiver, name)


def _declared(machine: Machine, info: ClassInfo, name: str) -> Value:
    value = info.declared.get(name)
    if value is None:
        machine.too_early()
        return UNKNOWN
    return value


def _stored(machine: Machine, info: ClassInfo, name: str) -> Value:
    """Return what methods assign to an attribute of ``self``; all of them are looked at."""
    for method in info.stores[name]:
        machine.parts.look_into(machine, method)
        if method.progress is not Progress.DONE:
            machine.frame.provisional = True
        if method.progress in {Progress.NEW, Progress.RUNNING} and info.stored[name] > 1:
            return UNKNOWN
    value = join_all(info.attributes.get(name, {}).values())
    return value if value not in (NOTHING, NONE) else UNKNOWN


def _bound(machine: Machine, ref: ClassRef, value: Value, receiver: Inst | Class, name: str) -> Value:
    """Return a function of a class as it is found on an instance."""
    info = local_function(machine, value) if isinstance(value, Func) else None
    if info is None or info.cls is None:
        return without_origin(value)
    if info.wrap is Wrap.PROPERTY:
        return machine.parts.summarise(machine, info) if isinstance(receiver, Inst) else UNKNOWN
    if info.wrap is Wrap.STATIC:
        return value
    if info.wrap is Wrap.CLASS:
        return Method(Class(receiver.cls), ref, name)
    return Method(receiver, ref, name) if isinstance(receiver, Inst) else value
