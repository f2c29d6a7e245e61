"""What a module hands to those that import it."""

from __future__ import annotations

from collections.abc import Iterator

from ci_lint.inference.classes import bases_of
from ci_lint.inference.functions import summarise
from ci_lint.inference.join import NOTHING, join_all, members, without_origin
from ci_lint.inference.machine import Machine
from ci_lint.inference.scopes import ClassInfo, FunctionInfo, Wrap
from ci_lint.inference.tabled import PACKAGE
from ci_lint.inference.values import (
    ACM,
    CM,
    UNKNOWN,
    Await,
    Class,
    ClassRef,
    Func,
    Inst,
    Maker,
    Map,
    Module,
    Seq,
    Str,
    Tuple,
    Union,
    Value,
)
from ci_lint.modules.summary import ClassSummary, FunctionSummary, Summary


def export(machine: Machine) -> Summary:
    """Return what is worth knowing of a module; constants of text count only beside objects of `ci`."""
    return _Export(machine).run()


class _Export:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._module = machine.around.module
        self._functions: dict[str, FunctionSummary] = {}
        self._classes: dict[str, ClassSummary] = {}
        self._speaking: dict[str, bool] = {}
        self._needs: set[str] = set()

    def run(self) -> Summary:
        scope = self._machine.bindings.module
        if scope.open:
            return Summary(self._module)
        values = {name: without_origin(scope.joined(name)) for name in sorted(scope.values)}
        names = {name: value for name, value in values.items() if self._speaks(value)}
        if not names:
            return Summary(self._module)
        names |= {name: value for name, value in values.items() if isinstance(value, Str)}
        for value in names.values():
            self._note(value)
        return Summary(
            self._module,
            tuple(sorted(names.items())),
            tuple([self._functions[name] for name in sorted(self._functions)]),
            tuple([self._classes[name] for name in sorted(self._classes)]),
            tuple(sorted(self._needs - {self._module, PACKAGE})),
        )

    def _speaks(self, value: Value) -> bool:
        """Return whether a value has to do with `ci`."""
        if isinstance(value, Module):
            return value.name == PACKAGE
        return any(self._speaks_of(module, name) for module, name in _refs(value))

    def _speaks_of(self, module: str, name: str) -> bool:
        if module != self._module:
            return True
        if name not in self._speaking:
            self._speaking[name] = False
            self._speaking[name] = self._worth(name)
        return self._speaking[name]

    def _worth(self, name: str) -> bool:
        bindings = self._machine.bindings
        function, cls = bindings.functions_named.get(name), bindings.classes_named.get(name)
        if function is not None:
            return self._speaks(summarise(self._machine, function))
        if cls is None:
            return False
        bases = bases_of(self._machine, ClassRef(self._module, name))
        if any(base is not None and self._speaks_of(base.module, base.name) for base in bases):
            return True
        if any(self._speaks(value) for value in self._attributes(cls).values()):
            return True
        return any(self._speaks(summarise(self._machine, method)) for method in cls.methods.values())

    def _note(self, value: Value) -> None:
        """Describe the functions and classes that a value speaks of."""
        for module, name in _refs(value):
            if module != self._module:
                self._needs.add(module)
            elif name in self._machine.bindings.functions_named:
                self._note_function(self._machine.bindings.functions_named[name])
            elif name in self._machine.bindings.classes_named and name not in self._classes:
                self._note_class(self._machine.bindings.classes_named[name])

    def _note_function(self, info: FunctionInfo) -> None:
        if info.scope.name not in self._functions:
            summary = self._functions[info.scope.name] = self._function(info, info.scope.name)
            self._note(summary.result)

    def _function(self, info: FunctionInfo, name: str) -> FunctionSummary:
        params = info.node.params
        names = tuple([each.name.value for each in (*params.posonly_params, *params.params)])
        result = summarise(self._machine, info)
        return FunctionSummary(name, UNKNOWN if result == NOTHING else result, info.identity, names)

    def _note_class(self, info: ClassInfo) -> None:
        name = info.scope.name
        self._classes[name] = ClassSummary(name)
        attributes = self._attributes(info)
        methods = {each: method for each, method in info.methods.items() if self._is_method(info, each)}
        bases = bases_of(self._machine, ClassRef(self._module, name))
        described = tuple([self._function(method, each) for each, method in sorted(methods.items())])
        self._classes[name] = ClassSummary(
            name,
            bases,
            tuple(sorted((key, value) for key, value in attributes.items() if key not in methods)),
            described,
            tuple(sorted(each for each, method in methods.items() if method.wrap is Wrap.PROPERTY)),
            tuple(sorted(each for each, method in methods.items() if method.wrap is Wrap.STATIC)),
        )
        for value in [*attributes.values(), *(each.result for each in described)]:
            self._note(value)
        for base in bases:
            if base is not None:
                self._note(Class(base))

    def _is_method(self, info: ClassInfo, name: str) -> bool:
        """Return whether a function of a class still is that function after its decorators."""
        return isinstance(info.scope.joined(name), Func)

    def _attributes(self, info: ClassInfo) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name in sorted({*info.scope.values, *info.attributes, *info.declared}):
            if name in info.declared:
                found[name] = info.declared[name]
                continue
            own = info.scope.values.get(name, {})
            value = join_all([*own.values(), *info.attributes.get(name, {}).values()])
            found[name] = UNKNOWN if value == NOTHING else without_origin(value)
        return found


def _refs(value: Value) -> Iterator[tuple[str, str]]:
    """Yield the classes and functions that a value names, module first."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, Inst | Class):
            yield each.cls.module, each.cls.name
        elif isinstance(each, Func):
            yield each.module, each.name
        elif isinstance(each, Await | CM | ACM | Maker):
            stack.append(each.value)
        elif isinstance(each, Seq | Map):
            stack.append(each.item)
        elif isinstance(each, Tuple):
            stack.extend(each.items)
        elif isinstance(each, Union):
            stack.extend(members(each))
