"""A call of something of `ci`."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from ci_lint.facts.context import Context, Use
from ci_lint.inference.site import Site
from ci_lint.inference.values import Inst, Value
from ci_lint.table.signature import Parameter, Role, Signature


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """An argument that was bound to a parameter.

    Attributes:
        node: The argument; its value is ``node.value``.
        parameter: What it is bound to; of ``*args`` and ``**kwargs`` there may be several.
        value: What is known of it.
        texts: The strings that it may be, complete; None if that is not certain.
    """

    node: cst.Arg
    parameter: Parameter
    value: Value
    texts: frozenset[str] | None

    @property
    def text(self) -> str | None:
        """The one string that it is; None if that is not certain."""
        return next(iter(self.texts)) if self.texts is not None and len(self.texts) == 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call that certainly is one of `ci`.

    Attributes:
        node: The call.
        signature: What is called. If the receiver is one of several classes, their signatures agree in all that a rule
            looks at, and this is one of them.
        receiver: What it is called on, if that is a single instance; None for functions and constructors.
        arguments: In order of position.
        splat: Whether there is a ``*x`` or ``**x``, so that more may be given than `arguments` has.
        result: What it gives.
        use: What becomes of the result.
        context: Where it stands.
        made_here: Whether the object that it concerns was made in the same expression: ``dag.stage("a").after("b")``,
            as opposed to ``a.after("b")``.
        built: The earlier call of a method that `builds` on the same receiver, on every path to this call; None if
            there is none.
        awaitable: Whether the result can be awaited; None if that is not known.
    """

    node: cst.Call
    signature: Signature
    receiver: Inst | None
    arguments: tuple[Argument, ...]
    splat: bool
    result: Value
    use: Use
    context: Context
    made_here: bool
    built: cst.Call | None = None
    awaitable: bool | None = None

    @property
    def origin(self) -> Site | None:
        """Where the object that the result is comes from; None if it may be any."""
        return self.result.origin if isinstance(self.result, Inst) else None

    def with_role(self, role: Role) -> tuple[Argument, ...]:
        """Return the arguments whose parameter has that role, in order of position."""
        return tuple([each for each in self.arguments if each.parameter.role is role])
