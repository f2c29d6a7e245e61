"""The table `dependencies`: edges between nodes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

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
        satisfied=sum(state == SATISFIED for state in states),
        failed=sum(state == FAILED for state in states),
    )


def insert(session: Session, rows: Iterable[Row]) -> None:
    """Add edges, as `rows_of` returns them."""
    session.change_each(SQL["insert"], rows)


def names_of(group: DependencyGroup) -> list[tuple[int, str]]:
    """Return kind and id of what a group waits for."""
    return [(KIND_NUMBERS[edge.target.kind], edge.target.id) for edge in group.dependencies]


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
        Target(KIND_NUMBERS[edge.target.kind], edge.target.id, edge.when.value, position, state)
        for position, (edge, state) in enumerate(zip(group.dependencies, states, strict=True))
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


@dataclass(frozen=True, slots=True)
class Page:
    """The dependents of one kind with keys above `after`, up to `until`."""

    after: int
    until: int


EVERYTHING: Final = Page(0, 2**62)


def resolve(session: Session, target: Resolved) -> int:
    """Decide all open edges to a target that became FINAL; return how many there were."""
    return session.change(SQL["resolve"], (target.outcome.value, target.plan, target.kind, target.id))


def resolve_page(session: Session, target: Resolved, source_kind: int, page: Page) -> int:
    """Decide the open edges of one page; return how many there were."""
    node = (target.outcome.value, target.plan, target.kind, target.id)
    return session.change(SQL["resolve_page"], (*node, source_kind, page.after, page.until))


class Counted(NamedTuple):
    """What a target that became FINAL counts at one node that waits for it."""

    kind: int
    key: int
    satisfied: int
    failed: int


def few_waiting(connection: Connection, target: Resolved, most: int) -> list[Counted] | None:
    """Return what a target counts at each node that waits for it; None if more than `most` edges do."""
    rows = list(connection.execute(SQL["waiting"], (target.plan, target.kind, target.id, most + 1)))
    if len(rows) > most:
        return None
    met = {When.FINISHED.value, target.outcome.value}
    by_source: defaultdict[tuple[int, int], list[bool]] = defaultdict(list)
    for kind, key, condition in rows:
        by_source[kind, key].append(condition in met)
    return [Counted(kind, key, sum(held), len(held) - sum(held)) for (kind, key), held in by_source.items()]


def count_awaiting(connection: Connection, target: Resolved, limit: int) -> int:
    """Return how many edges a target has, at most `limit`."""
    return int(next(connection.execute(SQL["count_awaiting"], (target.plan, target.kind, target.id, limit)))[0])


def page_after(connection: Connection, target: Resolved, source_kind: int, after: int, size: int) -> Page | None:
    """Return a full page of the edges to a target, or None if those that are left are fewer."""
    parameters = (target.plan, target.kind, target.id, source_kind, after, size - 1)
    for (until,) in connection.execute(SQL["page_end"], parameters):
        return Page(after, until)
    return None


def awaited_of(connection: Connection, plan: int, kind: int, ids: Iterable[str]) -> Iterator[str]:
    """Yield those of some nodes that any node depends on."""
    for (node_id,) in connection.execute(SQL["awaited_of"], (plan, kind, json.dumps([*ids]))):
        yield node_id
