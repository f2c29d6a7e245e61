"""How long a claimed attempt lives."""

from __future__ import annotations

from typing import Final

from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.stages import StageRow
from turboci.states import AttemptState

_NEVER: Final = 2**62


def lives_until(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow, heard_us: int) -> int:
    """Return the earliest of deadline, silence allowed, and the end of the runner's registration."""
    ends = [attempt.deadline_us or _NEVER]
    if stage.heartbeat_us is not None:
        ends.append(heard_us + stage.heartbeat_us)
    runner = uow.pool.get(attempt.registration)
    if runner is not None:
        ends.append(runner.row.expires_us)
    return min(ends)


def ends_at(uow: UnitOfWork, stage: StageRow, attempt: AttemptRow) -> int | None:
    """Return when an attempt is given up; None if the clock does not end it.

    A registration that was renewed prolongs it, without a word written to the attempt.
    """
    if attempt.due_us is None or attempt.state == AttemptState.PENDING:
        return None
    if attempt.state == AttemptState.SCHEDULED:
        return min(attempt.due_us, uow.now_us) if is_forsaken(uow, attempt) else attempt.due_us
    if uow.pool.get(attempt.registration) is None:
        return attempt.due_us
    return max(attempt.due_us, lives_until(uow, stage, attempt, attempt.heard_us or uow.now_us))


def is_forsaken(uow: UnitOfWork, attempt: AttemptRow) -> bool:
    """Return whether the registration of the runner that an attempt was offered to has ended: nobody would miss it."""
    runner = uow.pool.get(attempt.registration)
    return runner is None or runner.row.expires_us <= uow.now_us
