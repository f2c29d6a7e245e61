"""What import statements bind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import libcst as cst

from ci_lint.inference.binding import bound_name
from ci_lint.inference.machine import Machine
from ci_lint.inference.modules import module_attribute, module_named
from ci_lint.inference.names import SPOKEN
from ci_lint.inference.opening import forget_names
from ci_lint.inference.tabled import PACKAGE
from ci_lint.inference.values import UNKNOWN, External, Module, Value
from ci_lint.modules.imports import absolute_name


def dotted(node: cst.BaseExpression | None) -> str:
    """Return a name with dots as text."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        parts.append(node.value)
    return ".".join(reversed(parts))


def import_modules(machine: Machine, node: cst.Import | cst.LazyImport) -> None:
    """``import a``, ``import a.b``, ``import a.b as c``."""
    for alias in node.names:
        name = dotted(alias.name)
        bound = bound_name(alias, from_=False)
        machine.bind(bound, _module(machine, name if alias.asname is not None else name.partition(".")[0]), alias)


def _module(machine: Machine, name: str) -> Value:
    return module_named(machine.around, name)


def import_names(machine: Machine, node: cst.ImportFrom | cst.LazyImportFrom) -> None:
    """``from a import b``, ``from a import b as c``, ``from a import *``."""
    around = machine.around
    base = absolute_name(dotted(node.module), len(node.relative), around.module, around.is_package)
    if isinstance(node.names, cst.ImportStar):
        _import_all(machine, base, node)
        return
    for alias in node.names:
        name = dotted(alias.name)
        value = UNKNOWN if base is None else _from(machine, base, name)
        machine.bind(bound_name(alias, from_=True), value, alias)


def _from(machine: Machine, base: str, name: str) -> Value:
    module = module_named(machine.around, base)
    if isinstance(module, Module):
        return module_attribute(machine.around, module.name, name)
    full = module_named(machine.around, f"{base}.{name}")
    return full if isinstance(module, External) or isinstance(full, Module) else UNKNOWN


def _import_all(machine: Machine, base: str | None, node: cst.CSTNode) -> None:
    """A star binds what is known of the module; what is not known may have bound anything."""
    module = UNKNOWN if base is None else module_named(machine.around, base)
    names = _names_of(machine, module)
    if names is None:
        forget_names(machine)
        return
    for name, value in names.items():
        machine.frame.scope.bound.setdefault(name, 1)
        machine.bind(name, value, node)


def _names_of(machine: Machine, module: Value) -> dict[str, Value] | None:
    around = machine.around
    if isinstance(module, Module) and module.name == PACKAGE:
        return {name: module_attribute(around, PACKAGE, name) for name in sorted(around.table.modules[PACKAGE])}
    if isinstance(module, Module) and module.name in around.summaries:
        names = dict(around.summaries[module.name].names)
        return {name: value for name, value in names.items() if not name.startswith("_")}
    if isinstance(module, External):
        heads = {full: full.removeprefix(f"{module.name}.") for full in SPOKEN if full.startswith(f"{module.name}.")}
        return {name: External(full) for full, name in sorted(heads.items()) if name.isidentifier()}
    return None


IMPORTS: Final[Mapping[type, Callable[[Machine, Any], None]]] = {
    cst.Import: import_modules,
    cst.LazyImport: import_modules,
    cst.ImportFrom: import_names,
    cst.LazyImportFrom: import_names,
}
