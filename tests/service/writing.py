"""Short words for what tests write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from turboci.dependencies import Dependency, DependencyGroup, NodeKind, NodeRef, Predicate
from turboci.nodes import Assignment
from turboci.retry import RetryOn, RetryPolicy
from turboci.runners import RunnerRegistration
from turboci.states import CheckState, ExecutionMode
from turboci.writes import AttemptWrite, CheckResultWrite, CheckWrite, StageWrite

SYNC, ASYNC = ExecutionMode.SYNC, ExecutionMode.ASYNC


def on_check(check_id: str) -> NodeRef:
    return NodeRef(NodeKind.CHECK, check_id)


def on_stage(stage_id: str) -> NodeRef:
    return NodeRef(NodeKind.STAGE, stage_id)


def _edges(targets: Sequence[NodeRef | Dependency]) -> tuple[Dependency, ...]:
    return tuple(target.as_dependency() for target in targets)


def all_of(*targets: NodeRef | Dependency) -> DependencyGroup:
    return DependencyGroup(Predicate.AND, _edges(targets))


def any_of(*targets: NodeRef | Dependency) -> DependencyGroup:
    return DependencyGroup(Predicate.OR, _edges(targets))


def at_least(threshold: int, *targets: NodeRef | Dependency) -> DependencyGroup:
    return DependencyGroup(Predicate.AT_LEAST, _edges(targets), threshold)


def check(check_id: str, *after: NodeRef | Dependency, **fields: Any) -> CheckWrite:
    """Return the write of a check that waits for all of `after`."""
    return CheckWrite(id=check_id, dependencies=all_of(*after) if after else None, **fields)


def planning(check_id: str, *after: NodeRef | Dependency, **fields: Any) -> CheckWrite:
    """Return the write of a check that is still being defined."""
    return check(check_id, *after, state=CheckState.PLANNING, **fields)


def ended(check_id: str, *, failure: str | None = None, **data: int | str) -> CheckWrite:
    """Return the write that ends a check from outside, green or red."""
    result = CheckResultWrite(owner_id="test", data=data, finalize=True, failure=failure)
    return CheckWrite(id=check_id, state=CheckState.FINAL, result=result)


def stage(stage_id: str, *after: NodeRef | Dependency, answers: Sequence[str] = (), **fields: Any) -> StageWrite:
    """Return the write of a stage for runners of type ``builder`` that waits for all of `after`."""
    if after:
        fields["dependencies"] = all_of(*after)
    assignments = tuple(Assignment(check_id) for check_id in answers)
    return StageWrite(id=stage_id, **{"runner_type": "builder", "assignments": assignments, **fields})


def claimed(stage_id: str, *after: NodeRef | Dependency, **fields: Any) -> StageWrite:
    """Return the write of a stage without a runner type."""
    return stage(stage_id, *after, runner_type=None, **fields)


def attempt(stage_id: str, **fields: Any) -> StageWrite:
    """Return a write to the attempt of a stage without a runner type."""
    return StageWrite(id=stage_id, current_attempt=AttemptWrite(**fields))


def runner(runner_id: str = "r1", **fields: Any) -> RunnerRegistration:
    """Return the registration of a runner of type ``builder`` that takes both modes."""
    given = {"runner_type": "builder", "address": f"{runner_id}:1", "supported_modes": (SYNC, ASYNC), **fields}
    return RunnerRegistration(runner_id=runner_id, **given)


NEVER_AGAIN = RetryPolicy(max_attempts=1)
RETRY_RED = RetryPolicy(max_attempts=2, retry_on=RetryOn.FAILED)
RETRY_BOTH = RetryPolicy(max_attempts=3, retry_on=RetryOn.LOST | RetryOn.FAILED)
