"""The table `dependencies`: edges between nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements
from turboci.dependencies import (
    Dependency,
    DependencyGroup,
    NodeKind,
    NodeRef,
    Predicate,
    Resolution,
    When,
    resolve_counts,
)
from turboci.states import Outcome

SQL: Final = statements("edges")

CHECK: Final = 1
STAGE: Final = 2
KIND_NUMBERS: Final = {NodeKind.CHECK: CHECK, NodeKind.STAGE: STAGE}
KINDS: Final = {CHECK: NodeKind.CHECK, STAGE: NodeKind.STAGE}

OPEN: Final = 0
SATISFIED: Final = 1
FAILED: Final = 2

_PREDICATES: Final = {Predicate.AND: 1, Predicate.OR: 2, Predicate.AT_LEAST: 3}
_PREDICATE_OF: Final = {number: predicate for predicate, number in _PREDICATES.items()}


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """The dependency group of a node, in numbers."""

    predicate: int
    needed: int
    total: int
    satisfied: int
    failed: int

    def values(self) -> tuple[int, int, int, int, int]:
        """Return the numbers in the order of the columns."""
        return self.predicate, self.needed, self.total, self.satisfied, self.failed

    @property
    def resolution(self) -> Resolution:
        """What the group amounts to so far."""
        return resolve_counts(needed=self.needed, total=self.total, satisfied=self.satisfied, failed=self.failed)


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """One edge, seen from the node that waits."""

    target_kind: int
    target_id: str
    condition: str
    state: int

    @property
    def dependency(self) -> Dependency:
        """The edge as a value."""
        return Dependency(NodeRef(KINDS[self.target_kind], self.target_id), When(self.condition))


def count(group: DependencyGroup, states: Sequence[int]) -> GroupCounts:
    """Return the numbers of a group whose edges are in `states`."""
    return GroupCounts(
        predicate=_PREDICATES[group.predicate],
        needed=group.needed,
        total=len(group.dependencies),
        satisfied=sum(state == SATISFIED for state in states),
        failed=sum(state == FAILED for state in states),
    )


def insert(session: Session, plan: int, kind: int, source: int, group: DependencyGroup, states: Sequence[int]) -> None:
    """Add the edges of one node."""
    for position, (edge, state) in enumerate(zip(group.dependencies, states, strict=True)):
        parameters = (
            plan,
            KIND_NUMBERS[edge.target.kind],
            edge.target.id,
            kind,
            source,
            edge.when.value,
            position,
            state,
        )
        session.change(SQL["insert"], parameters)


def delete(session: Session, kind: int, source: int) -> None:
    """Remove the edges of one node."""
    session.change(SQL["delete"], (kind, source))


def of_source(connection: Connection, kind: int, source: int) -> list[EdgeRow]:
    """Return the edges of one node, in the order written."""
    return [EdgeRow(*row) for row in connection.execute(SQL["of_source"], (kind, source))]


def group_of(connection: Connection, kind: int, source: int, counts: GroupCounts) -> DependencyGroup:
    """Return the dependency group of one node as a value."""
    if not counts.total:
        return DependencyGroup()
    predicate = _PREDICATE_OF[counts.predicate]
    return DependencyGroup(
        predicate,
        tuple(edge.dependency for edge in of_source(connection, kind, source)),
        counts.needed if predicate is Predicate.AT_LEAST else None,
    )


def resolve(session: Session, plan: int, kind: int, target_id: str, outcome: Outcome) -> int:
    """Decide all open edges to a target that became FINAL; return how many there were."""
    return session.change(SQL["resolve"], (outcome.value, plan, kind, target_id))


def awaited(connection: Connection, plan: int, kind: int, target_id: str) -> bool:
    """Return whether any node depends on this one."""
    return next(connection.execute(SQL["awaited"], (plan, kind, target_id)), None) is not None
