"""The one path on which attempts end with an answer: SYNC and ASYNC, runners and claiming processes."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.clock import moment
from orchestrator.service import answers, leases, progression, retries
from orchestrator.service.answers import FittedUpdate
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, stages
from orchestrator.storage.tables.attempts import AttemptRow, End
from orchestrator.storage.tables.edges import STAGE
from orchestrator.storage.tables.stages import StageRow
from turboci.errors import ExecutionNotFound, LimitExceeded, StaleAttempt
from turboci.executions import Answer, CheckUpdate
from turboci.payloads import JSON
from turboci.states import AttemptState, ConcludedReason, Outcome, StageState
from turboci.wire import structs


def complete(uow: UnitOfWork, execution_id: str, answer: Answer, *, may_come_again: bool = True) -> None:
    """End an attempt with the answer of its runner.

    Args:
        uow: The unit of work.
        execution_id: Names the attempt.
        answer: What the runner says.
        may_come_again: The same answer is accepted again; what a call returned comes once.

    Raises:
        ExecutionNotFound: No attempt has this id.
        StaleAttempt: The attempt has ended otherwise.
        InvalidArgument: An update names an unknown check.
        InvalidState: An update does not fit the state of its check.
    """
    attempt = require_attempt(uow, execution_id)
    if attempt.ended:
        if attempt.answer_digest is not None and attempt.answer_digest == answers.digest(answer):
            return
        raise stale(uow, attempt)
    stage = uow.reported.stage(attempt.stage)
    _require_in_time(uow, stage, attempt)
    _require_wanted(uow, stage, attempt)
    meaning = answers.complete_failures(answer)
    fitted = answers.fit(uow, stage.plan, meaning)
    known_again = answers.digest(answer) if may_come_again else None
    conclude(uow, stage, attempt, meaning, fitted, known_again)


def conclude(
    uow: UnitOfWork,
    stage: StageRow,
    attempt: AttemptRow,
    answer: Answer,
    fitted: list[FittedUpdate],
    digest: bytes | None,
) -> None:
    """Apply an answer that fits: results, attempt, stage; the rest follows when the unit of work settles."""
    red = answers.is_red(answer)
    if red and retries.may_follow_red(stage):
        answers.keep(uow, stage, attempt, fitted)
        summary = answers.first_failure(answer)
        _end(uow, attempt, End(AttemptState.INCOMPLETE, summary, structs.encode(answer.details), digest))
        retries.follow_red(uow, stage)
        return
    dropped = answers.apply(uow, stage, attempt, fitted)
    details = structs.encode(_noted(answer, dropped))
    failure = answer.failure
    if failure is None and dropped:
        failure = next((late_red(update) for update in dropped if update.failure is not None), None)
    if failure is not None:
        _end(uow, attempt, End(AttemptState.INCOMPLETE, failure, details, digest))
        cause = failure or "the runner answered red"
        progression.finish_stage(uow, stage, Outcome.FAILED, ConcludedReason.WORK_FAILED, cause)
        return
    _end(uow, attempt, End(AttemptState.COMPLETE, None, details, digest))
    if answer.stage_state is StageState.AWAITING_GROUP:
        _await_group(uow, stage)
    else:
        progression.finish_stage(uow, stage, Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE)


def late_red(update: CheckUpdate) -> str:
    """Return why a red that came too late still makes the stage red."""
    return f"red answer to check {update.check_id!r}, which was FINAL already: {update.failure}"


def require_attempt(uow: UnitOfWork, execution_id: str) -> AttemptRow:
    """Return the attempt with this execution id.

    Raises:
        ExecutionNotFound: There is none.
    """
    attempt = uow.reported.attempt(execution_id)
    if attempt is None:
        raise ExecutionNotFound(f"execution {execution_id!r}", "does not exist", field="execution_id")
    return attempt


def require_live_attempt(uow: UnitOfWork, execution_id: str) -> AttemptRow:
    """Return the attempt with this execution id.

    Raises:
        ExecutionNotFound: There is none.
        StaleAttempt: It has ended, or its time is up.
    """
    attempt = require_attempt(uow, execution_id)
    if attempt.ended:
        raise stale(uow, attempt)
    stage = uow.reported.stage(attempt.stage)
    _require_in_time(uow, stage, attempt)
    _require_wanted(uow, stage, attempt)
    return attempt


def _require_in_time(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow) -> None:
    """Refuse to listen to an attempt whose time is up, though the clock has not ended it yet."""
    until_us = leases.ends_at(uow, stage, attempt)
    if until_us is not None and until_us <= uow.now_us:
        raise StaleAttempt(
            f"execution {attempt.execution_id!r}",
            f"has ended: the time of attempt {attempt.idx} of stage {stage.id!r} was up at {moment(until_us):%H:%M:%S}",
            hint="drop the work; a new attempt has its own execution id",
            field="execution_id",
        )


def _require_wanted(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow) -> None:
    """Refuse to listen to an attempt that is to be cancelled with its plan, though its turn has not come."""
    plan = uow.plan(stage.plan)
    if plan.closing and not stage.always:
        raise StaleAttempt(
            f"execution {attempt.execution_id!r}",
            f"has ended: attempt {attempt.idx} of stage {stage.id!r} is INCOMPLETE ({plan.cancel_reason})",
            hint="drop the work; nothing follows it",
            field="execution_id",
        )


def stale(uow: UnitOfWork, attempt: AttemptRow) -> StaleAttempt:
    """Return the error for whoever speaks for an attempt that has ended."""
    stage = uow.reported.stage(attempt.stage)
    state = AttemptState(attempt.state).name
    why = f" ({attempt.failure})" if attempt.failure else ""
    return StaleAttempt(
        f"execution {attempt.execution_id!r}",
        f"has ended: attempt {attempt.idx} of stage {stage.id!r} is {state}{why}",
        hint="drop the work; a new attempt has its own execution id",
        field="execution_id",
    )


def require_payload(uow: UnitOfWork, subject: str, size: int, field: str) -> None:
    """Refuse a payload that grew too large.

    Raises:
        LimitExceeded: It is above the configured size.
    """
    limit = uow.services.config.max_payload_bytes
    if size > limit:
        raise LimitExceeded(
            subject,
            f"would have {field.rpartition('.')[2]} of {size:,} bytes",
            hint=f"at most {limit:,} are allowed; leave large data in a file and name it",
            field=field,
        )


def _end(uow: UnitOfWork, attempt: AttemptRow, end: End) -> None:
    if not attempts.end(uow.session, attempt.key, attempt.state, end, uow.now_us):
        raise stale(uow, attempt)
    uow.pool.answered(attempt.registration)
    uow.release(attempt.registration, attempt.runner_type, attempt.state)
    attempt.state, attempt.failure, attempt.details, attempt.answer_digest = end


def _noted(answer: Answer, dropped: list[CheckUpdate]) -> Mapping[str, JSON]:
    if not dropped:
        return answer.details
    late: list[JSON] = [update.check_id for update in dropped]
    return {**answer.details, "dropped_check_updates": late}


def _await_group(uow: UnitOfWork, stage: StageRow) -> None:
    from_state = stage.state
    if not stages.await_group(uow.session, stage.key, uow.now_us):
        return
    uow.moved(stage.plan, STAGE, stage.id, from_state, StageState.AWAITING_GROUP)
    stage.state = StageState.AWAITING_GROUP
    progression.end_open_checks(uow, stage)
    progression.close_group(uow, stage)
