"""From ready stages to claimed attempts.

What became ready in a unit of work is claimed in the same one where a runner has room; what has to wait is queued.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from orchestrator.clock import moment
from orchestrator.service.effects import Deliver
from orchestrator.service.pool import NEVER_US, Registered
from orchestrator.service.routes import is_routed
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import assignments, attempts, checks, stages
from orchestrator.storage.tables.attempts import Claim, NewAttempt
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.plans import HELD
from orchestrator.storage.tables.stages import StageRow
from turboci.executions import AssignedCheck, Execution
from turboci.ids import new_id_at
from turboci.states import AttemptState, ExecutionMode, StageState
from turboci.wire import structs

_MICRO: Final = 1_000_000
_MODES: Final[Mapping[int, ExecutionMode]] = {int(mode): mode for mode in ExecutionMode}


def start_ready(uow: UnitOfWork) -> None:
    """Make the first attempt of every stage that became ready, highest priority first."""
    ready = [stage for stage in uow.ready if uow.plan(stage.plan).held != HELD]
    uow.ready.clear()
    if not ready:
        return
    ready.sort(key=lambda stage: -stage.priority)
    # A stage may have become ready twice in one unit of work.
    answering = dict.fromkeys(stage.key for stage in ready if uow.has_checks(stage.plan))
    offered = assignments.offered_to(uow.session, answering)
    added = []
    for stage in ready:
        answered = offered.get(stage.key, ())
        names = json.dumps([check.id for check in answered]) if answered else "[]"
        if stages.start(uow.session, stage.key, names, uow.now_us):
            added.append(_first_attempt(uow, stage, answered))
    attempts.insert(uow.session, added, uow.now_us)


def start_again(uow: UnitOfWork, stage: StageRow, *, backoff: float) -> None:
    """Queue the next attempt of a stage after `backoff` seconds."""
    due_us = uow.now_us + int(backoff * uow.services.jitter() * _MICRO)
    new = _new_attempt(uow, stage, stage.attempts + 1, due_us)
    attempts.insert(uow.session, [(new, None)], uow.now_us)
    uow.attempted(stage.plan, stage.id, StageState.ATTEMPTING, new.idx, AttemptState.PENDING)
    uow.wake_at(due_us)


def fill(uow: UnitOfWork, runner_type: str) -> None:
    """Claim queued work of one runner type as long as there is room; plans take turns."""
    for mode in ExecutionMode:
        while uow.services.accepting() and uow.pool.has_queue(runner_type, mode):
            runner = uow.pool.pick(runner_type, mode, uow.now_us)
            plan = uow.pool.next_plan(runner_type, mode) if runner else None
            if runner is None or plan is None:
                break
            _claim_next(uow, runner_type, mode, plan, runner)


def queue(uow: UnitOfWork, runner_type: str, mode: int, plan: int, patience_us: int | None = None) -> None:
    """Note that a plan has queued work; look again if no runner turns up, after `patience_us` at the latest."""
    config = uow.services.config
    if patience_us is None and config.fail_without_runner_after is not None:
        patience_us = int(config.fail_without_runner_after * _MICRO)
    gives_up_us = NEVER_US if patience_us is None else uow.now_us + patience_us
    uow.pool.enqueue(runner_type, mode, plan, uow.now_us, gives_up_us)
    uow.freed.add(runner_type)
    if not uow.pool.is_served(runner_type, mode, uow.now_us):
        uow.wake_at(min(gives_up_us, uow.now_us + int(config.no_runner_warning * _MICRO)))


def _first_attempt(uow: UnitOfWork, stage: StageRow, offered: Sequence[CheckRow]) -> tuple[NewAttempt, Claim | None]:
    """Return the first attempt of a stage, which is ATTEMPTING now: claimed if a runner is free, or else queued."""
    new = _new_attempt(uow, stage, 1, None)
    runner = _free_runner(uow, stage)
    if runner is None:
        uow.attempted(stage.plan, stage.id, StageState.PLANNED, new.idx, AttemptState.PENDING)
        if stage.runner_type:
            queue(uow, stage.runner_type, stage.mode, stage.plan, stage.no_runner_us)
        return new, None
    claim = _claim(uow, stage, runner)
    uow.attempted(stage.plan, stage.id, StageState.PLANNED, new.idx, claim.state)
    _deliver(uow, stage, new.execution_id, new.idx, claim, runner, offered)
    return new, claim


def _free_runner(uow: UnitOfWork, stage: StageRow) -> Registered | None:
    """Return a runner that may take the stage at once: nothing of its kind may be waiting longer."""
    if not stage.runner_type or not uow.services.accepting() or uow.pool.has_queue(stage.runner_type, stage.mode):
        return None
    return uow.pool.pick(stage.runner_type, stage.mode, uow.now_us)


def _claim_next(uow: UnitOfWork, runner_type: str, mode: ExecutionMode, plan: int, runner: Registered) -> None:
    cancelled = uow.plan(plan).cancelled_us is not None
    next_of = attempts.next_spared if cancelled else attempts.next_queued
    attempt = next_of(uow.session, runner_type, mode, plan)
    if attempt is None:
        since = uow.pool.dequeue(runner_type, mode, plan)
        uow.session.on_rollback(lambda: uow.pool.enqueue(runner_type, mode, plan, since))
        return
    stage = stages.by_key(uow.session, attempt.stage)
    claim = _claim(uow, stage, runner)
    if attempts.claim(uow.session, attempt.key, claim, uow.now_us):
        uow.attempted(plan, stage.id, StageState.ATTEMPTING, attempt.idx, claim.state)
        _deliver(uow, stage, attempt.execution_id, attempt.idx, claim, runner, _offered(uow, stage))


def _claim(uow: UnitOfWork, stage: StageRow, runner: Registered) -> Claim:
    timeout_us = stage.timeout_us or int(uow.services.config.default_timeout * _MICRO)
    deadline_us = uow.now_us + timeout_us
    who = runner.row.runner_id
    if stage.mode == ExecutionMode.SYNC and not is_routed(runner.row.address):
        # The call itself carries the deadline, so the clock need not look.
        return Claim(AttemptState.RUNNING, runner.row.registration_id, who, deadline_us, None)
    accept_us = uow.now_us + int(uow.services.config.accept_timeout * _MICRO)
    due_us = min(accept_us, deadline_us)
    uow.wake_at(due_us)
    return Claim(AttemptState.SCHEDULED, runner.row.registration_id, who, deadline_us, due_us)


def _deliver(
    uow: UnitOfWork,
    stage: StageRow,
    execution_id: str,
    idx: int,
    claim: Claim,
    runner: Registered,
    offered: Sequence[CheckRow],
) -> None:
    uow.hold(claim.registration, claim.state)
    execution = Execution(
        execution_id=execution_id,
        work_plan_id=uow.plan(stage.plan).id,
        stage_id=stage.id,
        attempt_idx=idx,
        mode=_MODES[stage.mode],
        args=structs.lazy(stage.args),
        checks=tuple(map(_assigned, offered)),
        deadline=moment(claim.deadline_us),
        callback_address=uow.services.callback_address(),
    )
    uow.effects.append(Deliver(execution, runner.row.address, claim.deadline_us))


def _assigned(check: CheckRow) -> AssignedCheck:
    return AssignedCheck(check_id=check.id, kind=check.kind, options=structs.lazy(check.options))


def _offered(uow: UnitOfWork, stage: StageRow) -> list[CheckRow]:
    """Return the checks that the first attempt was offered: later ones get the same."""
    names: list[str] = json.loads(stage.offered or "[]")
    found = (checks.by_id(uow.session, stage.plan, name) for name in names)
    return [check for check in found if check is not None]


def _new_attempt(uow: UnitOfWork, stage: StageRow, idx: int, due_us: int | None) -> NewAttempt:
    return NewAttempt(
        execution_id=new_id_at(uow.now_us),
        plan=stage.plan,
        stage=stage.key,
        idx=idx,
        runner_type=stage.runner_type,
        mode=stage.mode,
        priority=stage.priority,
        due_us=due_us,
    )
