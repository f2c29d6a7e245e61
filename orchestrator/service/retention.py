"""Deletes finished plans, in portions so small that nobody waits for them.

A plan that is to be deleted is doomed first: from then on it does not exist for anybody. Its rows follow, in as many
transactions as it takes; a restart goes on with them.
"""

from __future__ import annotations

from typing import Final

from orchestrator.service.effects import Forget
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.tables import deletion
from turboci.plans import DeletedPlans

_ROWS: Final = 1_000
"""Rows that one transaction deletes."""
_PLANS: Final = 500
"""Plans that one transaction dooms."""


def sweep(uow: UnitOfWork) -> int | None:
    """Delete one portion of what is not kept any more; return when to look again, or None."""
    kept = uow.services.retained
    if kept.for_us is not None:
        _doom_watched(uow, uow.now_us - kept.for_us, 0)
    if kept.most is not None and kept.room < 0:
        _doom_watched(uow, uow.now_us, kept.most)
        kept.counted(deletion.count_finished(uow.session))
    if delete_portion(uow.session) or kept.room < 0:
        return uow.now_us
    oldest_us = deletion.oldest_finished(uow.session)
    return None if oldest_us is None or kept.for_us is None else oldest_us + kept.for_us


def delete(uow: UnitOfWork, finished_by_us: int, keep: int) -> DeletedPlans:
    """Do as `doom`, and have the clock see to the rows."""
    doomed = _doom_watched(uow, finished_by_us, keep)
    if doomed.plans:
        uow.wake_at(uow.now_us)
    return doomed


def doom(session: Session, finished_by_us: int, keep: int) -> DeletedPlans:
    """Make a portion of the plans that finished by then, the oldest first, cease to exist; count them.

    Args:
        session: The transaction.
        finished_by_us: Those that finished later stay.
        keep: So many of those that finished last stay.
    """
    return _doom(session, finished_by_us, keep)[1]


def _doom_watched(uow: UnitOfWork, finished_by_us: int, keep: int) -> DeletedPlans:
    """Do as `doom`, and tell those who watch the plans."""
    keys, doomed = _doom(uow.session, finished_by_us, keep)
    uow.effects.extend(Forget(key) for key in keys)
    return doomed


def _doom(session: Session, finished_by_us: int, keep: int) -> tuple[list[int], DeletedPlans]:
    # Counting reads an entry for each of them, so it is done only where it matters.
    spare = deletion.count_finished(session) - keep if keep else _PLANS
    return deletion.doom(session, finished_by_us, min(spare, _PLANS)) if spare > 0 else ([], DeletedPlans())


def eligible(connection: Connection, finished_by_us: int, keep: int) -> DeletedPlans:
    """Count what `doom` takes, called again and again."""
    spare = deletion.count_finished(connection) - keep
    return deletion.eligible(connection, finished_by_us, spare) if spare > 0 else DeletedPlans()


def delete_portion(session: Session) -> bool:
    """Delete some rows of doomed plans; return whether more may be left."""
    left = _ROWS
    while left > 0:
        plan = deletion.next_doomed(session)
        if plan is None:
            return False
        left = _delete_from(session, plan, left)
    return True


def _delete_from(session: Session, plan: int, limit: int) -> int:
    """Delete about `limit` rows of one plan, itself the last; return how much of the limit is left."""
    for delete in (deletion.delete_events, deletion.delete_edges, deletion.delete_assignments):
        limit -= delete(session, plan, limit)
        if limit <= 0:
            return limit
    for check in deletion.checks(session, plan, limit):
        limit -= deletion.delete_results(session, check, limit)
        if limit <= 0:
            return limit
        limit -= deletion.delete_check(session, check)
    for stage in deletion.stages(session, plan, limit):
        limit -= deletion.delete_attempts(session, stage) + deletion.delete_stage(session, stage)
        if limit <= 0:
            return limit
    if limit > 0:
        deletion.delete_plan(session, plan)
    return limit - 1
