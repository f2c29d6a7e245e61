"""What the clock brings about: backoffs that are over, time that is up."""

from __future__ import annotations

import logging
from typing import Final

from orchestrator.service import asynchronous, progression, runners, starting
from orchestrator.service.effects import WakeAt
from orchestrator.service.finalizing import end_open_attempt
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, stages
from orchestrator.storage.tables.attempts import AttemptRow
from turboci.states import AttemptState, ConcludedReason, Outcome

_log = logging.getLogger("turboci.dispatch")

_BATCH: Final = 1_000
_MICRO: Final = 1_000_000


def sweep(uow: UnitOfWork) -> None:
    """Look at everything that is due, and say when to look again."""
    runners.expire(uow)
    due = attempts.due(uow.session, uow.now_us, _BATCH)
    for attempt in due:
        if attempt.state == AttemptState.PENDING:
            _requeue(uow, attempt)
        else:
            asynchronous.give_up(uow, attempt)
    # A runner may have rested long enough.
    uow.freed.update(uow.pool.queued_types)
    _unserved(uow)
    next_us = uow.now_us if len(due) == _BATCH else attempts.next_due(uow.session)
    expiries = [entry.row.expires_us for entry in uow.pool]
    for at_us in (next_us, min(expiries, default=None)):
        if at_us is not None:
            uow.effects.append(WakeAt(at_us))


def _requeue(uow: UnitOfWork, attempt: AttemptRow) -> None:
    if attempts.wake_at(uow.session, attempt.key, AttemptState.PENDING, None) and attempt.runner_type:
        starting.queue(uow, attempt.runner_type, attempt.mode, attempt.plan)


def _unserved(uow: UnitOfWork) -> None:
    """Warn of work that no runner takes, and end it if the server is set up so."""
    config = uow.services.config
    for runner_type, mode, since_us in uow.pool.unserved(uow.now_us):
        waited = (uow.now_us - since_us) / _MICRO
        if waited >= config.no_runner_warning and uow.pool.warn_once(runner_type, mode):
            _log.warning("%s; work waits", uow.pool.missing_runner(runner_type, mode, uow.now_us))
        if config.fail_without_runner_after is None:
            continue
        if waited >= config.fail_without_runner_after:
            _fail_unserved(uow, runner_type, mode)
        else:
            uow.effects.append(WakeAt(since_us + int(config.fail_without_runner_after * _MICRO)))


def _fail_unserved(uow: UnitOfWork, runner_type: str, mode: int) -> None:
    cause = uow.pool.missing_runner(runner_type, mode, uow.now_us)
    limit_us = uow.now_us - int((uow.services.config.fail_without_runner_after or 0) * _MICRO)
    for attempt in attempts.queued_since(uow.session, runner_type, mode, limit_us):
        stage = stages.by_key(uow.session, attempt.stage)
        end_open_attempt(uow, stage, cause)
        progression.finish_stage(uow, stage, Outcome.FAILED, ConcludedReason.NO_RUNNER, cause)
