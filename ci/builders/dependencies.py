"""Collects the dependencies of one node over several calls."""

from __future__ import annotations

from turboci.dependencies import Dependency, DependencyGroup, Predicate
from turboci.errors import InvalidArgument


class GroupCollector:
    """The dependencies of one node while it is being defined; a node has one group with one predicate."""

    __slots__ = ("_edges", "_predicate", "_threshold")

    def __init__(self) -> None:
        self._predicate = Predicate.AND
        self._threshold: int | None = None
        self._edges: tuple[Dependency, ...] = ()

    def add(self, subject: str, group: DependencyGroup) -> None:
        """Add the edges of `group`; an empty one adds nothing.

        Args:
            subject: The node for the message.
            group: More edges with the same predicate.

        Raises:
            InvalidArgument: The node has edges with another predicate.
        """
        if not group:
            return
        if self._edges:
            require_alike(subject, (self._predicate, self._threshold), group)
        self._predicate, self._threshold = group.predicate, group.threshold
        self._edges += group.dependencies

    def build(self) -> DependencyGroup | None:
        """Return the group, or None if nothing was added."""
        return DependencyGroup(self._predicate, self._edges, self._threshold) if self._edges else None


def require_alike(subject: str, known: tuple[Predicate, int | None], group: DependencyGroup) -> None:
    """Accept more edges for a node that has some; none are always welcome.

    Args:
        subject: The node for the message.
        known: Predicate and threshold of the edges that it has.
        group: More edges.

    Raises:
        InvalidArgument: They have another predicate or threshold.
    """
    if group and (group.predicate, group.threshold) != known:
        raise InvalidArgument(
            subject,
            f"mixes dependencies of {_named(*known)} with {_named(group.predicate, group.threshold)}",
            hint="a node has one group; let a stage of its own wait for the alternatives (after_any) "
            "and depend on that stage",
            field="dependencies",
        )


def _named(predicate: Predicate, threshold: int | None) -> str:
    return predicate.name if threshold is None else f"{predicate.name} {threshold}"
