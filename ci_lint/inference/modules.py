"""What modules have."""

from __future__ import annotations

from ci_lint.inference.machine import Around
from ci_lint.inference.names import SPOKEN
from ci_lint.inference.tabled import PACKAGE
from ci_lint.inference.values import UNKNOWN, Class, ClassRef, External, Func, Module, Value


def module_named(around: Around, name: str) -> Value:
    """Return the module of an absolute dotted name, or Unknown."""
    first, _, rest = name.partition(".")
    if first == around.package:
        name = f"{PACKAGE}.{rest}" if rest else PACKAGE
        return Module(name) if name in around.table.modules else UNKNOWN
    if _is_known(around, name):
        return Module(name)
    return External(name) if name in SPOKEN else UNKNOWN


def _is_known(around: Around, name: str) -> bool:
    return name in around.summaries or any(each.startswith(f"{name}.") for each in around.summaries)


def module_attribute(around: Around, module: str, name: str) -> Value:
    """Return what a name of a module is bound to."""
    if module == PACKAGE or module.startswith(f"{PACKAGE}."):
        return _of_package(around, module, name)
    summary = around.summaries.get(module)
    if summary is not None:
        found = dict(summary.names).get(name)
        if found is not None:
            return found
    return Module(f"{module}.{name}") if _is_known(around, f"{module}.{name}") else UNKNOWN


def _of_package(around: Around, module: str, name: str) -> Value:
    if name in around.table.modules.get(module, ()):
        if name in around.table.classes:
            return Class(ClassRef(PACKAGE, name))
        return Func(PACKAGE, name) if name in around.table.functions else UNKNOWN
    return Module(f"{module}.{name}") if f"{module}.{name}" in around.table.modules else UNKNOWN
