"""The table `checks`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements
from orchestrator.storage.tables.edges import GroupCounts
from turboci.states import CheckState, Outcome

SQL: Final = statements("checks")

_END: Final = 2**62


@dataclass(slots=True)
class CheckRow:
    """A row of `checks`."""

    key: int
    plan: int
    id: str
    state: int
    written_state: int
    kind: str
    options: bytes
    predicate: int
    edges_needed: int
    edges_total: int
    edges_satisfied: int
    edges_failed: int
    internal_edges: int
    external: int
    outcome: str | None
    cause: str | None
    version: int
    created_us: int
    updated_us: int

    @property
    def group(self) -> GroupCounts:
        """The counters of its dependency group."""
        return GroupCounts(self.predicate, self.edges_needed, self.edges_total, self.edges_satisfied, self.edges_failed)


_INSERTED: Final = attrgetter(
    *("key", "plan", "id", "state", "written_state", "kind", "options"),
    *("predicate", "edges_needed", "edges_total", "edges_satisfied", "edges_failed"),
    *("external", "version", "created_us", "updated_us"),
)


def next_key(connection: Connection) -> int:
    """Return the key of the next check that is added."""
    return int(next(connection.execute(SQL["last_key"]), (0,))[0]) + 1


def insert(session: Session, rows: Iterable[CheckRow]) -> None:
    """Add new checks."""
    session.change_each(SQL["insert"], map(_INSERTED, rows))


def outcomes_of(connection: Connection, plan: int, ids: Iterable[str]) -> Iterator[tuple[str, Outcome | None]]:
    """Yield the ids of those that exist, each with its outcome."""
    for check_id, outcome in connection.execute(SQL["outcomes_of"], (plan, json.dumps([*ids]))):
        yield check_id, Outcome(outcome) if outcome else None


def by_id(connection: Connection, plan: int, check_id: str) -> CheckRow | None:
    """Return the check with this id."""
    return next((CheckRow(*row) for row in connection.execute(SQL["by_id"], (plan, check_id))), None)


def require(connection: Connection, plan: int, check_id: str) -> CheckRow:
    """Return the check with this id, which exists."""
    return next(CheckRow(*row) for row in connection.execute(SQL["by_id"], (plan, check_id)))


def any_external_open(connection: Connection, plan: int) -> bool:
    """Return whether somebody outside is still to answer a check of a plan."""
    return next(connection.execute(SQL["any_external_open"], (plan,)), None) is not None


def page(
    connection: Connection, plan: int, states: Iterable[int], ids: Collection[str], *, after: int, limit: int
) -> list[CheckRow]:
    """Return checks of a plan in order of creation.

    Args:
        connection: A snapshot.
        plan: Key of the plan.
        states: Those that count.
        ids: Those that count; empty is all.
        after: Begin after the check with this key; 0 is the beginning.
        limit: How many at most; negative is all.
    """
    place = (plan, after, json.dumps([*states]), limit)
    if not ids:
        return [CheckRow(*row) for row in connection.execute(SQL["following"], place)]
    return [CheckRow(*row) for row in connection.execute(SQL["named"], (*place, json.dumps([*ids])))]


def open_after(
    connection: Connection, plan: int, after: int, *, reach: int, limit: int
) -> tuple[list[CheckRow], int | None]:
    """Return open checks of a plan in order of creation, and the key to go on after, None if that was all.

    Args:
        connection: A snapshot.
        plan: Key of the plan.
        after: Begin after the check with this key; 0 is the beginning.
        reach: How many are looked at, FINAL ones included; at most, so that this takes no time to speak of.
        limit: How many are returned at most.
    """
    bound = next(connection.execute(SQL["bound"], (plan, after, reach - 1)), None)
    until: int | None = bound[0] if bound else None
    place = (plan, after, _END if until is None else until, limit)
    found = [CheckRow(*row) for row in connection.execute(SQL["open_between"], place)]
    return found, found[-1].key if len(found) == limit else until


def state_of(connection: Connection, plan: int, check_id: str) -> tuple[int, int, Outcome | None] | None:
    """Return key, state and outcome of a check, or None if it does not exist."""
    for key, state, outcome in connection.execute(SQL["state_of"], (plan, check_id)):
        return key, state, Outcome(outcome) if outcome else None
    return None


def move(session: Session, key: int, old: int, new: CheckState, now_us: int) -> bool:
    """Set the state; return False if it was not `old` any more."""
    return session.change(SQL["move"], (new, now_us, key, old)) == 1


def finish(session: Session, key: int, old: int, outcome: Outcome, cause: str | None, now_us: int) -> bool:
    """Make the check FINAL; return False if its state was not `old` any more."""
    return session.change(SQL["finish"], (outcome.value, cause, now_us, key, old)) == 1


def edit(session: Session, row: CheckRow, now_us: int) -> None:
    """Store what a writer may change."""
    parameters = (row.written_state, row.kind, row.options, *row.group.values(), row.external, now_us, row.key)
    session.change(SQL["edit"], parameters)


def touch(session: Session, key: int, now_us: int) -> None:
    """Raise the version of a check that got a result."""
    session.change(SQL["touch"], (now_us, key))


def mark_internal(session: Session, key: int) -> None:
    """Note that a stage that answers it has edges between its checks."""
    session.change(SQL["mark_internal"], (key,))


def count_edges(session: Session, counted: Mapping[int, Sequence[int]]) -> list[CheckRow]:
    """Count finished targets at checks that wait for them; return those that this decides.

    Args:
        session: Of the operation.
        counted: How many edges are satisfied, and how many failed, by key.
    """
    session.change_each(SQL["count_edges"], [(*counts, key) for key, counts in counted.items()])
    return [CheckRow(*row) for row in session.execute_each(SQL["decided"], [(key,) for key in counted])]
