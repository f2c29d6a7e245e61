"""Scopes, functions and classes of a module."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import libcst as cst

from ci_lint.inference.join import NOTHING, join_all
from ci_lint.inference.values import UNKNOWN, Value


class ScopeKind(enum.Enum):
    """What opens a scope. Comprehensions and lambdas share the scope around them here; their names hide others."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"


@dataclass(slots=True, eq=False)
class Scope:
    """A stretch of code with names of its own.

    Attributes:
        kind: What opened it.
        parent: The scope around it; None for a module.
        name: Its qualified name; empty for a module.
        bound: How often each of its names is bound, by whatever code.
        outside: Functions that bind a name of this scope with ``global`` or ``nonlocal``, by name.
        declared: Names of other scopes that code in here binds, and where they live.
        values: What each name was bound to so far, by the identity of the place.
        read: Names that any code reads.
        shared: Names that code of other scopes reads.
        lost: Values of names of which other scopes cannot know which object they are.
        grown: Names of lists and dictionaries that code of other scopes puts something into.
        open: Whether names may be bound unseen, such as by ``exec``: nothing is known of them.
        finished: Whether all its code has been looked at.
    """

    kind: ScopeKind
    parent: Scope | None
    name: str
    bound: dict[str, int] = field(default_factory=dict)
    outside: dict[str, list[FunctionInfo]] = field(default_factory=dict)
    declared: dict[str, Scope] = field(default_factory=dict)
    values: dict[str, dict[int, Value]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    lost: dict[str, list[Value]] = field(default_factory=dict)
    grown: set[str] = field(default_factory=set)
    open: bool = False
    finished: bool = False

    @property
    def module(self) -> Scope:
        """The scope of the module."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def home(self, name: str) -> Scope | None:
        """Return the scope that a name lives in when code of this scope uses it; None if it is a builtin."""
        scope: Scope | None = self
        if name in self.declared:
            return self.declared[name]
        while scope is not None:
            if name in scope.bound and (scope is self or scope.kind is not ScopeKind.CLASS):
                return scope
            scope = scope.parent
        return None

    def joined(self, name: str) -> Value:
        """Return what a name was bound to so far, whatever the order."""
        places = self.values.get(name)
        if not places:
            return UNKNOWN
        return next(iter(places.values())) if len(places) == 1 else join_all(places.values())

    def bind(self, name: str) -> None:
        """Count a binding."""
        home = self.declared.get(name, self)
        home.bound[name] = home.bound.get(name, 0) + 1


class Progress(enum.Enum):
    """How far a function has been looked at."""

    NEW = "new"
    RUNNING = "running"
    PROVISIONAL = "provisional"
    DONE = "done"


class Wrap(enum.Enum):
    """What decorators make of a function, as far as inference understands them."""

    PLAIN = "plain"
    PROPERTY = "property"
    STATIC = "static"
    CLASS = "class"
    MANAGER = "manager"


@dataclass(slots=True, eq=False)
class FunctionInfo:
    """A function of the module.

    Attributes:
        node: Its definition.
        scope: The scope of its body.
        cls: The class whose body it is defined in; None for a plain function.
        progress: How far it has been looked at.
        wrap: What its decorators make of it.
        result: What a call gives, as far as it is known; of a coroutine what awaiting it gives.
        yielded: What it yields; `NOTHING` if it yields nothing.
        yields: Whether it is a generator.
        identity: The position of the parameter that it returns unchanged.
        recursive: Whether its result was asked for while it was being worked out.
        early: Whether it was looked at before everything around it.
        news: How much was known when it was looked at last; see `Machine.news`.
    """

    node: cst.FunctionDef
    scope: Scope
    cls: ClassInfo | None
    progress: Progress = Progress.NEW
    wrap: Wrap = Wrap.PLAIN
    result: Value = NOTHING
    yielded: Value = NOTHING
    yields: bool = False
    identity: int | None = None
    recursive: bool = False
    early: bool = False
    news: int = 0

    @property
    def asynchronous(self) -> bool:
        """Whether it is an ``async def``."""
        return self.node.asynchronous is not None


@dataclass(slots=True, eq=False)
class ClassInfo:
    """A class of the module.

    Attributes:
        node: Its definition.
        scope: The scope of its body.
        bases: The values of its bases, once its definition has been looked at; None before.
        methods: Functions of its body by name, the last one of each name.
        stores: Methods that assign an attribute of their first parameter, by attribute.
        attributes: What was assigned to attributes of instances so far, by the identity of the place.
        declared: What the annotations of its body say.
        stored: How many assignments each attribute has.
        fields: Names that its body annotates, in order: fields if it is a dataclass.
        known: Whether all its decorators are understood.
    """

    node: cst.ClassDef
    scope: Scope
    bases: tuple[Value, ...] | None = None
    methods: dict[str, FunctionInfo] = field(default_factory=dict)
    stores: dict[str, list[FunctionInfo]] = field(default_factory=dict)
    attributes: dict[str, dict[int, Value]] = field(default_factory=dict)
    declared: dict[str, Value] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    fields: dict[str, cst.Annotation] = field(default_factory=dict)
    known: bool = True
