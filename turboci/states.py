"""The state machines, as tables. Numbers are those of the contract."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, TypeVar

from turboci.errors import InvalidState


class CheckState(enum.IntEnum):
    """How far a check has come.

    Example:
        >>> ci.CheckState.PLANNING < ci.CheckState.FINAL
        True
    """

    PLANNING = 10
    PLANNED = 20
    WAITING = 30
    FINAL = 40


class StageState(enum.IntEnum):
    """How far a stage has come.

    Example:
        >>> [state.name for state in ci.StageState]
        ['PLANNED', 'ATTEMPTING', 'AWAITING_GROUP', 'FINAL']
    """

    PLANNED = 10
    ATTEMPTING = 20
    AWAITING_GROUP = 30
    FINAL = 40


class AttemptState(enum.IntEnum):
    """How far one attempt of a stage has come.

    Example:
        >>> ci.AttemptState.RUNNING.ended, ci.AttemptState.INCOMPLETE.ended
        (False, True)
    """

    PENDING = 10
    SCHEDULED = 20
    RUNNING = 30
    COMPLETE = 40
    INCOMPLETE = 50

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to the attempt any more."""
        return self >= AttemptState.COMPLETE


class ExecutionMode(enum.IntEnum):
    """How a stage is handed to its runner.

    Example:
        await wf.define_stage("exec:build", runner="builder", mode=ci.ExecutionMode.ASYNC)
    """

    SYNC = 1
    ASYNC = 2


class Outcome(enum.Enum):
    """How a FINAL node ended.

    Example:
        check = await execution.wait_for_check("test")
        if check.outcome is ci.Outcome.FAILED:
            print(check.cause)
    """

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


class ConcludedReason(enum.Enum):
    """Why a stage is FINAL.

    Example:
        stage = await execution.wait_for_stage("build")
        if stage.concluded_reason is ci.ConcludedReason.TIMED_OUT:
            print(f"slower than {stage.timeout} s")
    """

    ATTEMPT_COMPLETE = "ATTEMPT_COMPLETE"
    WORK_FAILED = "WORK_FAILED"
    RETRIES_EXHAUSTED = "RETRIES_EXHAUSTED"
    TIMED_OUT = "TIMED_OUT"
    NO_RUNNER = "NO_RUNNER"
    DEPENDENCIES_UNSATISFIED = "DEPENDENCIES_UNSATISFIED"
    NOTHING_TO_ANSWER = "NOTHING_TO_ANSWER"
    GROUP_FAILED = "GROUP_FAILED"
    CANCELLED = "CANCELLED"


class PlanStatus(enum.Enum):
    r"""What the nodes of a plan add up to.

    Example:
        if await execution.status() is ci.PlanStatus.STALLED:
            print(*await execution.why(), sep="\n")
    """

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    STALLED = "STALLED"
    EMPTY = "EMPTY"


CHECK_MOVES: Final[Mapping[CheckState, frozenset[CheckState]]] = {
    CheckState.PLANNING: frozenset({CheckState.PLANNED, CheckState.WAITING, CheckState.FINAL}),
    CheckState.PLANNED: frozenset({CheckState.WAITING, CheckState.FINAL}),
    CheckState.WAITING: frozenset({CheckState.FINAL}),
    CheckState.FINAL: frozenset(),
}

STAGE_MOVES: Final[Mapping[StageState, frozenset[StageState]]] = {
    StageState.PLANNED: frozenset({StageState.ATTEMPTING, StageState.FINAL}),
    StageState.ATTEMPTING: frozenset({StageState.AWAITING_GROUP, StageState.FINAL}),
    StageState.AWAITING_GROUP: frozenset({StageState.FINAL}),
    StageState.FINAL: frozenset(),
}

ATTEMPT_MOVES: Final[Mapping[AttemptState, frozenset[AttemptState]]] = {
    AttemptState.PENDING: frozenset(
        {AttemptState.SCHEDULED, AttemptState.RUNNING, AttemptState.COMPLETE, AttemptState.INCOMPLETE}
    ),
    AttemptState.SCHEDULED: frozenset({AttemptState.RUNNING, AttemptState.COMPLETE, AttemptState.INCOMPLETE}),
    AttemptState.RUNNING: frozenset({AttemptState.COMPLETE, AttemptState.INCOMPLETE}),
    AttemptState.COMPLETE: frozenset(),
    AttemptState.INCOMPLETE: frozenset(),
}

S = TypeVar("S", CheckState, StageState, AttemptState)


def require_move(subject: str, old: S, new: S, moves: Mapping[S, frozenset[S]]) -> None:
    """Accept a move that the table lists.

    Args:
        subject: The node for the message, such as ``stage 'test'``.
        old: The present state.
        new: The wanted state; the present one again is no move and is accepted.
        moves: The table.

    Raises:
        InvalidState: The table does not list the move.
    """
    if new is old or new in moves[old]:
        return
    allowed = ", ".join(state.name for state in sorted(moves[old]))
    hint = f"from {old.name} it can go to {allowed}" if allowed else f"{old.name} is the end; write a new node"
    raise InvalidState(subject, f"cannot go from {old.name} to {new.name}", hint=hint, field="state")
