"""Leased attempts between their acceptance and their end: accepted, heard of, given up."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.service import completion, leases
from orchestrator.service.retries import Loss, lose_attempt
from orchestrator.service.routes import is_routed
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes.attempts import append_progress
from orchestrator.storage.tables import attempts, stages
from orchestrator.storage.tables.attempts import AttemptRow
from turboci.nodes import ProgressEntry
from turboci.states import AttemptState


def accept(uow: UnitOfWork, execution_ids: Iterable[str]) -> None:
    """Note that runners have taken attempts; one that has ended meanwhile is left alone."""
    ids = [*execution_ids]
    uow.reported.read(ids)
    for execution_id in ids:
        attempt = uow.reported.attempt(execution_id)
        if attempt is None or attempt.state != AttemptState.SCHEDULED:
            continue
        stage = uow.reported.stage(attempt.stage)
        if leases.is_forsaken(uow, attempt):
            lose_attempt(uow, attempt, Loss.LOST, f"runner {attempt.process_uid!r} is gone: its registration ended")
            continue
        due_us = leases.lives_until(uow, stage, attempt, uow.now_us)
        attempts.run(uow.session, attempt.key, attempt.process_uid, due_us, uow.now_us)
        attempt.state, attempt.heard_us, attempt.due_us = AttemptState.RUNNING, uow.now_us, due_us
        uow.taken_on(attempt.registration, attempt.runner_type)
        uow.pool.answered(attempt.registration)
        uow.touched(attempt.plan)
        uow.wake_at(due_us)
    uow.reported.forget()


def update(uow: UnitOfWork, execution_id: str, entry: ProgressEntry) -> None:
    """Keep progress of a live attempt; for a leased one it proves that the runner is alive.

    Raises:
        ExecutionNotFound: No attempt has this id.
        StaleAttempt: The attempt has ended.
    """
    attempt = completion.require_live_attempt(uow, execution_id)
    append_progress(uow, attempt, entry)
    if attempt.leased:
        stage = uow.reported.stage(attempt.stage)
        due_us = leases.lives_until(uow, stage, attempt, uow.now_us)
        attempts.hear(uow.session, attempt.key, due_us, uow.now_us)
        if attempt.state == AttemptState.SCHEDULED:
            uow.taken_on(attempt.registration, attempt.runner_type)
        attempt.state, attempt.heard_us, attempt.due_us = AttemptState.RUNNING, uow.now_us, due_us
        uow.wake_at(due_us)
    uow.touched(attempt.plan)


def give_up(uow: UnitOfWork, attempt: AttemptRow) -> None:
    """End an attempt whose time is up, unless its runner has renewed its lease meanwhile."""
    stage = stages.by_key(uow.session, attempt.stage)
    until_us = leases.ends_at(uow, stage, attempt)
    if until_us is not None and until_us > uow.now_us:
        attempts.wake_at(uow.session, attempt.key, attempt.state, until_us, uow.now_us)
        return
    runner = attempt.process_uid or "its runner"
    if attempt.deadline_us is not None and attempt.deadline_us <= uow.now_us:
        lose_attempt(uow, attempt, Loss.TIMED_OUT, "the attempt ran into its deadline")
    elif _is_cut_off(uow, attempt):
        uow.pool.refused(attempt.registration, uow.now_us)
        lose_attempt(uow, attempt, Loss.RESTARTED, f"nothing was heard of runner {runner!r} since it was sent")
    elif attempt.state == AttemptState.SCHEDULED:
        seconds = uow.services.config.accept_timeout
        lose_attempt(uow, attempt, Loss.LOST, f"runner {runner!r} did not accept the attempt within {seconds:g} s")
    else:
        silent = stage.heartbeat_us is not None and (attempt.heard_us or 0) + stage.heartbeat_us <= uow.now_us
        why = "sent no sign of life in time" if silent else "is gone: its registration ended"
        lose_attempt(uow, attempt, Loss.LOST, f"runner {runner!r} {why}")


def _is_cut_off(uow: UnitOfWork, attempt: AttemptRow) -> bool:
    """Return whether the stream that an attempt was sent over may be dead, though nobody has noticed yet."""
    runner = uow.pool.get(attempt.registration)
    return (
        attempt.state == AttemptState.SCHEDULED
        and runner is not None
        and is_routed(runner.row.address)
        and runner.row.heartbeat_us <= (attempt.started_us or 0)
    )
