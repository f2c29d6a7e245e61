"""What a start has to put right: nothing is charged to a stage for our own restart."""

from __future__ import annotations

from orchestrator.service import cancellation, leases, sweeping
from orchestrator.service.effects import Continue
from orchestrator.service.pool import Registered
from orchestrator.service.retries import Loss, lose_attempt
from orchestrator.service.routes import IN_PROCESS, is_routed
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, runners, stages
from orchestrator.storage.tables.attempts import AttemptRow
from turboci.states import AttemptState

_CAUSE = "the orchestrator was restarted"


def recover(uow: UnitOfWork) -> None:
    """Rebuild the pool from the tables, and settle the attempts that the last process left behind.

    Attempts that hang on a call of ours, or were not accepted yet, are lost uncharged and tried again; those that were
    accepted go on with a fresh lease.
    """
    gone = _forget_hosted(uow)
    for runner_type, mode, plan in attempts.queues(uow.session):
        # No runner could register while the server was down, so it is now that they begin to wait for one.
        uow.pool.enqueue(runner_type, mode, plan, uow.now_us)
        uow.freed.add(runner_type)
    held = [attempt for attempt in attempts.live(uow.session) if attempt.registration is not None]
    for attempt in held:
        uow.pool.hold(attempt.registration, offered=int(attempt.state == AttemptState.SCHEDULED))
    for attempt in held:
        accepted = attempt.leased and attempt.state == AttemptState.RUNNING
        if accepted and attempt.registration not in gone:
            _prolong(uow, attempt)
        else:
            lose_attempt(uow, attempt, Loss.RESTARTED, _CAUSE)
    for plan in cancellation.unfinished(uow):
        uow.effects.append(Continue(plan))
    sweeping.sweep(uow)


def _forget_hosted(uow: UnitOfWork) -> set[str]:
    """Fill the pool; return the registrations of runners that ended with the last process."""
    gone = set()
    for row in runners.all_of(uow.session):
        if row.address.startswith(IN_PROCESS):
            runners.delete(uow.session, row.registration_id)
            gone.add(row.registration_id)
        else:
            uow.pool.restore(Registered(row, away=is_routed(row.address)))
    return gone


def _prolong(uow: UnitOfWork, attempt: AttemptRow) -> None:
    """Give an accepted attempt, and its runner, time to speak of what they could not while the server was down."""
    until_us = uow.now_us + int(uow.services.config.accept_timeout * 1_000_000)
    runner = uow.pool.get(attempt.registration)
    if runner is not None and runner.row.expires_us < until_us:
        runner.row.expires_us = until_us
        runners.put(uow.session, runner.row)
    stage = stages.by_key(uow.session, attempt.stage)
    due_us = leases.lives_until(uow, stage, attempt, uow.now_us)
    attempts.hear(uow.session, attempt.key, max(due_us, until_us), uow.now_us)


def release_claims(uow: UnitOfWork) -> None:
    """Lose, uncharged, what cannot outlive this process: called when the server stops."""
    for attempt in attempts.live(uow.session):
        if attempt.registration is None:
            continue
        if not attempt.leased or attempt.state == AttemptState.SCHEDULED:
            lose_attempt(uow, attempt, Loss.RESTARTED, "the orchestrator was shut down")
