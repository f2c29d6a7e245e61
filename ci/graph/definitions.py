"""What a DAG knows of its nodes."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from typing import NamedTuple, Protocol

from ci.builders import CheckBuilder, StageBuilder
from ci.graph.locations import Place
from turboci.dependencies import Dependency, DependencyGroup, NodeKind, NodeRef
from turboci.errors import NodeWritten


class Scope(Protocol):
    """The DAG that a node belongs to, as far as its nodes know it."""

    @property
    def label(self) -> str:
        """What messages call it."""
        ...


class Phase(enum.Enum):
    """How much of a node is in the plan."""

    OPEN = "nothing"
    RESERVED = "the check is stored PLANNING, its settings are not"
    WRITTEN = "everything"


class Link(NamedTuple):
    """One dependency or assignment as it was said.

    Attributes:
        dependency: The edge.
        definition: The target if a node object was given, else None.
        by_name: A plain id was given: the id of a step then means the step.
    """

    dependency: Dependency
    definition: Definition | None
    place: Place
    by_name: bool = False


class Definition(ABC):
    """A node of a DAG, and what was said about it so far."""

    __slots__ = ("links", "phase", "place", "ref", "scope", "touched")

    def __init__(self, scope: Scope, ref: NodeRef, place: Place) -> None:
        self.scope: Scope = scope
        self.ref: NodeRef = ref
        self.place: Place = place
        self.phase: Phase = Phase.OPEN
        self.touched: bool = False
        self.links: tuple[Link, ...] = ()

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

    def depend(self, group: DependencyGroup, links: tuple[Link, ...]) -> None:
        """Add dependencies.

        Raises:
            InvalidArgument: The node has dependencies of another predicate.
        """
        self._collect(group)
        self.links += links

    @property
    @abstractmethod
    def group(self) -> DependencyGroup | None:
        """The dependencies as they were said, or None."""

    @abstractmethod
    def _collect(self, group: DependencyGroup) -> None:
        """Hand the group to the builder."""


class CheckDefinition(Definition):
    """A check of a DAG."""

    __slots__ = ("builder",)

    def __init__(self, scope: Scope, id: str, place: Place) -> None:
        self.builder: CheckBuilder = CheckBuilder(id)
        super().__init__(scope, NodeRef(NodeKind.CHECK, id), place)

    @property
    def group(self) -> DependencyGroup | None:
        """The dependencies as they were said, or None."""
        return self.builder.group

    def _collect(self, group: DependencyGroup) -> None:
        self.builder.dependencies(group)


class StageDefinition(Definition):
    """A stage of a DAG.

    Attributes:
        answers: The checks that it is assigned to.
        finishes: Ids of those that are not FINAL before it is.
        check: If it is a step: its check.
    """

    __slots__ = ("answers", "builder", "check", "finishes")

    def __init__(self, scope: Scope, id: str, place: Place) -> None:
        self.builder: StageBuilder = StageBuilder(id)
        self.answers: tuple[Link, ...] = ()
        self.finishes: frozenset[str] = frozenset()
        self.check: CheckDefinition | None = None
        super().__init__(scope, NodeRef(NodeKind.STAGE, id), place)

    @property
    def target(self) -> Definition:
        """The check of a step, else the stage itself."""
        return self if self.check is None else self.check

    @property
    def group(self) -> DependencyGroup | None:
        """The dependencies as they were said, or None."""
        return self.builder.group

    def _collect(self, group: DependencyGroup) -> None:
        self.builder.depends_on(group)
