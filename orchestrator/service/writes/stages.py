"""Writes to stages."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.service import cancellation, completion, progression
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes import groups
from orchestrator.service.writes.attempts import write_attempt
from orchestrator.service.writes.versions import require_version
from orchestrator.storage.tables import assignments, edges, stages
from orchestrator.storage.tables.edges import STAGE
from orchestrator.storage.tables.plans import PlanRow
from orchestrator.storage.tables.stages import NewStage, StageRow
from turboci.dependencies import DependencyGroup
from turboci.errors import InvalidArgument, InvalidState
from turboci.nodes import Assignment
from turboci.states import ConcludedReason, ExecutionMode, Outcome, StageState
from turboci.wire import structs
from turboci.writes import StageWrite

_MICRO = 1_000_000


def write_stage(uow: UnitOfWork, plan: PlanRow, write: StageWrite, field: str) -> None:
    """Create a stage, change it while it is PLANNED, or speak for its attempt if it has no runner type.

    Raises:
        InvalidArgument: The parent does not exist.
        InvalidState: A field may not change any more, or the attempt is not the writer's.
        ConcurrentModification: The stage has another version than expected.
    """
    row = stages.by_id(uow.session, plan.key, write.id)
    if row is None:
        require_version(f"stage {write.id!r}", 0, write.expected_version)
        parent = _parent(uow, plan, write, field)
        row = _create(uow, plan, write, parent)
        if plan.cancelled_us is not None and not (parent and parent.always):
            cause = plan.cancel_reason or "the plan was cancelled"
            progression.finish_stage(uow, row, Outcome.CANCELLED, ConcludedReason.CANCELLED, cause)
            return
    else:
        cancellation.end_doomed_stage(uow, row)
        changed = _changed_fields(uow, row, write)
        if changed:
            require_version(f"stage {row.id!r}", row.version, write.expected_version)
            _edit(uow, row, write, changed, field)
    if write.current_attempt is not None:
        write_attempt(uow, row.key, write.current_attempt)
        row = stages.by_key(uow.session, row.key)
    _require_state(row, write.state)


def _create(uow: UnitOfWork, plan: PlanRow, write: StageWrite, parent: StageRow | None) -> StageRow:
    group = write.dependencies or DependencyGroup()
    states = groups.states_of(uow, plan.key, group)
    new = NewStage(
        id=write.id,
        runner_type=write.runner_type or "",
        mode=write.execution_mode or ExecutionMode.SYNC,
        args=structs.encode(write.args or {}),
        group=edges.count(group, states),
        priority=write.priority or 0,
        timeout_us=_us(write.timeout),
        heartbeat_us=_us(write.heartbeat_timeout),
        no_runner_us=_us(write.no_runner_timeout),
        retry=write.retry,
        parent=parent.key if parent else None,
        always=bool(write.always or (parent and parent.always)),
    )
    row = stages.insert(uow.session, plan.key, new, uow.now_us)
    edges.insert(uow.session, plan.key, STAGE, row.key, group, states)
    assignments.insert(uow.session, plan.key, row.key, _distinct(write.assignments))
    uow.created(plan.key, STAGE, row.id, row.state)
    uow.written_stages[row.key] = None
    if parent is not None:
        stages.child_added(uow.session, parent.key)
    if write.assignments or (group and (parent is not None or edges.awaited(uow.session, plan.key, STAGE, row.id))):
        uow.rewired.add((STAGE, row.id))
    return row


def _parent(uow: UnitOfWork, plan: PlanRow, write: StageWrite, field: str) -> StageRow | None:
    if not write.parent_stage_id:
        return None
    parent = stages.by_id(uow.session, plan.key, write.parent_stage_id)
    path = f"{field}.parent_stage_id"
    if parent is None:
        raise InvalidArgument(
            f"stage {write.id!r}", f"names parent {write.parent_stage_id!r}, which does not exist", field=path
        )
    if parent.state == StageState.FINAL:
        raise InvalidState(
            f"stage {write.id!r}",
            f"names parent {parent.id!r}, which is FINAL",
            hint="a FINAL stage takes no children",
            field=path,
        )
    return parent


def _changed_fields(uow: UnitOfWork, row: StageRow, write: StageWrite) -> set[str]:
    """Return the names of the fields that the write says otherwise than stored."""
    differs = {
        "runner_type": write.runner_type is not None and write.runner_type != row.runner_type,
        "execution_mode": write.execution_mode is not None and write.execution_mode != row.mode,
        "args": bool(write.args) and _new_args(row, write) != row.args,
        "always": write.always is not None and write.always != bool(row.always),
        "priority": write.priority is not None and write.priority != row.priority,
        "timeout": write.timeout is not None and _us(write.timeout) != row.timeout_us,
        "no_runner_timeout": write.no_runner_timeout is not None and _us(write.no_runner_timeout) != row.no_runner_us,
        "heartbeat_timeout": write.heartbeat_timeout is not None and _us(write.heartbeat_timeout) != row.heartbeat_us,
        "retry": write.retry is not None and write.retry != row.retry_policy,
        "assignments": bool(write.assignments)
        and set(write.assignments) != set(assignments.of_stage(uow.session, row.key)),
        "dependencies": write.dependencies is not None
        and not write.dependencies.same_as(edges.group_of(uow.session, STAGE, row.key, row.group)),
        "parent_stage_id": bool(write.parent_stage_id) and write.parent_stage_id != _parent_id(uow, row),
    }
    return {name for name, different in differs.items() if different}


def _edit(uow: UnitOfWork, row: StageRow, write: StageWrite, changed: set[str], field: str) -> None:
    _require_planned(row, changed, field)
    edited = replace(
        row,
        runner_type=row.runner_type if write.runner_type is None else write.runner_type,
        mode=write.execution_mode or row.mode,
        args=_new_args(row, write),
        priority=row.priority if write.priority is None else write.priority,
        timeout_us=row.timeout_us if write.timeout is None else _us(write.timeout),
        no_runner_us=row.no_runner_us if write.no_runner_timeout is None else _us(write.no_runner_timeout),
        heartbeat_us=row.heartbeat_us if write.heartbeat_timeout is None else _us(write.heartbeat_timeout),
        retry=row.retry if write.retry is None else stages.encode_retry(write.retry),
        always=row.always if write.always is None else int(write.always),
    )
    completion.require_payload(uow, f"stage {row.id!r}", len(edited.args), f"{field}.args")
    if "dependencies" in changed and write.dependencies is not None:
        counts = groups.replace(uow, row.plan, STAGE, row.key, write.dependencies)
        edited.predicate, edited.edges_needed, edited.edges_total, edited.edges_satisfied, edited.edges_failed = (
            counts.values()
        )
    if "assignments" in changed:
        # Whoever else answers what this stage no longer does may have ended long ago.
        for _, check in assignments.assigned_checks(uow.session, row.key):
            uow.written_checks[check.key] = (check.plan, check.id)
        assignments.delete(uow.session, row.key)
        assignments.insert(uow.session, row.plan, row.key, _distinct(write.assignments))
    stages.edit(uow.session, edited, uow.now_us)
    uow.rewired.add((STAGE, row.id))
    uow.written_stages[row.key] = None
    uow.touched(row.plan)


def _require_planned(row: StageRow, changed: set[str], field: str) -> None:
    name = min(changed)
    if "parent_stage_id" in changed:
        raise InvalidState(
            f"stage {row.id!r}",
            "cannot change its parent",
            hint="the parent is given when a stage is created",
            field=f"{field}.parent_stage_id",
        )
    if row.state != StageState.PLANNED:
        raise InvalidState(
            f"stage {row.id!r}",
            f"cannot change {name} in state {StageState(row.state).name}",
            hint="a stage may change while it is PLANNED",
            field=f"{field}.{name}",
        )


def _require_state(row: StageRow, wanted: StageState | None) -> None:
    """Accept a state that is so already, or was written last; stages move by their attempts alone."""
    if wanted is None or wanted in (row.state, row.written_state):
        return
    rule = (
        "the orchestrator moves a stage with a runner type"
        if row.runner_type
        else "a stage moves when its attempt does: write current_attempt"
    )
    raise InvalidState(
        f"stage {row.id!r}",
        f"cannot be written from {StageState(row.state).name} to {wanted.name}",
        hint=rule,
        field="state",
    )


def _parent_id(uow: UnitOfWork, row: StageRow) -> str:
    return stages.id_of(uow.session, row.parent) if row.parent is not None else ""


def _new_args(row: StageRow, write: StageWrite) -> bytes:
    stored = structs.decode(row.args)
    given = dict(write.args or {})
    if all(key in stored and stored[key] == value for key, value in given.items()):
        return row.args
    return structs.encode({**stored, **given})


def _distinct(given: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """Return one assignment a check, the last one given."""
    return tuple({assignment.target_check_id: assignment for assignment in given}.values())


def _us(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * _MICRO)
