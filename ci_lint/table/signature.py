"""What the linter knows of one function or method of `ci`."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from inspect import Parameter as InspectParameter

from ci_lint.table.types import UNKNOWN_TYPE, Type


class Kind(enum.Enum):
    """How an argument finds its parameter."""

    POSITIONAL_ONLY = InspectParameter.POSITIONAL_ONLY.name
    POSITIONAL_OR_KEYWORD = InspectParameter.POSITIONAL_OR_KEYWORD.name
    VAR_POSITIONAL = InspectParameter.VAR_POSITIONAL.name
    KEYWORD_ONLY = InspectParameter.KEYWORD_ONLY.name
    VAR_KEYWORD = InspectParameter.VAR_KEYWORD.name


class Role(StrEnum):
    """What a parameter is for, as far as a rule cares."""

    ID = "id"
    """The id of the node that is defined or named."""

    ID_PREFIX = "id-prefix"
    """What an id is made from."""

    DEPENDENCY = "dependency"
    """A node that is waited for."""

    ASSIGNED = "assigned"
    """A check that is answered."""

    RUNNER = "runner"
    """A runner type."""

    NODE = "node"
    """A node that is asked about."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: As it is written in the signature, without asterisks.
        kind: How arguments find it.
        required: Whether it has no default. False for ``*args`` and ``**kwargs``.
        role: What it is for; None if no rule cares.
        names: What kind of node a plain string names there: ``check``, ``stage``, ``step`` or ``runner``; empty
            otherwise.
    """

    name: str
    kind: Kind
    required: bool = False
    role: Role | None = None
    names: str = ""


@dataclass(frozen=True, slots=True)
class Overload:
    """What a function gives if it is called in one of several ways.

    Attributes:
        least: How many arguments it takes by position at least.
        most: How many at most.
        keywords: The arguments that it takes by name.
        returns: What it gives then.
    """

    least: int
    most: int
    keywords: tuple[str, ...]
    returns: Type

    def takes(self, positional: int, keywords: Collection[str]) -> bool:
        """Return whether it can be called so."""
        return self.least <= positional <= self.most and set(keywords) <= set(self.keywords)


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """One function or method; each is equal only to itself.

    Attributes:
        owner: The public class that has it; empty for a function.
        name: Its name; the name of the class for a constructor.
        parameters: Without ``self``.
        returns: What a call gives: of an ``async def`` an `Await` type.
        asynchronous: Whether it is an ``async def``.
        fluent: Whether it returns what it was called on.
        defines: What kind of node it defines: ``check``, ``stage`` or ``step`` (both); empty otherwise.
        must_use: Whether a call whose result is dropped does nothing.
        droppable: Whether the result can be awaited but need not be.
        builds: Whether it ends the life of a builder: what is set afterwards does not change what was built.
        blocking: Whether it blocks the event loop while it works.
        overloads: The ways to call it, if what it gives depends on them; `returns` is unknown then.
        instead: What to use instead, if it is deprecated; empty otherwise.
    """

    owner: str
    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: Type = UNKNOWN_TYPE
    asynchronous: bool = False
    fluent: bool = False
    defines: str = ""
    must_use: bool = False
    droppable: bool = False
    builds: bool = False
    blocking: bool = False
    overloads: tuple[Overload, ...] = ()
    instead: str = ""

    def returned(self, positional: int, keywords: Collection[str]) -> Type:
        """Return what it gives if it is called so; unknown if several ways are possible that give different things."""
        if not self.overloads:
            return self.returns
        fitting = {each.returns for each in self.overloads if each.takes(positional, keywords)}
        return fitting.pop() if len(fitting) == 1 else UNKNOWN_TYPE

    def parameter_with(self, role: Role) -> Parameter | None:
        """Return the first parameter with that role."""
        return next((each for each in self.parameters if each.role is role), None)
