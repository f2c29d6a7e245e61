"""The table `dependencies`: edges between nodes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from orchestrator.storage.interface import Connection, Row, Session
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
_WHENS: Final = {when.value: when for when in When}
_PREDICATE_OF: Final = {number: predicate for predicate, number in _PREDICATES.items()}


class GroupCounts(NamedTuple):
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


class EdgeRow(NamedTuple):
    """One edge, seen from the node that waits."""

    target_kind: int
    target_id: str
    condition: str
    state: int

    @property
    def dependency(self) -> Dependency:
        """The edge as a value."""
        return Dependency(NodeRef(KINDS[self.target_kind], self.target_id), _WHENS[self.condition])


def count(group: DependencyGroup, states: Sequence[int]) -> GroupCounts:
    """Return the numbers of a group whose edges are in `states`."""
    return GroupCounts(
        predicate=_PREDICATES[group.predicate],
        needed=group.needed,
        total=len(group.dependencies),
        satisfied=states.count(SATISFIED),
        failed=states.count(FAILED),
    )


def insert(session: Session, rows: Iterable[Row]) -> None:
    """Add edges, as `rows_of` returns them."""
    session.change_each(SQL["insert"], rows)


def names_of(group: DependencyGroup) -> list[tuple[int, str]]:
    """Return kind and id of what a group waits for."""
    return [(STAGE if edge.target.kind is NodeKind.STAGE else CHECK, edge.target.id) for edge in group.dependencies]


class Target(NamedTuple):
    """One edge of a group, whichever nodes have the group."""

    kind: int
    id: str
    condition: str
    position: int
    state: int


def targets_of(group: DependencyGroup, states: Sequence[int]) -> list[Target]:
    """Return the edges of a group, which are in `states`."""
    return [
        Target(*name, edge.when.value, position, state)
        for position, (name, edge, state) in enumerate(zip(names_of(group), group.dependencies, states, strict=True))
    ]


def rows_of(plan: int, kind: int, source: int, targets: Iterable[Target]) -> list[Row]:
    """Return the edges of one node as rows."""
    return [
        (plan, target_kind, target_id, kind, source, condition, position, state)
        for target_kind, target_id, condition, position, state in targets
    ]


def delete(session: Session, kind: int, source: int) -> None:
    """Remove the edges of one node."""
    session.change(SQL["delete"], (kind, source))


def of_source(connection: Connection, kind: int, source: int) -> list[EdgeRow]:
    """Return the edges of one node, in the order written."""
    return [EdgeRow(*row) for row in connection.execute(SQL["of_source"], (kind, source))]


def group_of(connection: Connection, kind: int, source: int, counts: GroupCounts) -> DependencyGroup:
    """Return the dependency group of one node as a value."""
    return _group(counts, of_source(connection, kind, source)) if counts.total else DependencyGroup()


def groups_of(connection: Connection, kind: int, counts: Mapping[int, GroupCounts]) -> dict[int, DependencyGroup]:
    """Return the dependency groups of many nodes by their keys; those without edges are missing."""
    keys = [key for key, count in counts.items() if count.total]
    found: defaultdict[int, list[EdgeRow]] = defaultdict(list)
    for source, *row in connection.execute(SQL["of_sources"], (kind, json.dumps(keys))) if keys else ():
        found[source].append(EdgeRow(*row))
    return {source: _group(counts[source], rows) for source, rows in found.items()}


def _group(counts: GroupCounts, rows: Iterable[EdgeRow]) -> DependencyGroup:
    predicate = _PREDICATE_OF[counts.predicate]
    needed = counts.needed if predicate is Predicate.AT_LEAST else None
    return DependencyGroup(predicate, tuple(row.dependency for row in rows), needed)


class Resolved(Protocol):
    """A node that became FINAL."""

    @property
    def plan(self) -> int:
        """Key of its plan."""
        ...

    @property
    def kind(self) -> int:
        """CHECK or STAGE."""
        ...

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        ...


Waiting: TypeAlias = tuple[str, int, int, str]
"""An open edge as it is stored: id of the target, kind and key of the node that waits, condition."""

ALL: Final = -1
"""No limit."""
_BEGINNING: Final = (0, 0)
_END: Final = (STAGE, 2**62)


def waiting(connection: Connection, plan: int, kind: int, target_ids: Iterable[str], limit: int = ALL) -> list[Waiting]:
    """Return the open edges to targets of one kind in the order of the targets, at most `limit` of each."""
    targets = [(plan, kind, target_id, limit) for target_id in target_ids]
    return [*connection.execute_each(SQL["waiting"], targets)]


def waiting_after(connection: Connection, target: Resolved, place: tuple[int, int], limit: int) -> list[Waiting]:
    """Return open edges to one target whose sources come after a place, in their order, at most `limit`."""
    parameters = (target.plan, target.kind, target.id, *place, limit)
    return [*connection.execute(SQL["waiting_after"], parameters)]


def resolve(session: Session, targets: Iterable[Resolved]) -> None:
    """Decide all open edges to targets that became FINAL."""
    rows = [(target.outcome.value, target.plan, target.kind, target.id) for target in targets]
    session.change_each(SQL["resolve"], rows)


def resolve_between(
    session: Session, target: Resolved, after: tuple[int, int] = _BEGINNING, until: tuple[int, int] = _END
) -> None:
    """Decide the open edges to one target whose sources come after a place, up to another one."""
    node = (target.outcome.value, target.plan, target.kind, target.id)
    session.change(SQL["resolve_between"], (*node, *after, *until))


def count_at_sources(
    targets: Iterable[Resolved], waiting: Iterable[Waiting]
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return how many edges are satisfied, and how many failed, by the keys of checks, and of stages, that wait."""
    met = {target.id: (target.outcome.value, When.FINISHED.value) for target in targets}
    counts: dict[int, dict[int, list[int]]] = {CHECK: {}, STAGE: {}}
    for target_id, kind, source, condition in waiting:
        counted = counts[kind].get(source)
        if counted is None:
            counted = counts[kind][source] = [0, 0]
        counted[condition not in met[target_id]] += 1
    return counts[CHECK], counts[STAGE]


def awaited_of(connection: Connection, plan: int, kind: int, ids: Iterable[str]) -> Iterator[str]:
    """Yield those of some nodes that any node depends on."""
    for (node_id,) in connection.execute(SQL["awaited_of"], (plan, kind, json.dumps([*ids]))):
        yield node_id
