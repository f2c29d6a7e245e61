"""What a start has to put right: nothing is charged to a stage for our own restart."""

from __future__ import annotations

from orchestrator.service import asynchronous, sweeping
from orchestrator.service.retries import Loss, lose_attempt
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, runners, stages
from turboci.states import AttemptState, ExecutionMode

_CAUSE = "the orchestrator was restarted"

IN_PROCESS = "in-process:"
"""Addresses of runners that live in the process of the orchestrator begin with it."""


def recover(uow: UnitOfWork) -> None:
    """Rebuild the pool from the tables, and settle the attempts that the last process left behind.

    SYNC attempts, and ASYNC ones that were not accepted yet, are lost uncharged and tried again; accepted ones go on
    with a fresh lease.
    """
    gone = _forget_hosted(uow)
    for runner_type, mode, plan, since_us in attempts.queues(uow.session):
        uow.pool.enqueue(runner_type, mode, plan, since_us)
        uow.freed.add(runner_type)
    for attempt in attempts.live(uow.session):
        if not attempt.runner_type:
            continue
        accepted = attempt.mode == ExecutionMode.ASYNC and attempt.state == AttemptState.RUNNING
        if accepted and attempt.registration not in gone:
            if attempt.registration is not None:
                uow.pool.hold(attempt.registration)
            stage = stages.by_key(uow.session, attempt.stage)
            due_us = asynchronous.lives_until(uow, stage, attempt, uow.now_us)
            attempts.hear(uow.session, attempt.key, max(due_us, uow.now_us + _grace_us(uow)), uow.now_us)
        else:
            lose_attempt(uow, attempt, Loss.RESTARTED, _CAUSE)
    sweeping.sweep(uow)


def _forget_hosted(uow: UnitOfWork) -> set[str]:
    """Fill the pool; return the registrations of runners that ended with the last process."""
    gone = set()
    for row in runners.all_of(uow.session):
        if row.address.startswith(IN_PROCESS):
            runners.delete(uow.session, row.registration_id)
            gone.add(row.registration_id)
        else:
            uow.pool.put(row)
    return gone


def _grace_us(uow: UnitOfWork) -> int:
    """Return how long a runner gets to renew a lease that ran out while nobody could renew it."""
    return int(uow.services.config.accept_timeout * 1_000_000)


def release_claims(uow: UnitOfWork) -> None:
    """Lose, uncharged, what cannot outlive this process: called when the server stops."""
    for attempt in attempts.live(uow.session):
        if not attempt.runner_type:
            continue
        if attempt.mode == ExecutionMode.SYNC or attempt.state == AttemptState.SCHEDULED:
            lose_attempt(uow, attempt, Loss.RESTARTED, "the orchestrator was shut down")
