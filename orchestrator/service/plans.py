"""Work plans: made, found, summed up."""

from __future__ import annotations

import json
from collections.abc import Mapping

from orchestrator.clock import moment
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import plans
from orchestrator.storage.tables.plans import PlanRow
from turboci.errors import AlreadyExists, NotFound
from turboci.ids import new_id
from turboci.nodes import WorkPlan
from turboci.states import PlanStatus


def create(uow: UnitOfWork, metadata: Mapping[str, str], idempotency_key: str | None) -> WorkPlan:
    """Make an empty plan; the same key and metadata again return the first one.

    Raises:
        AlreadyExists: The key was used with other metadata.
    """
    if idempotency_key:
        first = plans.by_idempotency_key(uow.session, idempotency_key)
        if first is not None:
            return _same_plan(first, metadata, idempotency_key)
    plan_id = new_id()
    plans.insert(uow.session, plan_id, metadata, idempotency_key or None, uow.now_us)
    return work_plan(require_plan(uow.session, plan_id))


def require_plan(connection: Connection, work_plan_id: str) -> PlanRow:
    """Return the plan with this id.

    Raises:
        NotFound: There is none.
    """
    row = plans.by_id(connection, work_plan_id)
    if row is None:
        raise NotFound(f"work plan {work_plan_id!r}", "does not exist", field="work_plan_id")
    return row


def work_plan(row: PlanRow) -> WorkPlan:
    """Return a row as a value."""
    return WorkPlan(
        id=row.id,
        metadata=json.loads(row.metadata),
        status=status(row),
        version=row.version,
        created_at=moment(row.created_us),
        updated_at=moment(row.updated_us),
    )


def status(row: PlanRow) -> PlanStatus:
    """Sum a plan up; that it is stalled takes a look at its nodes, which `explanation` takes."""
    if not row.checks_total and not row.stages_total:
        return PlanStatus.CANCELLED if row.cancelled_us is not None else PlanStatus.EMPTY
    if row.checks_open or row.stages_open:
        return PlanStatus.RUNNING
    if row.cancelled_us is not None:
        return PlanStatus.CANCELLED
    return PlanStatus.FAILED if row.nodes_failed else PlanStatus.SUCCEEDED


def _same_plan(first: PlanRow, metadata: Mapping[str, str], idempotency_key: str) -> WorkPlan:
    if first.metadata != plans.encode_metadata(metadata):
        raise AlreadyExists(
            f"work plan {first.id!r}",
            f"was created with idempotency key {idempotency_key!r} and other metadata",
            hint="use a fresh key for another plan",
            field="idempotency_key",
        )
    return work_plan(first)
