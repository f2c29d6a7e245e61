"""One run through the body of a module, class or function."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from ci_lint.facts.context import Context, Use
from ci_lint.inference.join import NOTHING
from ci_lint.inference.scopes import ClassInfo, FunctionInfo, Scope
from ci_lint.inference.site import Site
from ci_lint.inference.state import State
from ci_lint.inference.values import Inst, Value
from ci_lint.table.signature import Parameter, Signature


@dataclass(slots=True, eq=False)
class Draft:
    """A call that will be a fact once it is known what became of its result.

    Attributes:
        node: The call.
        signature: What is called.
        receiver: What it is called on.
        arguments: Argument, parameter and value.
        splat: Whether there is a ``*x`` or ``**x``.
        result: What it gives.
        context: Where it stands.
        made_here: Whether its object was made in the same expression.
        built: The earlier `build` of the same builder.
        awaitable: Whether the result can be awaited.
        use: What becomes of the result.
        bound: The scope and the name that the result is bound to.
    """

    node: cst.Call
    signature: Signature
    receiver: Inst | None
    arguments: tuple[tuple[cst.Arg, Parameter, Value], ...]
    splat: bool
    result: Value
    context: Context
    made_here: bool
    built: cst.Call | None
    awaitable: bool | None
    use: Use = Use.USED
    bound: tuple[Scope, str] | None = None


@dataclass(slots=True, eq=False)
class Escape:
    """An object of `ci` that goes where nobody follows it.

    Attributes:
        site: The object.
        node: Where it goes.
    """

    site: Site
    node: cst.CSTNode


@dataclass(slots=True, eq=False)
class Frame:
    """One run.

    Attributes:
        scope: Whose names are local.
        function: The function; None for a module or class.
        cls: The class whose body it is, or whose method.
        outer: The frame that the run interrupts.
        state: What is known now; None where the code cannot be reached.
        context: Where the current code stands.
        hidden: Names of comprehensions and lambdas around the current code.
        returned: What was returned so far.
        returns: The name that each ``return`` returns; None for anything else.
        yielded: What was yielded so far.
        yields: Whether anything was.
        broken: States of ``break`` statements of the innermost loop.
        continued: States of ``continue`` statements of the innermost loop.
        drafts: Calls of `ci`, by the identity of the node.
        escapes: What goes where nobody follows it, by the identity of the object.
        lost: Values that cannot be told from others any more.
        bindings: The names that were bound, in order.
        paths: Whether attributes of local names are remembered.
        made: The objects that were made, in order; in a loop each of them several times.
        provisional: Whether something was not known that may be known later.
        early: Whether something was not known that will be known later for certain, so that another look is worth it.
    """

    scope: Scope
    function: FunctionInfo | None
    cls: ClassInfo | None
    outer: Frame | None
    state: State | None
    context: Context
    hidden: dict[str, Value] = field(default_factory=dict)
    returned: Value = NOTHING
    returns: list[str | None] = field(default_factory=list)
    yielded: Value = NOTHING
    yields: bool = False
    broken: list[State | None] = field(default_factory=list)
    continued: list[State | None] = field(default_factory=list)
    drafts: dict[int, Draft] = field(default_factory=dict)
    escapes: dict[int, Escape] = field(default_factory=dict)
    lost: list[Value] = field(default_factory=list)
    bindings: list[str] = field(default_factory=list)
    paths: bool = False
    made: list[Site] = field(default_factory=list)
    provisional: bool = False
    early: bool = False

    def inside(self, context: Context) -> Inside:
        """Return what runs through a block that stands in another context, for ``with``."""
        return Inside(self, context)


class Inside:
    """Lets code stand in another context for a while. It is entered so often that a generator would be too slow.

    Args:
        frame: The run.
        context: Where the code stands.
    """

    __slots__ = ("_context", "_frame")

    def __init__(self, frame: Frame, context: Context) -> None:
        self._frame = frame
        self._context = context

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *error: object) -> None:
        self._swap()

    def _swap(self) -> None:
        self._frame.context, self._context = self._context, self._frame.context
