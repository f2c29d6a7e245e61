"""What a DAG knows of its nodes."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from ci.builders import CheckBuilder, StageBuilder
from ci.builders.dependencies import require_alike
from ci.graph.locations import Place, PlaceNumber, Places
from turboci.dependencies import Dependency, DependencyGroup, NodeKind, NodeRef, Predicate, When
from turboci.errors import NodeWritten

_NONE: Final[frozenset[str]] = frozenset()
"""Shared: an empty set of one's own is a fifth of a node."""


class Scope(Protocol):
    """The DAG that a node belongs to, as far as its nodes know it."""

    @property
    def label(self) -> str:
        """What messages call it."""
        ...

    @property
    def places(self) -> Places:
        """Where its nodes were defined and linked."""
        ...


class Phase(enum.Enum):
    """How much of a node is in the plan."""

    OPEN = "nothing"
    RESERVED = "the check is stored PLANNING, its settings are not"
    WRITTEN = "everything"


class Link(NamedTuple):
    """One dependency or assignment as it was said.

    Attributes:
        target: What was named: a node object, or a reference.
        when: Which outcome of it counts.
        place: From where; the scope of the node that has the link knows the line.
        by_name: A plain id was given: the id of a step then means the step.
    """

    target: Definition | NodeRef
    when: When
    place: PlaceNumber
    by_name: bool = False

    @property
    def ref(self) -> NodeRef:
        """The name that was given."""
        return self.target if isinstance(self.target, NodeRef) else self.target.ref

    @property
    def dependency(self) -> Dependency:
        """The edge as it was said."""
        return Dependency(self.ref, self.when)


class Definition:
    """A node of a DAG, and what was said about it so far."""

    __slots__ = ("links", "phase", "place", "predicate", "ref", "scope", "threshold", "touched")

    def __init__(self, scope: Scope, ref: NodeRef, place: Place) -> None:
        self.scope: Scope = scope
        self.ref: NodeRef = ref
        self.place: PlaceNumber = scope.places.number(place)
        self.phase: Phase = Phase.OPEN
        self.touched: bool = False
        self.links: tuple[Link, ...] = ()
        self.predicate: Predicate = Predicate.AND
        self.threshold: int | None = None

    @property
    def target(self) -> Definition:
        """What it stands for as a dependency."""
        return self

    def change(self, setting: str) -> None:
        """Allow a setting.

        Raises:
            NodeWritten: The node is in the plan.
        """
        if self.phase is Phase.WRITTEN:
            raise NodeWritten(
                str(self.ref),
                f"is written to the plan, {setting}() comes too late",
                hint="make all settings before the node is executed, committed, waited for or awaited",
                field=setting,
            )
        self.touched = True

    def at(self, place: Place) -> PlaceNumber:
        """Remember from where something was said about it."""
        return self.scope.places.number(place)

    @property
    def where(self) -> str:
        """The line that defines it."""
        return self.scope.places.line_of(self.place)

    def depend(self, group: DependencyGroup, links: tuple[Link, ...]) -> None:
        """Add dependencies.

        Raises:
            InvalidArgument: The node has dependencies of another predicate.
        """
        if self.links:
            require_alike(str(self.ref), (self.predicate, self.threshold), group)
        if group:
            self.predicate, self.threshold = group.predicate, group.threshold
            self.links += links


class CheckDefinition(Definition):
    """A check of a DAG."""

    __slots__ = ("builder",)

    def __init__(self, scope: Scope, id: str, place: Place) -> None:
        self.builder: CheckBuilder = CheckBuilder(id)
        super().__init__(scope, NodeRef(NodeKind.CHECK, id), place)


class StageDefinition(Definition):
    """A stage of a DAG.

    Attributes:
        assigned: The checks that it was assigned to by calls.
        unfinished: Ids of those that it does not bring to FINAL.
        check: If it is a step: its check, which it answers without being told.
    """

    __slots__ = ("assigned", "builder", "check", "unfinished")

    def __init__(self, scope: Scope, id: str, place: Place) -> None:
        self.builder: StageBuilder = StageBuilder(id)
        self.assigned: tuple[Link, ...] = ()
        self.unfinished: frozenset[str] = _NONE
        self.check: CheckDefinition | None = None
        super().__init__(scope, NodeRef(NodeKind.STAGE, id), place)

    @property
    def answers(self) -> tuple[Link, ...]:
        """The checks that it is assigned to, its own one first."""
        if self.check is None:
            return self.assigned
        return (Link(self.check, When.SUCCEEDED, self.place), *self.assigned)

    def finished(self) -> Iterator[str]:
        """Yield the ids of the checks that are not FINAL before it is."""
        return (link.ref.id for link in self.answers if link.ref.id not in self.unfinished)

    @property
    def target(self) -> Definition:
        """The check of a step, else the stage itself."""
        return self if self.check is None else self.check
