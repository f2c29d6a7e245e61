"""The table `work_plans`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements

SQL: Final = statements("plans")

HELD: Final = 1
RELEASING: Final = 2
STATUSES: Final = ("EMPTY", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED")
"""Those that are stored."""


@dataclass(slots=True)
class PlanRow:
    """A row of `work_plans`."""

    key: int
    id: str
    metadata: str
    version: int
    event_sequence: int
    checks_total: int
    stages_total: int
    checks_open: int
    stages_open: int
    nodes_failed: int
    fail_fast: int
    failed_fast: int
    deadline_us: int | None
    cancelled_us: int | None
    cancel_reason: str | None
    closing: int
    closing_after: int
    created_us: int
    updated_us: int
    status: str
    held: int
    held_after: int
    finished_us: int | None


@dataclass(slots=True)
class PlanCounts:
    """What one unit of work changes in a plan's counters."""

    checks_total: int = 0
    stages_total: int = 0
    checks_open: int = 0
    stages_open: int = 0
    nodes_failed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class NewPlan:
    """What a plan is created with."""

    id: str
    metadata: Mapping[str, str]
    idempotency_key: str | None
    fail_fast: bool = False
    deadline_us: int | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class PlanState:
    """What a plan is after a unit of work.

    Attributes:
        sequence: The last one that is reserved.
        status: As stored, which may be out of date.
    """

    sequence: int
    counts: PlanCounts
    held: int
    cancelled: bool
    status: str


def insert(session: Session, new: NewPlan, now_us: int) -> None:
    """Add an empty plan."""
    head = (new.id, encode_metadata(new.metadata), new.idempotency_key, new.fail_fast, new.deadline_us, new.deadline_us)
    name = new.metadata.get("name", "")
    session.change(SQL["insert"], (*head, now_us, now_us, name, HELD if new.held else 0))


def by_id(connection: Connection, plan_id: str) -> PlanRow | None:
    """Return the plan with this id."""
    return next((PlanRow(*row) for row in connection.execute(SQL["by_id"], (plan_id,))), None)


def by_key(connection: Connection, key: int) -> PlanRow:
    """Return the plan with this key, which exists."""
    return next(PlanRow(*row) for row in connection.execute(SQL["by_key"], (key,)))


def by_idempotency_key(connection: Connection, idempotency_key: str) -> PlanRow | None:
    """Return the plan that was created with this key."""
    rows = connection.execute(SQL["by_idempotency_key"], (idempotency_key,))
    return next((PlanRow(*row) for row in rows), None)


def page(connection: Connection, statuses: Collection[str], name: str, before_key: int, limit: int) -> list[PlanRow]:
    """Return plans with smaller keys, newest first; empty filters mean all."""
    if not statuses and not name:
        return [PlanRow(*row) for row in connection.execute(SQL["page"], (before_key, limit))]
    found: list[PlanRow] = []
    for status in statuses or STATUSES:
        if name:
            rows = connection.execute(SQL["page_of_name"], (name, status, before_key, limit))
        else:
            rows = connection.execute(SQL["page_of_status"], (status, before_key, limit))
        found += [PlanRow(*row) for row in rows]
    return sorted(found, key=lambda row: -row.key)[:limit]


def next_released(connection: Connection) -> PlanRow | None:
    """Return a plan whose release has begun and not ended."""
    return next((PlanRow(*row) for row in connection.execute(SQL["next_released"])), None)


def release(session: Session, key: int, now_us: int) -> bool:
    """Begin to release a held plan; return False if it is not held."""
    return session.change(SQL["release"], (now_us, key)) == 1


def released_to(session: Session, key: int, stage_key: int | None) -> None:
    """Note how far a release has come; None: to its end."""
    session.change(SQL["released_to"], (0 if stage_key is None else RELEASING, stage_key or 0, key))


def sum_up(session: Session, key: int, status: str, finished_us: int | None) -> None:
    """Store what the nodes of a plan add up to."""
    session.change(SQL["sum_up"], (status, finished_us, key))


def advance(session: Session, key: int, counts: PlanCounts, events: int, now_us: int) -> PlanState:
    """Apply what a unit of work changed; return the plan after it."""
    parameters = (
        events,
        counts.checks_total,
        counts.stages_total,
        counts.checks_open,
        counts.stages_open,
        counts.nodes_failed,
        now_us,
        key,
    )
    row = next(session.execute(SQL["advance"], parameters))
    return PlanState(row[0], PlanCounts(*row[1:6]), row[6], bool(row[7]), row[8])


def reserve_sequence(session: Session, key: int) -> int:
    """Return the next sequence number of the plan."""
    return int(next(session.execute(SQL["reserve_sequence"], (key,)))[0])


def cancel(session: Session, key: int, reason: str, now_us: int, *, failed_fast: bool = False) -> bool:
    """Record that the plan is cancelled, and that its nodes are to be; return whether it was not before."""
    return session.change(SQL["cancel"], (now_us, reason, failed_fast, now_us, key)) == 1


def close(session: Session, key: int, kind: int, after: int) -> None:
    """Record how far a cancellation has come: the nodes of `kind` after this key are next; 0 is through."""
    session.change(SQL["close"], (kind, after, key))


def closing(connection: Connection) -> list[int]:
    """Return the plans whose cancellation is not through."""
    return [key for (key,) in connection.execute(SQL["closing"])]


def due(connection: Connection, now_us: int, limit: int) -> list[int]:
    """Return plans that the clock must look at, earliest first."""
    return [key for (key,) in connection.execute(SQL["due"], (now_us, limit))]


def next_due(connection: Connection) -> int | None:
    """Return when the clock must look at a plan again."""
    at_us: int | None = next(connection.execute(SQL["next_due"]))[0]
    return at_us


def looked_at(session: Session, key: int) -> None:
    """Note that the clock has looked at a plan."""
    session.change(SQL["looked_at"], (key,))


def encode_metadata(metadata: Mapping[str, str]) -> str:
    """Return metadata as text that is equal for equal metadata."""
    return json.dumps(dict(metadata), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
