"""What the clock brings about: backoffs that are over, time that is up."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

from orchestrator.service import (
    asynchronous,
    cancellation,
    deliveries,
    holding,
    progression,
    retention,
    runners,
    starting,
)
from orchestrator.service.finalizing import end_open_attempt
from orchestrator.service.pool import NEVER_US
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, plans, stages
from orchestrator.storage.tables.attempts import AttemptRow
from turboci.states import AttemptState, ConcludedReason, Outcome

_log = logging.getLogger("turboci.dispatch")

_BATCH: Final = 250
"""Attempts that one unit of work ends, so that others get their turn."""
_MICRO: Final = 1_000_000


def sweep(uow: UnitOfWork) -> None:
    """Look at everything that is due, and say when to look again."""
    more_plans = cancellation.expire_due(uow)
    due = attempts.due(uow.session, uow.now_us, _BATCH)
    for attempt in due:
        if attempt.state == AttemptState.PENDING:
            _requeue(uow, attempt)
        else:
            asynchronous.give_up(uow, attempt)
    if len(due) < _BATCH:
        # After its attempts, which it is asked to stop: it may have lost nothing but the way to us.
        deliveries.forsake(uow)
        runners.expire(uow)
    # A runner may have rested long enough.
    uow.freed.update(uow.pool.queued_types)
    for runner_type, mode, since_us in uow.pool.unserved(uow.now_us):
        _warn_of_unserved(uow, runner_type, mode, since_us)
        _fail_unserved(uow, runner_type, mode, since_us)
    holding.sweep(uow)
    retained_us = retention.sweep(uow)
    if retained_us is not None:
        uow.wake_at(retained_us)
    more = more_plans or len(due) == _BATCH
    _look_again(uow, uow.now_us if more else _next_due(uow))


def _look_again(uow: UnitOfWork, next_due_us: int | None) -> None:
    """Set the alarm for whatever comes next: a ring forgets what it was set to besides."""
    times = [entry.row.expires_us for entry in uow.pool]
    times += [entry.rests_until_us for entry in uow.pool if entry.rests_until_us > uow.now_us]
    if next_due_us is not None:
        times.append(next_due_us)
    if times:
        uow.wake_at(min(times))


def _next_due(uow: UnitOfWork) -> int | None:
    times = (attempts.next_due(uow.session), plans.next_due(uow.session))
    return min((at_us for at_us in times if at_us is not None), default=None)


def _requeue(uow: UnitOfWork, attempt: AttemptRow) -> None:
    woken = attempts.wake_at(uow.session, attempt.key, AttemptState.PENDING, None, uow.now_us)
    if woken and attempt.runner_type:
        patience_us = stages.by_key(uow.session, attempt.stage).no_runner_us
        starting.queue(uow, attempt.runner_type, attempt.mode, attempt.plan, patience_us)


def _warn_of_unserved(uow: UnitOfWork, runner_type: str, mode: int, since_us: int) -> None:
    """Warn once of work that no runner takes."""
    warn_us = since_us + int(uow.services.config.no_runner_warning * _MICRO)
    if warn_us > uow.now_us:
        uow.wake_at(warn_us)
    elif attempts.any_queued(uow.session, runner_type, mode) and uow.pool.warn_once(runner_type, mode):
        _log.warning("%s; work waits", uow.pool.missing_runner(runner_type, mode, uow.now_us))


def _fail_unserved(uow: UnitOfWork, runner_type: str, mode: int, since_us: int) -> None:
    """End stages that have waited too long for a runner, if they or the server are set up so."""
    next_us = uow.pool.gives_up_us(runner_type, mode)
    if next_us <= uow.now_us:
        # Those that wait may be many; they are gone through when one has waited too long, and at no other time.
        next_us = _fail_impatient(uow, runner_type, mode, since_us)
        uow.pool.look_at(runner_type, mode, next_us)
        uow.session.on_rollback(partial(uow.pool.look_at, runner_type, mode, 0))
    if next_us < NEVER_US:
        uow.wake_at(next_us)


def _fail_impatient(uow: UnitOfWork, runner_type: str, mode: int, since_us: int) -> int:
    """End stages whose time is up, a few at a time; return when to look again."""
    limit = uow.services.config.fail_without_runner_after
    limit_us = None if limit is None else int(limit * _MICRO)
    next_us, failed = NEVER_US, 0
    for attempt, patience_us in attempts.impatient(uow.session, runner_type, mode, limit_us):
        fail_us = max(attempt.updated_us, since_us) + patience_us
        if fail_us > uow.now_us:
            next_us = min(next_us, fail_us)
            continue
        if failed == _BATCH:
            return uow.now_us
        failed += 1
        stage = stages.by_key(uow.session, attempt.stage)
        cause = uow.pool.missing_runner(runner_type, mode, uow.now_us)
        end_open_attempt(uow, stage, cause)
        progression.finish_stage(uow, stage, Outcome.FAILED, ConcludedReason.NO_RUNNER, cause)
    return next_us
