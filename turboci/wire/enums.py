"""Enums of the model and of the contract, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from turboci.dependencies import NodeKind, Predicate, When
from turboci.errors import InvalidArgument
from turboci.retry import RetryOn
from turboci.states import (
    AttemptState,
    CheckState,
    ConcludedReason,
    ExecutionMode,
    Outcome,
    PlanStatus,
    StageState,
)
from turboci.v1 import common_pb2, stage_pb2, workplan_pb2

V = TypeVar("V")
W = TypeVar("W", bound=int)

CHECK_STATES: Final[Mapping[CheckState, common_pb2.CheckState]] = {
    CheckState.PLANNING: common_pb2.CHECK_STATE_PLANNING,
    CheckState.PLANNED: common_pb2.CHECK_STATE_PLANNED,
    CheckState.WAITING: common_pb2.CHECK_STATE_WAITING,
    CheckState.FINAL: common_pb2.CHECK_STATE_FINAL,
}
STAGE_STATES: Final[Mapping[StageState, common_pb2.StageState]] = {
    StageState.PLANNED: common_pb2.STAGE_STATE_PLANNED,
    StageState.ATTEMPTING: common_pb2.STAGE_STATE_ATTEMPTING,
    StageState.AWAITING_GROUP: common_pb2.STAGE_STATE_AWAITING_GROUP,
    StageState.FINAL: common_pb2.STAGE_STATE_FINAL,
}
ATTEMPT_STATES: Final[Mapping[AttemptState, common_pb2.AttemptState]] = {
    AttemptState.PENDING: common_pb2.ATTEMPT_STATE_PENDING,
    AttemptState.SCHEDULED: common_pb2.ATTEMPT_STATE_SCHEDULED,
    AttemptState.RUNNING: common_pb2.ATTEMPT_STATE_RUNNING,
    AttemptState.COMPLETE: common_pb2.ATTEMPT_STATE_COMPLETE,
    AttemptState.INCOMPLETE: common_pb2.ATTEMPT_STATE_INCOMPLETE,
}
EXECUTION_MODES: Final[Mapping[ExecutionMode, common_pb2.ExecutionMode]] = {
    ExecutionMode.SYNC: common_pb2.EXECUTION_MODE_SYNC,
    ExecutionMode.ASYNC: common_pb2.EXECUTION_MODE_ASYNC,
}
OUTCOMES: Final[Mapping[Outcome, common_pb2.Outcome]] = {
    Outcome.SUCCEEDED: common_pb2.OUTCOME_SUCCEEDED,
    Outcome.FAILED: common_pb2.OUTCOME_FAILED,
    Outcome.SKIPPED: common_pb2.OUTCOME_SKIPPED,
    Outcome.CANCELLED: common_pb2.OUTCOME_CANCELLED,
}
CONCLUDED_REASONS: Final[Mapping[ConcludedReason, stage_pb2.ConcludedReason]] = {
    ConcludedReason.ATTEMPT_COMPLETE: stage_pb2.CONCLUDED_REASON_ATTEMPT_COMPLETE,
    ConcludedReason.WORK_FAILED: stage_pb2.CONCLUDED_REASON_WORK_FAILED,
    ConcludedReason.RETRIES_EXHAUSTED: stage_pb2.CONCLUDED_REASON_RETRIES_EXHAUSTED,
    ConcludedReason.TIMED_OUT: stage_pb2.CONCLUDED_REASON_TIMED_OUT,
    ConcludedReason.NO_RUNNER: stage_pb2.CONCLUDED_REASON_NO_RUNNER,
    ConcludedReason.DEPENDENCIES_UNSATISFIED: stage_pb2.CONCLUDED_REASON_DEPENDENCIES_UNSATISFIED,
    ConcludedReason.NOTHING_TO_ANSWER: stage_pb2.CONCLUDED_REASON_NOTHING_TO_ANSWER,
    ConcludedReason.GROUP_FAILED: stage_pb2.CONCLUDED_REASON_GROUP_FAILED,
    ConcludedReason.CANCELLED: stage_pb2.CONCLUDED_REASON_CANCELLED,
}
PLAN_STATUSES: Final[Mapping[PlanStatus, workplan_pb2.PlanStatus]] = {
    PlanStatus.RUNNING: workplan_pb2.PLAN_STATUS_RUNNING,
    PlanStatus.SUCCEEDED: workplan_pb2.PLAN_STATUS_SUCCEEDED,
    PlanStatus.FAILED: workplan_pb2.PLAN_STATUS_FAILED,
    PlanStatus.CANCELLED: workplan_pb2.PLAN_STATUS_CANCELLED,
    PlanStatus.STALLED: workplan_pb2.PLAN_STATUS_STALLED,
    PlanStatus.EMPTY: workplan_pb2.PLAN_STATUS_EMPTY,
}
NODE_KINDS: Final[Mapping[NodeKind, common_pb2.NodeType]] = {
    NodeKind.CHECK: common_pb2.NODE_TYPE_CHECK,
    NodeKind.STAGE: common_pb2.NODE_TYPE_STAGE,
}
WHENS: Final[Mapping[When, common_pb2.DependencyCondition]] = {
    When.SUCCEEDED: common_pb2.DEPENDENCY_CONDITION_SUCCEEDED,
    When.FINISHED: common_pb2.DEPENDENCY_CONDITION_FINISHED,
    When.FAILED: common_pb2.DEPENDENCY_CONDITION_FAILED,
}
PREDICATES: Final[Mapping[Predicate, common_pb2.PredicateType]] = {
    Predicate.AND: common_pb2.PREDICATE_TYPE_AND,
    Predicate.OR: common_pb2.PREDICATE_TYPE_OR,
    # What travels is the threshold; receivers that do not know it wait for everything.
    Predicate.AT_LEAST: common_pb2.PREDICATE_TYPE_AND,
}
RETRY_CAUSES: Final[Mapping[RetryOn, common_pb2.RetryCause]] = {
    RetryOn.LOST: common_pb2.RETRY_CAUSE_LOST,
    RetryOn.FAILED: common_pb2.RETRY_CAUSE_FAILED,
}


def _given(table: Mapping[V, W]) -> Callable[[int, str], V]:
    """Return the reader of an enum whose zero is refused."""
    values: dict[int, V] = {number: value for value, number in table.items()}
    allowed = ", ".join(f"{number} {value.name}" for number, value in values.items())  # type: ignore[attr-defined]
    kind = type(next(iter(table))).__name__

    def read(number: int, field: str) -> V:
        try:
            return values[number]
        except KeyError:
            problem = f"is {number}" if number else "is unset"
            raise InvalidArgument(field or kind, problem, hint=f"allowed: {allowed}", field=field) from None

    return read


def _optional(read: Callable[[int, str], V]) -> Callable[[int, str], V | None]:
    return lambda number, field: read(number, field) if number else None


def _or(read: Callable[[int, str], V], default: V) -> Callable[[int, str], V]:
    return lambda number, field: read(number, field) if number else default


# Readers take the number and the field's name for the error. Those of the first kind refuse zero.
check_state: Final = _given(CHECK_STATES)
stage_state: Final = _given(STAGE_STATES)
attempt_state: Final = _given(ATTEMPT_STATES)
retry_cause: Final = _given(RETRY_CAUSES)
wanted_plan_status: Final = _given(PLAN_STATUSES)

check_state_or_none: Final = _optional(check_state)
stage_state_or_none: Final = _optional(stage_state)
attempt_state_or_none: Final = _optional(attempt_state)
execution_mode_or_none: Final = _optional(_given(EXECUTION_MODES))
outcome_or_none: Final = _optional(_given(OUTCOMES))
concluded_reason_or_none: Final = _optional(_given(CONCLUDED_REASONS))

goal_state: Final = _or(check_state, CheckState.FINAL)
execution_mode: Final = _or(_given(EXECUTION_MODES), ExecutionMode.SYNC)
plan_status: Final = _or(_given(PLAN_STATUSES), PlanStatus.EMPTY)
node_kind: Final = _or(_given(NODE_KINDS), NodeKind.CHECK)
when: Final = _or(_given(WHENS), When.SUCCEEDED)
predicate: Final = _or(
    _given({value: number for value, number in PREDICATES.items() if value is not Predicate.AT_LEAST}), Predicate.AND
)
