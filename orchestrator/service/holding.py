"""Plans that are held: written in as many calls as it takes, and started when they are released."""

from __future__ import annotations

from typing import Final

from orchestrator.service import progression
from orchestrator.service.plans import require_plan
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import plans, stages
from orchestrator.storage.tables.plans import RELEASING, PlanRow

_STAGES: Final = 1_000
"""Stages that one transaction starts."""


def release(uow: UnitOfWork, work_plan_id: str) -> None:
    """Let a held plan start; one that is not held stays as it is.

    Raises:
        NotFound: There is no such plan.
    """
    plan = uow.adopt(require_plan(uow.session, work_plan_id))
    if plans.release(uow.session, plan.key, uow.now_us):
        plan.held = RELEASING
        uow.released(plan.key)
        _start_portion(uow, plan)


def sweep(uow: UnitOfWork) -> None:
    """Start the next portion of a plan that was released."""
    plan = plans.next_released(uow.session)
    if plan is not None:
        _start_portion(uow, uow.adopt(plan))


def _start_portion(uow: UnitOfWork, plan: PlanRow) -> None:
    """Start stages that were ready while the plan was held; the clock brings the rest."""
    found = stages.startable(uow.session, plan.key, plan.held_after, _STAGES)
    for stage in found:
        progression.decide_stage(uow, stage)
    if len(found) < _STAGES:
        plans.released_to(uow.session, plan.key, None)
    else:
        plans.released_to(uow.session, plan.key, found[-1].key)
        uow.wake_at(uow.now_us)
