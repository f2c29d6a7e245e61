"""The walk over expressions, and what all its parts share.

Expressions are evaluated with a stack of their own, so that no nesting meets Python's recursion limit. How a node is
taken apart and put together stands in tables, one entry for each class of nodes; see `ci_lint.inference.parts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import libcst as cst

from ci_lint.facts.context import Context
from ci_lint.inference.binding import Bindings
from ci_lint.inference.frame import Escape, Frame, Inside
from ci_lint.inference.join import NOTHING, change_insts, each, is_telling, without_origin
from ci_lint.inference.scopes import FunctionInfo, Progress, Scope, ScopeKind
from ci_lint.inference.site import Site
from ci_lint.inference.values import NONE, UNKNOWN, External, Inst, Map, Module, Seq, Union, Value
from ci_lint.modules.summary import Summary
from ci_lint.table.signature import Signature
from ci_lint.table.table import Table

_NAME: Final = cst.Name
MAX_NESTING: Final = 40
"""How deep comprehensions, conditional expressions and lambdas may stand in each other before they are left alone."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a module finds around itself.

    Attributes:
        module: Its dotted name.
        is_package: Whether it is an ``__init__.py``.
        package: The name that `ci` is imported by.
        table: What `ci` offers.
        summaries: What other modules of the project hand out.
    """

    module: str
    is_package: bool
    package: str
    table: Table
    summaries: Mapping[str, Summary]


Expand: TypeAlias = Callable[[Any], Sequence[cst.BaseExpression]]
Reduce: TypeAlias = "Callable[[Machine, Any, list[Value]], Value]"
Special: TypeAlias = "Callable[[Machine, Any], Value]"


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of inference, which reach each other through the machine.

    Attributes:
        plans: For each class of expressions its inner expressions, and what they make together.
        specials: Expressions that decide themselves what they look at, and in which order.
        attribute: What an attribute of a value is.
        call: What a call of a value gives.
        signature: The signature of something of `ci` that can be called.
        result: What a call of a value gives, whatever it is given.
        module: The module of a dotted name.
        invoke: What a method gives that Python itself calls, such as ``__enter__``.
        annotation: What an annotation says of a value.
        look_into: Looks at the body of a function, if nobody has; returns whether somebody has.
        summarise: What a call of a function of the module gives, decorators included.
        inner: What the code of a body is.
        skip: Leaves code unseen.
        builtins: Names that mean something without being bound.
    """

    plans: Mapping[type, tuple[Expand, Reduce]]
    specials: Mapping[type, Special]
    attribute: Callable[[Machine, Value, str, cst.CSTNode], Value]
    call: Callable[[Machine, Value, cst.Call, list[Value]], Value]
    signature: Callable[[Machine, Value], Signature | None]
    result: Callable[[Machine, Value], Value]
    module: Callable[[Around, str], Value]
    invoke: Callable[[Machine, Inst, str], Value]
    annotation: Callable[[Machine, cst.BaseExpression], Value]
    look_into: Callable[[Machine, FunctionInfo], bool]
    summarise: Callable[[Machine, FunctionInfo], Value]
    body: Callable[[Machine, cst.BaseSuite | cst.Module], None]
    skip: Callable[[Machine, cst.CSTNode], None]
    builtins: frozenset[str]


@dataclass(slots=True, eq=False)
class Machine:
    """What is shared while one module is looked at.

    Attributes:
        around: What the module finds around itself.
        text: Its code.
        bindings: Its scopes.
        parts: The parts of inference.
        frame: The current run.
        sites: The objects that were made, by the identity of the node.
        frames: The last run of every body, by the identity of the definition.
        externals: Calls of the standard library that inference understands, and what they call.
        nesting: How many special expressions stand around the current one.
        depth: How many functions are being looked at.
        news: How often something became known of a function or attribute that was not known before.
    """

    around: Around
    text: str
    bindings: Bindings
    parts: Parts
    frame: Frame
    sites: dict[int, Site] = field(default_factory=dict)
    frames: dict[int, Frame] = field(default_factory=dict)
    externals: dict[cst.Call, str] = field(default_factory=dict)
    nesting: int = 0
    depth: int = 0
    news: int = 0

    def evaluate(self, node: cst.BaseExpression) -> Value:
        """Return what is known of an expression."""
        if type(node) is _NAME:
            return self.name(node.value)
        plans = self.parts.plans
        todo: list[Any] = [node]
        done: list[Value] = []
        while todo:
            item = todo.pop()
            kind = type(item)
            if kind is _NAME:
                done.append(self.name(item.value))
            elif kind is tuple:
                reduce, inner, count = item
                values = done[-count:]
                del done[-count:]
                done.append(reduce(self, inner, values))
            elif (plan := plans.get(kind)) is None:
                done.append(self._special(self.parts.specials.get(kind), item))
            elif parts := plan[0](item):
                todo.append((plan[1], item, len(parts)))
                todo += parts[::-1]
            else:
                done.append(plan[1](self, item, []))
        return done[0]

    def _special(self, special: Special | None, node: cst.BaseExpression) -> Value:
        if special is None or self.nesting >= MAX_NESTING:
            self.parts.skip(self, node)
            return UNKNOWN
        self.nesting += 1
        try:
            return special(self, node)
        finally:
            self.nesting -= 1

    def attribute(self, value: Value, name: str, node: cst.CSTNode) -> Value:
        """Return what an attribute of a value is."""
        if type(value) is not Union:
            found = self.parts.attribute(self, value, name, node)
        else:
            found = each(value, lambda member: self.parts.attribute(self, member, name, node))
        return UNKNOWN if found == NOTHING else found

    def annotation(self, node: cst.BaseExpression) -> Value:
        """Return what an annotation says of a value."""
        return self.parts.annotation(self, node)

    def name(self, name: str) -> Value:
        """Return the value of a name where the current code stands."""
        frame = self.frame
        if frame.hidden and name in frame.hidden:
            return frame.hidden[name]
        scope = frame.scope
        if name in scope.bound and name not in scope.declared and name not in scope.outside:
            scope.read.add(name)
            if scope.open or frame.state is None:
                return UNKNOWN
            value = frame.state.names.get(name)
            if value is not None or scope.kind is ScopeKind.FUNCTION:
                return UNKNOWN if value is None else value
            return self.free(name, scope.parent)
        return self.free(name, scope)

    def free(self, name: str, scope: Scope | None) -> Value:
        """Return the value of a name as code of a scope sees it that may run at any time."""
        home = scope.home(name) if scope is not None else None
        if home is None:
            if name == "None":
                return NONE
            return External(f"builtins.{name}") if name in self.parts.builtins else UNKNOWN
        home.read.add(name)
        if home is not self.frame.scope:
            home.shared.add(name)
        if home.open:
            return UNKNOWN
        for info in home.outside.get(name, ()):
            self.parts.look_into(self, info)
            if info.progress is not Progress.DONE:
                self.too_early()
            if info.progress in {Progress.NEW, Progress.RUNNING}:
                return UNKNOWN
        if not home.finished and len(home.values.get(name, ())) < home.bound.get(name, 0):
            self.too_early()
            return UNKNOWN
        return home.joined(name)

    def too_early(self) -> None:
        """Note that the current code has to be looked at again."""
        self.frame.provisional = self.frame.early = True

    def bind(self, name: str, value: Value, node: cst.CSTNode) -> None:
        """Let a name have a value from here on."""
        frame = self.frame
        if frame.hidden and name in frame.hidden:
            frame.hidden[name] = value
            return
        scope = frame.scope
        home = scope.declared.get(name, scope)
        if name in home.grown and isinstance(value, Seq | Map):
            value = UNKNOWN
        frame.bindings.append(name)
        lasting = value if home.bound.get(name, 0) <= 1 and not frame.context.loops else without_origin(value)
        home.values.setdefault(name, {})[id(node)] = lasting
        if scope.kind is ScopeKind.CLASS:
            self.escape(value, node)
        elif lasting is not value and lasting != value:
            home.lost.setdefault(name, []).append(value)
        if home is scope and frame.state is not None:
            frame.state.names[name] = value

    def site(self, node: Any, made_by: Site | None, method: str, id_: str | None) -> Site:
        """Return the object that a call makes: the same one however often the code is looked at."""
        known = self.sites.get(id(node))
        if known is None or known.made_by is not made_by or known.id != id_ or known.method != method:
            known = self.sites[id(node)] = Site(node, made_by, method, id_)
        self.frame.made.append(known)
        return known

    def escape(self, value: Value, node: cst.CSTNode) -> None:
        """Note that a value goes where nobody follows it."""
        if not is_telling(value):
            return

        def note(inst: Inst) -> Inst:
            if inst.origin is not None:
                self.frame.escapes.setdefault(id(inst.origin), Escape(inst.origin, node))
            return inst

        change_insts(value, note)
        if isinstance(value, Module):
            scope = self.bindings.module  # whoever has the module may replace what is in it
            scope.open = True
            scope.read.update(scope.bound)

    def arm(self, branch: cst.CSTNode, index: int) -> Inside:
        """Look at one way through a branch, for ``with``."""
        return self.frame.inside(self.frame.context.within(branch, index))

    def loop(self, node: cst.CSTNode) -> Inside:
        """Look at what is repeated, for ``with``."""
        return self.frame.inside(self.frame.context.repeated(node))

    def running(self, frame: Frame) -> Meanwhile:
        """Run through other code, for ``with``."""
        return Meanwhile(self, frame)


class Meanwhile:
    """Lets a machine run through other code for a while.

    Args:
        machine: The machine.
        frame: The run through the other code.
    """

    __slots__ = ("_frame", "_machine", "_nesting")

    def __init__(self, machine: Machine, frame: Frame) -> None:
        self._machine = machine
        self._frame = frame
        self._nesting = 0

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *error: object) -> None:
        self._swap()

    def _swap(self) -> None:
        machine = self._machine
        machine.frame, self._frame = self._frame, machine.frame
        machine.nesting, self._nesting = self._nesting, machine.nesting


def new_context(function: cst.FunctionDef | None) -> Context:
    """Return the context of the first statement of a body."""
    return Context(function, function is not None and function.asynchronous is not None)
