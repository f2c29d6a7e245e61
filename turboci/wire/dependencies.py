"""Edges and groups of edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from turboci.dependencies import Dependency, DependencyGroup, NodeRef, Predicate
from turboci.ids import require_id
from turboci.v1 import common_pb2
from turboci.wire import enums
from turboci.wire.paths import each

ReadGroup: TypeAlias = Callable[[common_pb2.DependencyGroup], DependencyGroup]


def dependency(message: common_pb2.Dependency) -> Dependency:
    """Return one edge.

    Raises:
        InvalidArgument: A number is not listed, or the id is none.
    """
    kind = enums.node_kind(message.target_type, "target_type")
    target = NodeRef(kind, require_id(message.target_id, kind.value, field="target_id"))
    return Dependency(target, enums.when(message.condition, "condition"))


def dependency_message(edge: Dependency) -> common_pb2.Dependency:
    """Return the message for one edge."""
    return common_pb2.Dependency(
        target_type=enums.NODE_KINDS[edge.target.kind], target_id=edge.target.id, condition=enums.WHENS[edge.when]
    )


def dependency_group(message: common_pb2.DependencyGroup) -> DependencyGroup:
    """Return what one node waits for.

    Raises:
        InvalidArgument: A number is not listed, an id is none, or the threshold is out of range.
    """
    return _group(message, dependency)


def _group(message: common_pb2.DependencyGroup, edge: Callable[[common_pb2.Dependency], Dependency]) -> DependencyGroup:
    predicate = enums.predicate(message.predicate, "predicate")
    edges = each(edge, message.dependencies, "dependencies")
    if message.HasField("threshold"):
        return DependencyGroup(Predicate.AT_LEAST, edges, message.threshold)
    return DependencyGroup(predicate, edges)


class SharedGroups:
    """Reads the groups of many nodes: those that are alike are read once and are one object, and so are their edges.

    Example:
        >>> read = SharedGroups()
        >>> message = dependency_group_message(DependencyGroup())
        >>> read(message) is read(message)
        True
    """

    def __init__(self) -> None:
        self._groups: Final[dict[bytes, DependencyGroup]] = {}
        self._edges: Final[dict[tuple[int, str, int], Dependency]] = {}

    def __call__(self, message: common_pb2.DependencyGroup) -> DependencyGroup:
        """Return what one node waits for.

        Raises:
            InvalidArgument: As `dependency_group`.
        """
        data = message.SerializeToString()
        group = self._groups.get(data)
        if group is None:
            group = self._groups[data] = _group(message, self._edge)
        return group

    def _edge(self, message: common_pb2.Dependency) -> Dependency:
        name = (message.target_type, message.target_id, message.condition)
        edge = self._edges.get(name)
        if edge is None:
            edge = self._edges[name] = dependency(message)
        return edge


def dependency_group_message(group: DependencyGroup) -> common_pb2.DependencyGroup:
    """Return the message for what one node waits for."""
    message = common_pb2.DependencyGroup()
    fill_dependency_group(message, group)
    return message


def fill_dependency_group(message: common_pb2.DependencyGroup, group: DependencyGroup) -> None:
    """Write what one node waits for into an empty message; in place, since a plan has many edges."""
    message.predicate = enums.PREDICATES[group.predicate]
    for edge in group.dependencies:
        part = message.dependencies.add()
        part.target_type = enums.NODE_KINDS[edge.target.kind]
        part.target_id = edge.target.id
        part.condition = enums.WHENS[edge.when]
    if group.threshold is not None:
        message.threshold = group.threshold


def stored_group_message(group: DependencyGroup) -> common_pb2.DependencyGroup | None:
    """Return the message for what a stored node waits for, or None if that is nothing."""
    return dependency_group_message(group) if group.dependencies or group != _NOTHING else None


_NOTHING = DependencyGroup()
