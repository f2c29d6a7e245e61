"""Cancelling a plan: everything that is open ends, running work included."""

from __future__ import annotations

from orchestrator.service import finalizing, progression
from orchestrator.service.plans import require_plan
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import checks, plans, stages
from orchestrator.storage.tables.stages import StageRow
from turboci.states import CheckState, ConcludedReason, Outcome, StageState


def cancel_plan(uow: UnitOfWork, work_plan_id: str, reason: str) -> None:
    """End everything in a plan that is not FINAL; doing it again changes nothing.

    Raises:
        NotFound: There is no such plan.
    """
    plan = uow.adopt(require_plan(uow.session, work_plan_id))
    cause = f"the plan was cancelled: {reason}" if reason else "the plan was cancelled"
    if not plans.cancel(uow.session, plan.key, cause, uow.now_us):
        return
    for stage in stages.of_plan(uow.session, plan.key):
        if stage.state != StageState.FINAL:
            _cancel_stage(uow, stage, cause)
    for check in checks.of_plan(uow.session, plan.key):
        if check.state != CheckState.FINAL:
            finalizing.end_check_for(uow, check, Outcome.CANCELLED, cause)
    uow.touched(plan.key)


def _cancel_stage(uow: UnitOfWork, stage: StageRow, cause: str) -> None:
    attempt = finalizing.end_open_attempt(uow, stage, cause)
    if attempt is not None:
        finalizing.withdraw(uow, attempt, cause)
    progression.finish_stage(uow, stage, Outcome.CANCELLED, ConcludedReason.CANCELLED, cause)
