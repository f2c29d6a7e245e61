"""What a dependency of a DAG can point at."""

from __future__ import annotations

from typing import TypeAlias

from ci.graph.definitions import Definition, Link
from ci.graph.locations import PlaceNumber
from ci.helpers import edge
from ci.identity import Unique
from turboci.dependencies import Dependency, DependencyGroup, NodeKind, NodeRef, Predicate, When


class GraphNode(Unique):
    """A node of a DAG; equal only to itself."""

    __slots__ = ("_definition",)

    def __init__(self, definition: Definition) -> None:
        self._definition = definition

    @property
    def id(self) -> str:
        """Its id."""
        return self._definition.ref.id

    @property
    def ref(self) -> NodeRef:
        """Its name within the plan."""
        return self._definition.ref

    @property
    def succeeded(self) -> NodeCondition:
        """The condition that its success satisfies; what the bare node means."""
        return NodeCondition(self._definition.target, When.SUCCEEDED)

    @property
    def finished(self) -> NodeCondition:
        """The condition that any outcome satisfies."""
        return NodeCondition(self._definition.target, When.FINISHED)

    @property
    def failed(self) -> NodeCondition:
        """The condition that only its failure satisfies."""
        return NodeCondition(self._definition.target, When.FAILED)

    def as_dependency(self) -> Dependency:
        """Return the edge that its success satisfies."""
        return self.succeeded.as_dependency()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and definition_of(other) is self._definition

    def __hash__(self) -> int:
        return hash(self._definition)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id!r}>"


class NodeCondition(Unique):
    """How a node has to end; a dependency, not a fact.

    Example:
        >>> dag = ci.DAG()
        >>> test = dag.shell("test", "pytest")
        >>> dag.shell("report", "make report").after(test.finished)
        <StageNode 'report'>
    """

    __slots__ = ("_definition", "_when")

    def __init__(self, definition: Definition, when: When) -> None:
        self._definition = definition
        self._when = when

    def as_dependency(self) -> Dependency:
        """Return the edge."""
        return Dependency(self._definition.ref, self._when)

    def __bool__(self) -> bool:
        return bool(self.as_dependency())

    def __repr__(self) -> str:
        return f"<{self._definition.ref} {self._when.value}>"


def definition_of(what: GraphNode | NodeCondition) -> Definition:
    """Return what the DAG knows of a node, or of the node of a condition."""
    return what._definition  # noqa: SLF001 - ours, and nothing that users should meet in their editor


Target: TypeAlias = GraphNode | NodeCondition | NodeRef | Dependency | str


def links_to(targets: tuple[Target, ...], kind: NodeKind, call: str, place: PlaceNumber) -> tuple[Link, ...]:
    """Return what was said by naming `targets`.

    Args:
        targets: Nodes, conditions, references or ids.
        kind: What a plain id names.
        call: What the user called, for messages.
        place: From where.

    Raises:
        EmptyIdError: An id is empty.
        InvalidArgument: Something is none of these.
    """
    return tuple([_link(target, kind, call, place) for target in targets])


def _link(target: Target, kind: NodeKind, call: str, place: PlaceNumber) -> Link:
    if isinstance(target, GraphNode):
        target = target.succeeded
    if isinstance(target, NodeCondition):
        return Link(definition_of(target), target.as_dependency().when, place)
    named = edge(target, kind, call)
    return Link(named.target, named.when, place, by_name=isinstance(target, str))


def group_of(predicate: Predicate, links: tuple[Link, ...], threshold: int | None = None) -> DependencyGroup:
    """Return the dependency group that `links` make.

    Raises:
        InvalidArgument: The threshold is not 1 to the number of different edges.
    """
    return DependencyGroup(predicate, tuple([link.dependency for link in links]), threshold)
