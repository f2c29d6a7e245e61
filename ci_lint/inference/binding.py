"""Finds the scopes of a module and the names that each binds, from its statements alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import libcst as cst

from ci_lint.inference.names import GROWING
from ci_lint.inference.scopes import ClassInfo, FunctionInfo, Scope, ScopeKind
from ci_lint.reading.tree import parts


@dataclass(slots=True, eq=False)
class Bindings:
    """The scopes of a module.

    Attributes:
        module: The scope of the module.
        functions: Every function by the identity of its definition, outer ones first.
        classes: Every class by the identity of its definition, outer ones first.
        functions_named: The same by qualified name.
        classes_named: The same by qualified name.
        overwritten: Attributes that are assigned on something else than the first parameter of a method.
        blocks: Every ``with`` and ``try`` statement.
    """

    module: Scope
    functions: dict[int, FunctionInfo] = field(default_factory=dict)
    classes: dict[int, ClassInfo] = field(default_factory=dict)
    functions_named: dict[str, FunctionInfo] = field(default_factory=dict)
    classes_named: dict[str, ClassInfo] = field(default_factory=dict)
    overwritten: set[str] = field(default_factory=set)
    blocks: list[cst.With | cst.Try] = field(default_factory=list)


def find_bindings(module: cst.Module, text: str) -> Bindings:
    """Return the scopes of a module.

    Args:
        module: Its tree.
        text: Its code, which tells whether there is anything to be looked for inside of expressions and functions.
    """
    return _Finder(walrus=":=" in text, declares="global " in text or "nonlocal " in text).run(module)


@dataclass(slots=True)
class _Place:
    """Where statements stand."""

    scope: Scope
    function: FunctionInfo | None
    cls: ClassInfo | None


class _Finder:
    def __init__(self, *, walrus: bool, declares: bool) -> None:
        self._walrus = walrus
        self._declares = declares
        self._names: dict[str, int] = {}
        self._found = Bindings(Scope(ScopeKind.MODULE, None, ""))
        self._todo: list[tuple[cst.CSTNode, _Place]] = []
        self._late: list[tuple[cst.FunctionDef, _Place]] = []
        self._growing: list[tuple[Scope, str]] = []

    def run(self, module: cst.Module) -> Bindings:
        """Walk the statements, without recursion; bodies of functions wait until ``global`` and the like are known."""
        place = _Place(self._found.module, None, None)
        self._push(module.body, place)
        self._drain()
        for scope, grown in self._growing:
            home = scope.home(grown)
            if home is not None and home is not scope:
                home.grown.add(grown)
        return self._found

    def _drain(self) -> None:
        while self._todo or self._late:
            if not self._todo:
                self._open(*self._late.pop(0))
                continue
            node, place = self._todo.pop()
            handle = _HANDLERS.get(type(node))
            if handle is not None:
                handle(self, node, place)

    def _push(self, nodes: Iterable[cst.CSTNode], place: _Place) -> None:
        self._todo.extend([(node, place) for node in reversed(list(nodes))])

    def line(self, node: cst.SimpleStatementLine | cst.SimpleStatementSuite, place: _Place) -> None:
        """Look at the small statements of a line."""
        for small in node.body:
            if self._walrus:
                self._walruses(small, place)
            handle = _SMALL.get(type(small))
            if handle is not None:
                handle(self, small, place)

    def block(self, node: Any, place: _Place) -> None:
        """Look at a statement that holds others, and binds at most its targets."""
        for target in _targets(node):
            self.target(target, place)
        if self._walrus:
            for header in _headers(node):
                self._walruses(header, place)
        self._push(_inside(node), place)

    def guarded(self, node: cst.With | cst.Try, place: _Place) -> None:
        """Look at a statement that does something if its block goes wrong."""
        self._found.blocks.append(node)
        self.block(node, place)

    def function(self, node: cst.FunctionDef, place: _Place) -> None:
        """Bind a function and make its scope; its body is looked at later."""
        name = node.name.value
        place.scope.bind(name)
        scope = Scope(ScopeKind.FUNCTION, place.scope, self._qualified(place.scope, name))
        cls = place.cls if place.scope.kind is ScopeKind.CLASS else None
        info = FunctionInfo(node, scope, cls)
        self._found.functions[id(node)] = self._found.functions_named[scope.name] = info
        if cls is not None:
            cls.methods[name] = info
        self._late.append((node, _Place(scope, info, None)))

    def _open(self, node: cst.FunctionDef, place: _Place) -> None:
        for parameter in parameters_of(node.params):
            place.scope.bind(parameter.name.value)
        if node.type_parameters is not None:
            for each in node.type_parameters.params:
                place.scope.bind(each.param.name.value)
        if self._declares:
            for statement in _declarations(node):
                self._declare(statement, place)
        self._push([node.body], place)

    def cls(self, node: cst.ClassDef, place: _Place) -> None:
        """Bind a class and look at its body."""
        name = node.name.value
        place.scope.bind(name)
        scope = Scope(ScopeKind.CLASS, place.scope, self._qualified(place.scope, name))
        info = ClassInfo(node, scope)
        self._found.classes[id(node)] = self._found.classes_named[scope.name] = info
        if node.type_parameters is not None:
            for each in node.type_parameters.params:
                scope.bind(each.param.name.value)
        self._push([node.body], _Place(scope, place.function, info))

    def target(self, target: cst.CSTNode, place: _Place) -> None:
        """Bind what stands on the left of an assignment."""
        stack: list[cst.CSTNode] = [target]
        while stack:
            node = stack.pop()
            if isinstance(node, cst.Name):
                place.scope.bind(node.value)
            elif isinstance(node, cst.Tuple | cst.List):
                stack.extend(element.value for element in reversed(node.elements))
            elif isinstance(node, cst.StarredElement):
                stack.append(node.value)
            elif isinstance(node, cst.Attribute) and not _store(node, place):
                self._found.overwritten.add(node.attr.value)

    def assign(self, node: cst.Assign, place: _Place) -> None:
        """Bind the targets of an assignment."""
        for each in node.targets:
            self.target(each.target, place)

    def annotated(self, node: cst.AnnAssign, place: _Place) -> None:
        """Bind the target of an annotated assignment, or only declare it."""
        self.target(node.target, place)
        if place.cls is not None and place.scope.kind is ScopeKind.CLASS and isinstance(node.target, cst.Name):
            place.cls.fields[node.target.value] = node.annotation

    def augmented(self, node: cst.AugAssign, place: _Place) -> None:
        """Bind the target of an augmented assignment."""
        self.target(node.target, place)

    def delete(self, node: cst.Del, place: _Place) -> None:
        """Count a deletion as a binding: the name means something else afterwards."""
        self.target(node.target, place)

    def alias(self, node: cst.TypeAlias, place: _Place) -> None:
        """Bind the name of a ``type`` statement."""
        place.scope.bind(node.name.value)

    def imported(self, node: Any, place: _Place) -> None:
        """Bind what an import statement binds; a star binds nothing that could be counted."""
        if isinstance(node.names, cst.ImportStar):
            return
        for alias in node.names:
            place.scope.bind(bound_name(alias, from_=hasattr(node, "module")))

    def expression(self, node: cst.Expr, place: _Place) -> None:
        """Note what is put into a list or dictionary."""
        call = node.value
        if type(call) is cst.Call and type(call.func) is cst.Attribute and call.func.attr.value in GROWING:
            holder = call.func.value
            if type(holder) is cst.Name:
                self._growing.append((place.scope, holder.value))

    def _declare(self, node: cst.Global | cst.Nonlocal, place: _Place) -> None:
        for item in node.names:
            name = item.name.value
            home = _declared_home(name, node, place.scope)
            if home is None or place.function is None:
                continue
            place.scope.declared[name] = home
            home.outside.setdefault(name, []).append(place.function)
            home.bound.setdefault(name, 0)

    def _walruses(self, node: cst.CSTNode, place: _Place) -> None:
        stack: list[cst.CSTNode] = [node]
        while stack:
            each = stack.pop()
            if type(each) is cst.NamedExpr:
                self.target(each.target, place)
            stack.extend(parts(each))

    def _qualified(self, scope: Scope, name: str) -> str:
        full = f"{scope.name}.{name}" if scope.name else name
        count = self._names[full] = self._names.get(full, 0) + 1
        return full if count == 1 else f"{full}#{count}"


def bound_name(alias: cst.ImportAlias, *, from_: bool) -> str:
    """Return the name that an import binds: of ``import a.b`` the first part."""
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    node: cst.BaseExpression = alias.name
    while not from_ and isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


def parameters_of(params: cst.Parameters) -> Iterator[cst.Param]:
    """Yield all parameters in the order of the signature."""
    yield from params.posonly_params
    yield from params.params
    if isinstance(params.star_arg, cst.Param):
        yield params.star_arg
    yield from params.kwonly_params
    if params.star_kwarg is not None:
        yield params.star_kwarg


def _declarations(node: cst.FunctionDef) -> Iterator[cst.Global | cst.Nonlocal]:
    """Yield the ``global`` and ``nonlocal`` statements of a function: they hold for all of its body."""
    stack: list[cst.CSTNode] = [node.body]
    while stack:
        each = stack.pop()
        if isinstance(each, cst.Global | cst.Nonlocal):
            yield each
        elif isinstance(each, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            stack.extend(each.body)
        elif not isinstance(each, cst.FunctionDef | cst.ClassDef):
            stack.extend(_inside(each))


def _declared_home(name: str, node: cst.Global | cst.Nonlocal, scope: Scope) -> Scope | None:
    if isinstance(node, cst.Global):
        return scope.module
    outer = scope.parent
    while outer is not None and not (outer.kind is ScopeKind.FUNCTION and name in outer.bound):
        outer = outer.parent
    return outer


def _store(node: cst.Attribute, place: _Place) -> bool:
    """Note that a method assigns an attribute of its first parameter; return whether it does."""
    info = place.function
    if info is None or info.cls is None or not isinstance(node.value, cst.Name):
        return False
    first = next(parameters_of(info.node.params), None)
    if first is None or first.name.value != node.value.value:
        return False
    name = node.attr.value
    info.cls.stores.setdefault(name, []).append(info)
    info.cls.stored[name] = info.cls.stored.get(name, 0) + 1
    return True


def _targets(node: Any) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.For):
        yield node.target
    elif isinstance(node, cst.With):
        yield from (item.asname.name for item in node.items if item.asname is not None)
    elif isinstance(node, cst.ExceptHandler | cst.ExceptStarHandler) and node.name is not None:
        yield node.name.name
    elif isinstance(node, cst.MatchCase):
        yield from captures(node.pattern)


def captures(pattern: cst.CSTNode) -> Iterator[cst.Name]:
    """Yield the names that a pattern of a ``match`` statement binds."""
    stack: list[cst.CSTNode] = [pattern]
    while stack:
        each = stack.pop()
        if isinstance(each, cst.MatchAs | cst.MatchStar) and each.name is not None:
            yield each.name
        elif isinstance(each, cst.MatchMapping) and each.rest is not None:
            yield each.rest
        stack.extend(child for child in each.children if not isinstance(child, cst.BaseExpression))


_INSIDE: Final[Mapping[type, tuple[str, ...]]] = {
    cst.If: ("body", "orelse"),
    cst.For: ("body", "orelse"),
    cst.While: ("body", "orelse"),
    cst.Try: ("body", "handlers", "orelse", "finalbody"),
    cst.TryStar: ("body", "handlers", "orelse", "finalbody"),
    cst.Match: ("cases",),
}
"""Where statements with several blocks have them; the others have a body."""


def _inside(node: Any) -> list[cst.CSTNode]:
    """Return the statements and clauses in a compound statement, in order."""
    found: list[cst.CSTNode] = []
    for name in _INSIDE.get(type(node), ("body",)):
        child = getattr(node, name, None)
        if isinstance(child, list | tuple):
            found.extend(child)
        elif child is not None:
            found.append(child)
    return found


def _headers(node: Any) -> list[cst.CSTNode]:
    names = ("test", "iter", "subject", "guard", "items")
    found: list[cst.CSTNode] = []
    for name in names:
        child = getattr(node, name, None)
        if isinstance(child, cst.CSTNode):
            found.append(child)
        elif isinstance(child, list | tuple):
            found.extend(item.item for item in child)
    return found


_Handler = Callable[[_Finder, Any, _Place], None]

_COMPOUND: Final = (
    *(cst.IndentedBlock, cst.If, cst.Else, cst.For, cst.While, cst.TryStar, cst.Finally),
    *(cst.ExceptHandler, cst.ExceptStarHandler, cst.Match, cst.MatchCase),
)
_HANDLERS: Final[Mapping[type, _Handler]] = {
    **dict.fromkeys(_COMPOUND, _Finder.block),
    **dict.fromkeys((cst.With, cst.Try), _Finder.guarded),
    cst.SimpleStatementLine: _Finder.line,
    cst.SimpleStatementSuite: _Finder.line,
    cst.FunctionDef: _Finder.function,
    cst.ClassDef: _Finder.cls,
}
_SMALL: Final[Mapping[type, _Handler]] = {
    cst.Assign: _Finder.assign,
    cst.Expr: _Finder.expression,
    cst.AnnAssign: _Finder.annotated,
    cst.AugAssign: _Finder.augmented,
    cst.Del: _Finder.delete,
    cst.TypeAlias: _Finder.alias,
    cst.Import: _Finder.imported,
    cst.ImportFrom: _Finder.imported,
    cst.LazyImport: _Finder.imported,
    cst.LazyImportFrom: _Finder.imported,
}
