"""Writes to the attempt of a stage without a runner type, by whoever claimed it."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.clock import microseconds, moment
from orchestrator.service import completion
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, logs, progress, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.progress import ProgressRow
from orchestrator.storage.tables.stages import StageRow
from turboci.errors import InvalidState
from turboci.executions import Answer
from turboci.nodes import ProgressEntry
from turboci.states import ATTEMPT_MOVES, AttemptState, StageState, require_move
from turboci.wire import structs
from turboci.writes import AttemptWrite


def write_attempt(uow: UnitOfWork, stage_key: int, write: AttemptWrite) -> None:
    """Claim, report on, or end the newest attempt of a stage.

    Raises:
        InvalidState: A runner owns the stage, there is no attempt yet, somebody else holds it, or it has ended.
    """
    stage = stages.by_key(uow.session, stage_key)
    attempt = _require_writable(uow, stage, write)
    if attempt is None:
        return
    if write.state is not None:
        require_move(
            f"attempt {attempt.idx} of stage {stage.id!r}", AttemptState(attempt.state), write.state, ATTEMPT_MOVES
        )
    _claim(uow, stage, attempt, write)
    if write.progress is not None:
        append_progress(uow, attempt, write.progress)
    details = structs.encode({**structs.decode(attempt.details), **(write.details or {})})
    if details != attempt.details:
        completion.require_payload(uow, f"stage {stage.id!r}", len(details), "current_attempt.details")
        attempts.detail(uow.session, attempt.key, details, uow.now_us)
        attempt.details = details
    stages.touch(uow.session, stage.key, uow.now_us)
    uow.touched(stage.plan)
    if write.state is not None and write.state.ended:
        _end(uow, stage, attempt, write)


def append_progress(uow: UnitOfWork, attempt: AttemptRow, entry: ProgressEntry) -> None:
    """Keep a sign of life with its attempt, and tell who watches."""
    at_us = microseconds(entry.timestamp) if entry.timestamp else uow.now_us
    config = uow.services.config
    if entry.log and config.max_log_bytes:
        logs.append(uow.session, attempt.key, entry.log, at_us, keep=config.max_log_bytes)
    if entry.message or entry.percent is not None or entry.details or not entry.log:
        row = ProgressRow(entry.message, entry.percent, structs.encode(entry.details), at_us)
        progress.append(uow.session, attempt.key, row, keep=config.max_progress_entries)
    uow.progressed(attempt.plan, uow.stage_id(attempt.stage), attempt.idx, replace(entry, timestamp=moment(at_us)))


def _require_writable(uow: UnitOfWork, stage: StageRow, write: AttemptWrite) -> AttemptRow | None:
    """Return the attempt, or None if it has ended as the write says already."""
    subject = f"stage {stage.id!r}"
    if stage.runner_type:
        raise InvalidState(
            subject,
            f"is run by runners of type {stage.runner_type!r}",
            hint="current_attempt is for stages without a runner type",
            field="current_attempt",
        )
    attempt = attempts.newest(uow.session, stage.key)
    if attempt is None:
        raise InvalidState(
            subject, "has no attempt yet", hint="it starts when its dependencies are satisfied", field="current_attempt"
        )
    holder, uid = attempt.process_uid, write.process_uid
    if uid and holder and uid != holder:
        raise InvalidState(
            subject,
            f"is claimed by {holder!r}, not by {uid!r}",
            hint="only its claimer speaks for an attempt",
            field="current_attempt.process_uid",
        )
    if attempt.ended:
        if write.state == attempt.state and (write.failure or None) == (attempt.failure or None):
            return None
        raise completion.stale(uow, attempt)
    return attempt


def _claim(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow, write: AttemptWrite) -> None:
    wanted = write.state or AttemptState(attempt.state)
    uid = write.process_uid or attempt.process_uid
    if wanted is not AttemptState.PENDING and not uid:
        raise InvalidState(
            f"stage {stage.id!r}",
            f"cannot go to {wanted.name} unclaimed",
            hint="claim it with a process_uid",
            field="current_attempt.process_uid",
        )
    live = AttemptState.RUNNING if wanted.ended else wanted
    if live != attempt.state or uid != attempt.process_uid:
        attempts.hold(uow.session, attempt.key, live, uid, uow.now_us)
        if attempt.state == AttemptState.PENDING and live is not AttemptState.PENDING:
            uow.attempted(stage.plan, stage.id, StageState.ATTEMPTING, attempt.idx, live)
        attempt.state, attempt.process_uid = live, uid


def _end(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow, write: AttemptWrite) -> None:
    failure = write.failure
    if write.state is AttemptState.INCOMPLETE and failure is None:
        failure = f"{attempt.process_uid!r} gave up"
    answer = Answer(failure=failure, details=structs.lazy(attempt.details))
    completion.conclude(uow, stage, attempt, answer, [], None)
