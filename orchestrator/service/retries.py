"""Attempts that ended without a result that counts, and what follows them."""

from __future__ import annotations

import enum
from typing import Final

from orchestrator.service import finalizing, progression, starting
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.storage.tables import attempts, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.stages import StageRow
from turboci.retry import RetryOn
from turboci.states import ConcludedReason, Outcome


class Loss(enum.Enum):
    """Why an attempt ended without an answer."""

    LOST = "LOST"
    """The machinery failed; charged."""
    TIMED_OUT = "TIMED_OUT"
    """Its deadline passed; charged."""
    REFUSED = "REFUSED"
    """The runner never took it; not charged."""
    RESTARTED = "RESTARTED"
    """The orchestrator stopped under it; not charged, and tried again at once."""


_LONGEST_REFUSAL_WAIT: Final = 30.0
_FIRST_REFUSAL_WAIT: Final = 0.1


def lose(uow: UnitOfWork, execution_id: str, loss: Loss, cause: str) -> None:
    """End a live attempt without an answer, and queue the next one or end the stage.

    An attempt that has ended meanwhile is left alone: whatever ended it came first.
    """
    attempt = attempts.by_execution(uow.session, execution_id)
    if attempt is not None and not attempt.ended:
        lose_attempt(uow, attempt, loss, cause)


def lose_attempt(uow: UnitOfWork, attempt: AttemptRow, loss: Loss, cause: str) -> None:
    """End a live attempt that was just read, as `lose` does."""
    stage = stages.by_key(uow.session, attempt.stage)
    finalizing.end_open_attempt(uow, stage, cause)
    if attempt.leased and loss is not Loss.REFUSED:
        # It may still be at work; a call that hangs on us ends with us.
        finalizing.withdraw(uow, attempt, cause)
    uow.touched(stage.plan)
    if loss is Loss.RESTARTED:
        stages.start_again(uow.session, stage.key, uow.now_us)
        starting.start_again(uow, stage, backoff=0.0)
    elif loss is Loss.REFUSED:
        rests_until_us = uow.pool.refused(attempt.registration, uow.now_us)
        if rests_until_us is not None:
            uow.wake_at(rests_until_us)
        if not progression.skip_refused(uow, stage):
            stages.start_again(uow.session, stage.key, uow.now_us, refused=1)
            starting.start_again(uow, stage, backoff=_refusal_wait(stage.attempts_refused))
    else:
        _charge(uow, stage, loss, cause)


def may_follow_red(stage: StageRow) -> bool:
    """Return whether the policy tries red work again, and an attempt is left."""
    policy = stage.retry_policy
    return RetryOn.FAILED in policy.retry_on and _charged(stage) < policy.max_attempts


def follow_red(uow: UnitOfWork, stage: StageRow) -> None:
    """Queue the attempt that follows a red one."""
    stages.start_again(uow.session, stage.key, uow.now_us, red=1)
    starting.start_again(uow, stage, backoff=stage.retry_policy.backoff(_charged(stage)))
    stage.attempts += 1
    stage.attempts_red += 1


def _charged(stage: StageRow) -> int:
    """Return how many attempts are charged to a stage, the one that just ended included."""
    return stage.attempts_lost + stage.attempts_red + 1


def _charge(uow: UnitOfWork, stage: StageRow, loss: Loss, cause: str) -> None:
    policy = stage.retry_policy
    charged = _charged(stage)
    if RetryOn.LOST in policy.retry_on and charged < policy.max_attempts:
        stages.start_again(uow.session, stage.key, uow.now_us, lost=1)
        starting.start_again(uow, stage, backoff=policy.backoff(charged))
        return
    reason = ConcludedReason.TIMED_OUT if loss is Loss.TIMED_OUT else ConcludedReason.RETRIES_EXHAUSTED
    times = "1 attempt" if charged == 1 else f"{charged} attempts"
    progression.finish_stage(uow, stage, Outcome.FAILED, reason, f"{cause} (after {times})")


def _refusal_wait(refused: int) -> float:
    return float(min(_FIRST_REFUSAL_WAIT * 2 ** min(refused, 10), _LONGEST_REFUSAL_WAIT))
