"""Cancelling plans and stages: everything that is open ends, running work included.

A plan is cancelled in steps. The first transaction records the decision: from then on nothing of the plan starts,
nothing that runs is listened to, and nodes that are written are born FINAL. The rest follows in later ones. Stages
that are written with `always` are spared, with the checks that they are to finish, and released when the rest is FINAL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from orchestrator.clock import moment
from orchestrator.service import cascading, finalizing, progression
from orchestrator.service.plans import require_plan
from orchestrator.service.unit_of_work import LARGEST_WHOLE, UnitOfWork
from orchestrator.storage.tables import assignments, attempts, cascades, checks, edges, plans, stages
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, OPEN, STAGE
from orchestrator.storage.tables.plans import PlanRow
from orchestrator.storage.tables.stages import StageRow
from turboci.errors import NotFound
from turboci.states import CheckState, Outcome, StageState
from turboci.writes import StageWrite

_THROUGH: Final = 0
_REACH: Final = 20
"""How many nodes are looked at for each that may be ended: most checks end with their stages, before their turn."""


def cancel_plan(uow: UnitOfWork, work_plan_id: str, reason: str) -> None:
    """End everything in a plan that is not FINAL; doing it again changes nothing.

    Raises:
        NotFound: There is no such plan.
    """
    plan = uow.adopt(require_plan(uow.session, work_plan_id))
    uow.cancel(plan, f"the plan was cancelled: {reason}" if reason else "the plan was cancelled")


def cancel_stage(uow: UnitOfWork, work_plan_id: str, stage_id: str, reason: str) -> None:
    """End a stage that is not FINAL, and its children; doing it again changes nothing.

    Raises:
        NotFound: There is no such plan, or no such stage.
    """
    plan = uow.adopt(require_plan(uow.session, work_plan_id))
    stage = stages.by_id(uow.session, plan.key, stage_id)
    if stage is None:
        raise NotFound(f"stage {stage_id!r}", f"is not in work plan {work_plan_id!r}", field="stage_id")
    if stage.state != StageState.FINAL:
        cause = f"the stage was cancelled: {reason}" if reason else "the stage was cancelled"
        progression.cancel_stage(uow, stage, cause)


def expire(uow: UnitOfWork, plan: PlanRow) -> None:
    """Cancel a plan whose deadline has passed."""
    if plan.deadline_us is not None and plan.deadline_us <= uow.now_us and plan.cancelled_us is None:
        uow.cancel(plan, f"the plan was cancelled: its deadline passed at {moment(plan.deadline_us):%Y-%m-%d %H:%M:%S}")


def expire_due(uow: UnitOfWork) -> bool:
    """Cancel the plan whose deadline passed first; return whether there may be more.

    One that has nothing open is left as it is: it was in time. What is written to it later is cancelled.
    """
    for key in plans.due(uow.session, uow.now_us, 1):
        plans.looked_at(uow.session, key)
        plan = uow.plan(key)
        if plan.checks_open or plan.stages_open:
            expire(uow, plan)
        return True
    return False


def go_on(uow: UnitOfWork, plan: int) -> None:
    """Take up what an earlier unit of work left in a plan."""
    cascading.resume(uow, plan)
    if plan in plans.closing(uow.session):
        uow.closing[plan] = None


def unfinished(uow: UnitOfWork) -> set[int]:
    """Return the plans in which units of work left something."""
    return {*plans.closing(uow.session), *cascades.plans(uow.session)}


def close(uow: UnitOfWork) -> None:
    """Cancel what is open in plans that are cancelled, as far as one unit of work may go."""
    while uow.closing and uow.may_go_on:
        plan = uow.plan(next(iter(uow.closing)))
        if plan.closing == STAGE and not plan.closing_after:
            _stop_running(uow, plan)
        _close_step(uow, plan)
        if plan.closing == _THROUGH:
            del uow.closing[plan.key]
        progression.propagate(uow)


def release(uow: UnitOfWork) -> None:
    """Start the spared stages of cancelled plans in which nothing else is open."""
    for plan in uow.cancelled_plans:
        if plan.closing:
            continue
        for stage in stages.spared(uow.session, plan.key):
            if stage.state == StageState.PLANNED:
                _release(uow, stage)


def spare_answered(uow: UnitOfWork, plan: PlanRow, writes: Iterable[StageWrite]) -> None:
    """Let the checks live that new children of spared stages are to answer."""
    for write in writes:
        parent = stages.by_id(uow.session, plan.key, write.parent_stage_id) if write.parent_stage_id else None
        if parent is not None and parent.always:
            uow.spared_checks.update(assignment.target_check_id for assignment in write.assignments)


def is_doomed(uow: UnitOfWork, stage: StageRow) -> bool:
    """Return whether a stage is to be cancelled with its plan, though its turn has not come."""
    return bool(uow.plan(stage.plan).closing) and not stage.always and stage.state != StageState.FINAL


def end_doomed_stage(uow: UnitOfWork, stage: StageRow) -> None:
    """Cancel a stage before its turn, so that whoever speaks of it learns what has become of it."""
    if is_doomed(uow, stage):
        progression.cancel_stage(uow, stage, _cause(uow.plan(stage.plan)))


def end_doomed_check(uow: UnitOfWork, check: CheckRow) -> None:
    """Cancel a check before its turn, as `end_doomed_stage` does."""
    plan = uow.plan(check.plan)
    if plan.closing and check.state != CheckState.FINAL:
        _cancel_checks(uow, plan, [check])


def _stop_running(uow: UnitOfWork, plan: PlanRow) -> None:
    """Begin with what runs: whatever waits can wait."""
    for attempt in attempts.held(uow.session, plan.key, _limit(uow, plan)):
        stage = stages.by_key(uow.session, attempt.stage)
        if not stage.always:
            _count(uow, plan, 1)
            progression.cancel_stage(uow, stage, _cause(plan))


def _close_step(uow: UnitOfWork, plan: PlanRow) -> None:
    """Cancel stages, and then checks, in order of creation."""
    while plan.closing != _THROUGH and uow.may_go_on:
        last = _cancel_page(uow, plan, _limit(uow, plan))
        if last is not None:
            plan.closing_after = last
        else:
            plan.closing, plan.closing_after = (CHECK if plan.closing == STAGE else _THROUGH), 0
        plans.close(uow.session, plan.key, plan.closing, plan.closing_after)


def _cancel_page(uow: UnitOfWork, plan: PlanRow, limit: int) -> int | None:
    """Cancel nodes of the kind whose turn it is; return the key to go on after, None if that was all."""
    if plan.closing == CHECK:
        found, last = checks.open_after(uow.session, plan.key, plan.closing_after, reach=_REACH * limit, limit=limit)
        _cancel_checks(uow, plan, found)
        _count(uow, plan, len(found) or limit)
        return last
    stages_found, last = stages.open_after(uow.session, plan.key, plan.closing_after, reach=_REACH * limit, limit=limit)
    for stage in stages_found:
        if not stage.always:
            progression.cancel_stage(uow, stage, _cause(plan))
    # Looking at so many that are FINAL takes about as long as ending a few.
    _count(uow, plan, len(stages_found) or limit)
    return last


def _limit(uow: UnitOfWork, plan: PlanRow) -> int:
    return uow.room if uow.is_large(plan.key) else LARGEST_WHOLE


def _count(uow: UnitOfWork, plan: PlanRow, nodes: int) -> None:
    if uow.is_large(plan.key):
        uow.steps += nodes


def _cancel_checks(uow: UnitOfWork, plan: PlanRow, found: Collection[CheckRow]) -> None:
    spared = stages.spared_checks(uow.session, plan.key)
    for check in found:
        if check.id not in spared:
            finalizing.end_check_for(uow, check, Outcome.CANCELLED, _cause(plan))


def _release(uow: UnitOfWork, stage: StageRow) -> None:
    answered = [check for _, check in assignments.assigned_checks(uow.session, stage.key)]
    gates = [check for check in answered if check.state == CheckState.PLANNED]
    own = {(CHECK, check.id) for check in answered}
    sources = [(STAGE, stage.key), *((CHECK, check.key) for check in gates)]
    if any(_waits(uow, stage.plan, kind, key, own) for kind, key in sources):
        return
    for check in gates:
        progression.await_results(uow, check)
    uow.ready.append(stage)


def _waits(uow: UnitOfWork, plan: int, kind: int, key: int, own: Collection[tuple[int, str]]) -> bool:
    """Return whether a spared node waits for another one that is spared; all else counts as satisfied."""
    for edge in edges.of_source(uow.session, kind, key):
        if edge.state == OPEN and (edge.target_kind, edge.target_id) not in own:
            state_of = checks.state_of if edge.target_kind == CHECK else stages.state_of
            if state_of(uow.session, plan, edge.target_id) is not None:
                return True
    return False


def _cause(plan: PlanRow) -> str:
    return plan.cancel_reason or "the plan was cancelled"
