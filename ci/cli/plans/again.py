"""What of a plan that has ended is to run again, and what is carried over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from turboci.dependencies import NodeKind
from turboci.nodes import Check, Nodes, Stage
from turboci.states import CheckState, Outcome
from turboci.writes import CheckResultWrite, CheckWrite, StageWrite


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """The writes of a new plan.

    Attributes:
        ended: Checks that have succeeded: their results, and FINAL.
        stood_in: Ids of stages that have succeeded and are waited for; in the new plan they end without work.
        checks: Checks that are open again.
        stages: Stages that run again.
    """

    ended: tuple[CheckWrite, ...]
    stood_in: tuple[str, ...]
    checks: tuple[CheckWrite, ...]
    stages: tuple[StageWrite, ...]

    @property
    def runs(self) -> int:
        """How many nodes are open again."""
        return len(self.checks) + len(self.stages)

    @property
    def carried(self) -> int:
        """How many nodes have ended before the new plan begins."""
        return len({write.id for write in self.ended}) + len(self.stood_in)


def again(nodes: Nodes) -> Again:
    """Return the writes that repeat what of a plan did not succeed.

    A stage runs again if it, or a check that it answers, did not succeed. Children of such a stage, and the checks that
    only they answer, are left out: their parent adds them again.
    """
    unsuccessful = {check.id for check in nodes.checks if check.outcome is not Outcome.SUCCEEDED}
    redone = {stage.id for stage in nodes.stages if _runs_again(stage, unsuccessful)}
    added = _children(nodes.stages, redone)
    left_out = _answered_by(nodes.stages, added) - _answered_by(nodes.stages, {s.id for s in nodes.stages} - added)
    checks = [check for check in nodes.checks if check.id not in left_out]
    stages = [stage for stage in nodes.stages if stage.id in redone and stage.id not in added]
    present = {stage.id for stage in stages}
    open_again = [check for check in checks if check.id in unsuccessful]
    waited_for = {
        edge.target.id
        for node in (*open_again, *stages)
        for edge in node.dependencies.dependencies
        if edge.target.kind is NodeKind.STAGE
    }
    return Again(
        ended=tuple(write for check in checks if check.id not in unsuccessful for write in _ended(check)),
        stood_in=tuple(s.id for s in nodes.stages if s.id in waited_for - redone and s.id not in added),
        checks=tuple(map(_open_check, open_again)),
        stages=tuple(_stage(stage, stage.parent_stage_id in present) for stage in stages),
    )


def _runs_again(stage: Stage, unsuccessful: set[str]) -> bool:
    answers = {assignment.target_check_id for assignment in stage.assignments}
    return stage.outcome is not Outcome.SUCCEEDED or bool(answers & unsuccessful)


def _children(stages: Iterable[Stage], parents: set[str]) -> set[str]:
    """Return the children of these stages, and theirs; a parent stands before its children."""
    found: set[str] = set()
    for stage in stages:
        if stage.parent_stage_id in parents or stage.parent_stage_id in found:
            found.add(stage.id)
    return found


def _answered_by(stages: Iterable[Stage], ids: set[str]) -> set[str]:
    return {assignment.target_check_id for stage in stages if stage.id in ids for assignment in stage.assignments}


def _ended(check: Check) -> list[CheckWrite]:
    """Return the writes of a check that has ended: what it is, its results under their former owners, and FINAL."""
    results = [
        CheckResultWrite(owner_type=result.owner_type, owner_id=result.owner_id, data=result.data, finalize=True)
        for result in check.results
        if result.failure is None
    ]
    created = CheckWrite(id=check.id, kind=check.kind or None, options=check.options, external=check.external)
    answered = [CheckWrite(id=check.id, result=result) for result in results]
    return [created, *answered, CheckWrite(id=check.id, state=CheckState.FINAL)]


def _open_check(check: Check) -> CheckWrite:
    return CheckWrite(
        id=check.id,
        kind=check.kind or None,
        options=check.options,
        dependencies=check.dependencies,
        external=check.external,
    )


def _stage(stage: Stage, has_parent: bool) -> StageWrite:
    return StageWrite(
        id=stage.id,
        runner_type=stage.runner_type or None,
        execution_mode=stage.execution_mode,
        args=stage.args,
        assignments=stage.assignments,
        dependencies=stage.dependencies,
        retry=stage.retry,
        timeout=stage.timeout,
        heartbeat_timeout=stage.heartbeat_timeout,
        no_runner_timeout=stage.no_runner_timeout,
        priority=stage.priority,
        parent_stage_id=stage.parent_stage_id if has_parent else None,
        always=stage.always,
    )
