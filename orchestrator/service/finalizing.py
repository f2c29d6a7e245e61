"""How checks end: by an answer, by a writer, or by the orchestrator when nobody is left to answer."""

from __future__ import annotations

from typing import Final

from orchestrator.service.effects import Withdraw
from orchestrator.service.unit_of_work import Finished, UnitOfWork
from orchestrator.storage.tables import attempts, checks, results, stages
from orchestrator.storage.tables.attempts import AttemptRow, End
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK
from orchestrator.storage.tables.results import NewResult
from orchestrator.storage.tables.stages import StageRow
from turboci.nodes import ORCHESTRATOR, STAGE_ATTEMPT
from turboci.states import AttemptState, CheckState, ExecutionMode, Outcome, StageState

_WORST_FIRST: Final = (Outcome.FAILED, Outcome.CANCELLED, Outcome.SKIPPED, Outcome.SUCCEEDED)


def end_check(uow: UnitOfWork, check: CheckRow) -> bool:
    """Make a check FINAL as its results say: FAILED if one that counts is red. Return False if it moved meanwhile."""
    cause = _red_cause(uow, check)
    return _end(uow, check, Outcome.SUCCEEDED if cause is None else Outcome.FAILED, cause)


def end_check_for(uow: UnitOfWork, check: CheckRow, outcome: Outcome, cause: str) -> bool:
    """Make a check FINAL without an answer; the orchestrator leaves a red result that says why."""
    result = NewResult(ORCHESTRATOR, "", b"", cause, finalized=True)
    results.put(uow.session, check.key, result, uow.now_us)
    results.finalize(uow.session, check.key, uow.now_us)
    return _end(uow, check, outcome, cause)


def end_unanswered(uow: UnitOfWork, check: CheckRow) -> None:
    """Make a check FINAL if every stage that was to bring it there is, with the worst outcome of all of them."""
    answering = [
        stage for goal, stage in stages.answering(uow.session, check.plan, check.id) if goal == CheckState.FINAL
    ]
    if not answering or any(stage.state != StageState.FINAL for stage in answering):
        return
    outcomes = {Outcome(stage.outcome) for stage in answering if stage.outcome}
    worst = next(outcome for outcome in _WORST_FIRST if outcome in outcomes)
    if worst is Outcome.SUCCEEDED:
        _finalize_for(uow, check, max(answering, key=lambda stage: stage.updated_us))
    if worst is Outcome.SUCCEEDED or (worst is not Outcome.FAILED and _red_cause(uow, check) is not None):
        end_check(uow, check)
        return
    causes = "; ".join(_why(stage) for stage in answering if stage.outcome == worst.value)
    end_check_for(uow, check, worst, causes)


def end_answered_by(uow: UnitOfWork, check: CheckRow, stage: StageRow) -> None:
    """Make a check FINAL that a stage leaves open when it starts to wait for its children.

    Another stage that is still to answer the check keeps it open.
    """
    others = stages.answering(uow.session, check.plan, check.id)
    if any(goal == CheckState.FINAL and other.state < StageState.AWAITING_GROUP for goal, other in others):
        return
    _finalize_for(uow, check, stage)
    end_check(uow, check)


def open_attempt(uow: UnitOfWork, stage: StageRow) -> AttemptRow | None:
    """Return the attempt of a stage that has not ended."""
    attempt = attempts.newest(uow.session, stage.key)
    return attempt if attempt is not None and not attempt.ended else None


def end_open_attempt(uow: UnitOfWork, stage: StageRow, failure: str) -> AttemptRow | None:
    """End the open attempt of a stage as INCOMPLETE, free its slot, and return it."""
    attempt = open_attempt(uow, stage)
    if attempt is None:
        return None
    end = End(AttemptState.INCOMPLETE, failure, attempt.details)
    if attempts.end(uow.session, attempt.key, attempt.state, end, uow.now_us):
        uow.release(attempt.registration, attempt.runner_type, attempt.state)
    return attempt


def withdraw(uow: UnitOfWork, attempt: AttemptRow, reason: str) -> None:
    """Tell the runner of an attempt that ended without it, if one holds it."""
    if attempt.registration is not None:
        runner = uow.pool.get(attempt.registration)
        uow.effects.append(withdrawal(attempt, runner.row.address if runner else "", reason))


def withdrawal(attempt: AttemptRow, address: str, reason: str) -> Withdraw:
    """Return what tells the runner at an address that an attempt has ended without it."""
    return Withdraw(
        attempt.execution_id,
        address,
        ExecutionMode(attempt.mode),
        reason,
        plan=attempt.plan,
        stage=attempt.stage,
        idx=attempt.idx,
        runner_id=attempt.process_uid,
    )


def _end(uow: UnitOfWork, check: CheckRow, outcome: Outcome, cause: str | None) -> bool:
    if not checks.finish(uow.session, check.key, check.state, outcome, cause, uow.now_us):
        return False
    if check.state == CheckState.PLANNED:
        # Counted down at once, so that whoever counts afresh in the same unit of work comes to the same number.
        stages.open_gate(uow.session, check.plan, check.id)
    uow.ended(Finished(check.plan, CHECK, check.id, check.key, check.state, outcome), cause)
    check.state = CheckState.FINAL
    return True


def _red_cause(uow: UnitOfWork, check: CheckRow) -> str | None:
    """Finalize the results of a check; return who answered red and why, or None."""
    results.finalize(uow.session, check.key, uow.now_us)
    red = results.red(uow.session, check.key)
    if red is None:
        return None
    owner_type, owner_id, failure = red
    stage, _, attempt = owner_id.rpartition(":")
    who = f"stage {stage!r} (attempt {attempt})" if owner_type == STAGE_ATTEMPT else f"{owner_type} {owner_id}".strip()
    return f"{who}: {failure}" if failure else f"{who} answered red"


def _finalize_for(uow: UnitOfWork, check: CheckRow, stage: StageRow) -> None:
    """Leave an empty result of the stage that ended, if it left none."""
    owner = f"{stage.id}:{stage.attempts}"
    if results.of_owner(uow.session, check.key, STAGE_ATTEMPT, owner) is None:
        results.put(uow.session, check.key, NewResult(STAGE_ATTEMPT, owner, b"", None, finalized=True), uow.now_us)


def _why(stage: StageRow) -> str:
    return (
        f"stage {stage.id!r} is {stage.outcome}: {stage.cause}"
        if stage.cause
        else f"stage {stage.id!r} is {stage.outcome}"
    )
