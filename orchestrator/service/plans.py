"""Work plans: made, found, summed up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestrator.clock import microseconds, moment
from orchestrator.service.stalling import is_stalled
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import plans
from orchestrator.storage.tables.plans import HELD, NewPlan, PlanRow
from turboci.errors import AlreadyExists, NotFound
from turboci.ids import new_id
from turboci.nodes import WorkPlan
from turboci.states import PlanStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a plan is to be."""

    metadata: Mapping[str, str]
    idempotency_key: str | None = None
    deadline: datetime | None = None
    fail_fast: bool = False
    held: bool = False


def create(uow: UnitOfWork, wanted: Wanted) -> WorkPlan:
    """Make an empty plan; the same key and metadata again return the first one.

    Raises:
        AlreadyExists: The key was used with other metadata.
    """
    if wanted.idempotency_key:
        first = plans.by_idempotency_key(uow.session, wanted.idempotency_key)
        if first is not None:
            return _same_plan(uow, first, wanted.metadata, wanted.idempotency_key)
    new = NewPlan(
        id=new_id(),
        metadata=wanted.metadata,
        idempotency_key=wanted.idempotency_key or None,
        fail_fast=wanted.fail_fast,
        deadline_us=microseconds(wanted.deadline) if wanted.deadline is not None else None,
        held=wanted.held,
    )
    plans.insert(uow.session, new, uow.now_us)
    if new.deadline_us is not None:
        uow.wake_at(new.deadline_us)
    return work_plan(uow.session, require_plan(uow.session, new.id))


def require_plan(connection: Connection, work_plan_id: str) -> PlanRow:
    """Return the plan with this id.

    Raises:
        NotFound: There is none.
    """
    row = plans.by_id(connection, work_plan_id)
    if row is None:
        raise NotFound(f"work plan {work_plan_id!r}", "does not exist", field="work_plan_id")
    return row


def work_plan(connection: Connection, row: PlanRow, silent_since_us: int | None = None) -> WorkPlan:
    """Return a row as a value.

    Args:
        connection: Where it was read.
        row: The row.
        silent_since_us: A plan that is not written to since then, and cannot go on, is STALLED; None does not look.
    """
    status = PlanStatus(row.status)
    if status is PlanStatus.RUNNING and silent_since_us is not None and is_stalled(connection, row, silent_since_us):
        status = PlanStatus.STALLED
    return WorkPlan(
        id=row.id,
        metadata=json.loads(row.metadata),
        status=status,
        deadline=moment(row.deadline_us) if row.deadline_us is not None else None,
        fail_fast=bool(row.fail_fast),
        cause=row.cancel_reason,
        held=row.held == HELD,
        version=row.version,
        created_at=moment(row.created_us),
        updated_at=moment(row.updated_us),
        finished_at=moment(row.finished_us) if row.finished_us is not None else None,
    )


def _same_plan(uow: UnitOfWork, first: PlanRow, metadata: Mapping[str, str], idempotency_key: str) -> WorkPlan:
    if first.metadata != plans.encode_metadata(metadata):
        raise AlreadyExists(
            f"work plan {first.id!r}",
            f"was created with idempotency key {idempotency_key!r} and other metadata",
            hint="use a fresh key for another plan",
            field="idempotency_key",
        )
    return work_plan(uow.session, first)
