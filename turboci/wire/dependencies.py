"""Edges and groups of edges."""

from __future__ import annotations

from turboci.dependencies import Dependency, DependencyGroup, NodeRef, Predicate
from turboci.ids import require_id
from turboci.v1 import common_pb2
from turboci.wire import enums
from turboci.wire.paths import each


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
    predicate = enums.predicate(message.predicate, "predicate")
    edges = each(dependency, message.dependencies, "dependencies")
    if message.HasField("threshold"):
        return DependencyGroup(Predicate.AT_LEAST, edges, message.threshold)
    return DependencyGroup(predicate, edges)


def dependency_group_message(group: DependencyGroup) -> common_pb2.DependencyGroup:
    """Return the message for what one node waits for."""
    return common_pb2.DependencyGroup(
        predicate=enums.PREDICATES[group.predicate],
        dependencies=[dependency_message(edge) for edge in group.dependencies],
        threshold=group.threshold,
    )


def stored_group(message: common_pb2.DependencyGroup | None) -> DependencyGroup:
    """Return what a stored node waits for; None is nothing.

    Raises:
        InvalidArgument: As `dependency_group`.
    """
    return _NOTHING if message is None else dependency_group(message)


def stored_group_message(group: DependencyGroup) -> common_pb2.DependencyGroup | None:
    """Return the message for what a stored node waits for, or None if that is nothing."""
    return dependency_group_message(group) if group != _NOTHING else None


_NOTHING = DependencyGroup()
