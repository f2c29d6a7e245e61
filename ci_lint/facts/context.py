"""Where a call stands, and what becomes of its result."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst


class Use(enum.Enum):
    """What becomes of the result of an expression."""

    DROPPED = "dropped"
    """The expression is a statement."""

    AWAITED = "awaited"
    """It is the operand of an ``await``."""

    UNREAD = "unread"
    """It is bound to a local name that nothing reads."""

    CHAINED = "chained"
    """Something is called on it, or an attribute of it is read."""

    USED = "used"
    """It goes somewhere: to a name that is read, an argument, a return."""


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One way through a branch. Two different arms of one branch exclude each other.

    Attributes:
        branch: The statement or expression that branches: ``if``, ``try``, ``match``, a conditional expression.
        index: Which of its ways.
    """

    branch: cst.CSTNode
    index: int

    def excludes(self, other: Arm) -> bool:
        """Return whether no path takes both."""
        return self.branch is other.branch and self.index != other.index


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Where something stands.

    Attributes:
        function: The innermost function or lambda; None in a module or class body.
        asynchronous: Whether `await` is legal there, so whether the innermost function is an ``async def``.
        loops: The loops and comprehensions around it within the function, outermost first.
        arms: The branches around it within the function, outermost first.
    """

    function: cst.FunctionDef | cst.Lambda | None = None
    asynchronous: bool = False
    loops: tuple[cst.CSTNode, ...] = ()
    arms: tuple[Arm, ...] = ()

    def within(self, branch: cst.CSTNode, index: int) -> Context:
        """Return the context of one way through a branch that stands here."""
        return Context(self.function, self.asynchronous, self.loops, (*self.arms, Arm(branch, index)))

    def repeated(self, loop: cst.CSTNode) -> Context:
        """Return the context of what a loop repeats that stands here."""
        return Context(self.function, self.asynchronous, (*self.loops, loop), self.arms)

    def may_follow(self, other: Context) -> bool:
        """Return whether one path of one function can take both places."""
        if self.function is not other.function:
            return False
        return not any(mine.excludes(theirs) for mine in self.arms for theirs in other.arms)

    def always_with(self, other: Context) -> bool:
        """Return whether every path of the function that takes `other` takes this place too, loops aside."""
        if self.function is not other.function:
            return False
        return all(_contains(other.arms, arm) for arm in self.arms)


def _contains(arms: Sequence[Arm], arm: Arm) -> bool:
    return any(each.branch is arm.branch and each.index == arm.index for each in arms)
