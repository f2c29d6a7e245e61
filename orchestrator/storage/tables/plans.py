"""The table `work_plans`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements

SQL: Final = statements("plans")


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
    cancelled_us: int | None
    cancel_reason: str | None
    created_us: int
    updated_us: int


@dataclass(slots=True)
class PlanCounts:
    """What one unit of work changes in a plan's counters."""

    checks_total: int = 0
    stages_total: int = 0
    checks_open: int = 0
    stages_open: int = 0
    nodes_failed: int = 0


def insert(
    session: Session, plan_id: str, metadata: Mapping[str, str], idempotency_key: str | None, now_us: int
) -> None:
    """Add an empty plan."""
    session.change(SQL["insert"], (plan_id, encode_metadata(metadata), idempotency_key, now_us, now_us))


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


def advance(session: Session, key: int, counts: PlanCounts, events: int, now_us: int) -> tuple[int, PlanCounts]:
    """Apply what a unit of work changed; return the last reserved sequence number and the new counters."""
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
    return row[0], PlanCounts(*row[1:])


def reserve_sequence(session: Session, key: int) -> int:
    """Return the next sequence number of the plan."""
    return int(next(session.execute(SQL["reserve_sequence"], (key,)))[0])


def cancel(session: Session, key: int, reason: str, now_us: int) -> bool:
    """Record that the plan is cancelled; return whether it was not before."""
    return session.change(SQL["cancel"], (now_us, reason, now_us, key)) == 1


def encode_metadata(metadata: Mapping[str, str]) -> str:
    """Return metadata as text that is equal for equal metadata."""
    return json.dumps(dict(metadata), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
