"""What the linter knows of one function or method of `ci`."""

from __future__ import annotations

import enum
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
class Signature:
    """One function or method.

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
    instead: str = ""

    def parameter_with(self, role: Role) -> Parameter | None:
        """Return the first parameter with that role."""
        return next((each for each in self.parameters if each.role is role), None)
