"""Writes to stages."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.service import cancellation, completion, progression
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes import groups
from orchestrator.service.writes.attempts import write_attempt
from orchestrator.service.writes.creation import Creation, distinct, duration_us
from orchestrator.service.writes.versions import require_version
from orchestrator.storage.tables import assignments, edges, stages
from orchestrator.storage.tables.edges import STAGE
from orchestrator.storage.tables.stages import StageRow
from turboci.errors import InvalidArgument, InvalidState
from turboci.states import ConcludedReason, Outcome, StageState
from turboci.wire import structs
from turboci.writes import StageWrite


def write_stage(created: Creation, write: StageWrite, field: str) -> None:
    """Create a stage, change it while it is PLANNED, or speak for its attempt if it has no runner type.

    Raises:
        InvalidArgument: The parent does not exist.
        InvalidState: A field may not change any more, or the attempt is not the writer's.
        ConcurrentModification: The stage has another version than expected.
    """
    uow, plan = created.uow, created.plan
    if write.id in created.stages or (STAGE, write.id) in created.known.names:
        row = _write_existing(created, write, field)
    else:
        if write.expected_version is not None:
            require_version(f"stage {write.id!r}", 0, write.expected_version)
        parent = _parent(created, write, field) if write.parent_stage_id else None
        row = created.stage(write, parent)
        if plan.cancelled_us is not None and not (parent and parent.always):
            created.revise(STAGE, row.id)
            cause = plan.cancel_reason or "the plan was cancelled"
            progression.finish_stage(uow, row, Outcome.CANCELLED, ConcludedReason.CANCELLED, cause)
            return
    if write.current_attempt is not None:
        created.revise(STAGE, row.id)
        write_attempt(uow, row.key, write.current_attempt)
        row = stages.by_key(uow.session, row.key)
    _require_state(row, write.state)


def _write_existing(created: Creation, write: StageWrite, field: str) -> StageRow:
    uow = created.uow
    created.revise(STAGE, write.id)
    row = stages.require(uow.session, created.plan.key, write.id)
    cancellation.end_doomed_stage(uow, row)
    changed = _changed_fields(uow, row, write)
    if changed:
        require_version(f"stage {row.id!r}", row.version, write.expected_version)
        _edit(created, row, write, changed, field)
    return row


def _parent(created: Creation, write: StageWrite, field: str) -> StageRow:
    parent = created.parent(write.parent_stage_id or "")
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
        "timeout": write.timeout is not None and duration_us(write.timeout) != row.timeout_us,
        "no_runner_timeout": write.no_runner_timeout is not None
        and duration_us(write.no_runner_timeout) != row.no_runner_us,
        "heartbeat_timeout": write.heartbeat_timeout is not None
        and duration_us(write.heartbeat_timeout) != row.heartbeat_us,
        "retry": write.retry is not None and write.retry != row.retry_policy,
        "assignments": bool(write.assignments)
        and set(write.assignments) != set(assignments.of_stage(uow.session, row.key)),
        "dependencies": write.dependencies is not None
        and not write.dependencies.same_as(edges.group_of(uow.session, STAGE, row.key, row.group)),
        "parent_stage_id": bool(write.parent_stage_id) and write.parent_stage_id != _parent_id(uow, row),
    }
    return {name for name, different in differs.items() if different}


def _edit(created: Creation, row: StageRow, write: StageWrite, changed: set[str], field: str) -> None:
    uow = created.uow
    _require_planned(row, changed, field)
    edited = replace(
        row,
        runner_type=row.runner_type if write.runner_type is None else write.runner_type,
        mode=write.execution_mode or row.mode,
        args=_new_args(row, write),
        priority=row.priority if write.priority is None else write.priority,
        timeout_us=row.timeout_us if write.timeout is None else duration_us(write.timeout),
        no_runner_us=row.no_runner_us if write.no_runner_timeout is None else duration_us(write.no_runner_timeout),
        heartbeat_us=row.heartbeat_us if write.heartbeat_timeout is None else duration_us(write.heartbeat_timeout),
        retry=row.retry if write.retry is None else stages.encode_retry(write.retry),
        always=row.always if write.always is None else int(write.always),
    )
    completion.require_payload(uow, f"stage {row.id!r}", len(edited.args), f"{field}.args")
    if "dependencies" in changed and write.dependencies is not None:
        groups.replace(uow, created.known, STAGE, edited, write.dependencies)
    if "assignments" in changed:
        # Whoever else answers what this stage no longer does may have ended long ago.
        for _, check in assignments.assigned_checks(uow.session, row.key):
            uow.written_checks[check.key] = (check.plan, check.id)
        assignments.delete(uow.session, row.key)
        assignments.insert(uow.session, assignments.rows_of(row.plan, row.key, distinct(write.assignments)))
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
