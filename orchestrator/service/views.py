"""Rows as values, read for many nodes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from orchestrator.clock import moment
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import assignments, attempts, edges, progress, results, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, STAGE
from orchestrator.storage.tables.progress import ProgressRow
from orchestrator.storage.tables.results import ResultRow
from orchestrator.storage.tables.stages import StageRow
from turboci.dependencies import DependencyGroup
from turboci.nodes import Assignment, Attempt, Check, CheckResult, ProgressEntry, Stage
from turboci.states import AttemptState, CheckState, ConcludedReason, ExecutionMode, Outcome, StageState
from turboci.wire import structs

T = TypeVar("T")

_MICRO: Final = 1_000_000
_PART: Final = 1_000
"""Nodes whose rows of one table are read with one statement."""
_NO_GROUP: Final = DependencyGroup()
_CHECK_STATES: Final = {int(state): state for state in CheckState}
_STAGE_STATES: Final = {int(state): state for state in StageState}
_MODES: Final = {int(mode): mode for mode in ExecutionMode}
"""By number: to call an enum takes longer."""


def checks_of(connection: Connection, work_plan_id: str, rows: Sequence[CheckRow]) -> tuple[Check, ...]:
    """Return checks of a plan as values."""
    return tuple(check for part in _parts(rows) for check in _some_checks(connection, work_plan_id, part))


def stages_of(connection: Connection, work_plan_id: str, rows: Sequence[StageRow]) -> tuple[Stage, ...]:
    """Return stages of a plan as values."""
    return tuple(stage for part in _parts(rows) for stage in _some_stages(connection, work_plan_id, part))


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(rows), _PART):
        yield rows[first : first + _PART]


def _some_checks(connection: Connection, work_plan_id: str, rows: Sequence[CheckRow]) -> Iterator[Check]:
    found = results.of_checks(connection, [row.key for row in rows])
    groups = edges.groups_of(connection, CHECK, {row.key: row.group for row in rows})
    for row in rows:
        group = groups.get(row.key, _NO_GROUP)
        yield check_of(row, work_plan_id, group, tuple(_result(result) for result in found.get(row.key, ())))


def _some_stages(connection: Connection, work_plan_id: str, rows: Sequence[StageRow]) -> Iterator[Stage]:
    assigned = assignments.of_stages(connection, [row.key for row in rows])
    groups = edges.groups_of(connection, STAGE, {row.key: row.group for row in rows})
    tried = _attempts(connection, [row.key for row in rows if row.attempts])
    parents = {row.parent for row in rows if row.parent is not None}
    names = stages.ids_of(connection, parents) if parents else {}
    for row in rows:
        yield stage_of(
            row,
            work_plan_id,
            groups.get(row.key, _NO_GROUP),
            tuple(assigned.get(row.key, ())),
            tried.get(row.key, ()),
            parent=names[row.parent] if row.parent is not None else None,
        )


def check_of(row: CheckRow, work_plan_id: str, group: DependencyGroup, results: tuple[CheckResult, ...] = ()) -> Check:
    """Return a check as a value."""
    created_at = moment(row.created_us)
    return Check(
        id=row.id,
        work_plan_id=work_plan_id,
        state=_CHECK_STATES[row.state],
        kind=row.kind,
        options=structs.lazy(row.options),
        results=results,
        dependencies=group,
        external=bool(row.external),
        outcome=Outcome(row.outcome) if row.outcome else None,
        cause=row.cause,
        version=row.version,
        created_at=created_at,
        updated_at=created_at if row.updated_us == row.created_us else moment(row.updated_us),
    )


def stage_of(
    row: StageRow,
    work_plan_id: str,
    group: DependencyGroup,
    assigned: tuple[Assignment, ...],
    tried: tuple[Attempt, ...] = (),
    *,
    parent: str | None,
) -> Stage:
    """Return a stage as a value."""
    created_at = moment(row.created_us)
    return Stage(
        id=row.id,
        work_plan_id=work_plan_id,
        state=_STAGE_STATES[row.state],
        runner_type=row.runner_type,
        execution_mode=_MODES[row.mode],
        args=structs.lazy(row.args),
        assignments=assigned,
        attempts=tried,
        dependencies=group,
        outcome=Outcome(row.outcome) if row.outcome else None,
        concluded_reason=ConcludedReason(row.concluded_reason) if row.concluded_reason else None,
        cause=row.cause,
        retry=row.retry_policy,
        timeout=_seconds(row.timeout_us),
        heartbeat_timeout=_seconds(row.heartbeat_us),
        no_runner_timeout=_seconds(row.no_runner_us),
        priority=row.priority,
        always=bool(row.always),
        parent_stage_id=parent,
        version=row.version,
        created_at=created_at,
        updated_at=created_at if row.updated_us == row.created_us else moment(row.updated_us),
    )


def queued(row: StageRow) -> Attempt:
    """Return the first attempt of a stage that is made when the stage is, and waits for a runner."""
    at = moment(row.created_us)
    return Attempt(idx=1, state=AttemptState.PENDING, details=structs.lazy(b""), created_at=at, updated_at=at)


def _attempts(connection: Connection, keys: Sequence[int]) -> dict[int, tuple[Attempt, ...]]:
    """Return the attempts of stages by the key of the stage."""
    if not keys:
        return {}
    rows = attempts.of_stages(connection, keys)
    said = progress.of_attempts(connection, (row.key for tried in rows.values() for row in tried))
    return {key: tuple(_attempt(row, said.get(row.key, ())) for row in tried) for key, tried in rows.items()}


def _attempt(row: AttemptRow, said: Sequence[ProgressRow]) -> Attempt:
    return Attempt(
        idx=row.idx,
        state=AttemptState(row.state),
        failure=row.failure,
        process_uid=row.process_uid,
        details=structs.lazy(row.details),
        progress=tuple(_progress(entry) for entry in said),
        created_at=moment(row.created_us),
        updated_at=moment(row.updated_us),
    )


def _progress(row: ProgressRow) -> ProgressEntry:
    return ProgressEntry(
        message=row.message, percent=row.percent, details=structs.lazy(row.details), timestamp=moment(row.at_us)
    )


def _result(row: ResultRow) -> CheckResult:
    return CheckResult(
        id=row.id,
        owner_type=row.owner_type,
        owner_id=row.owner_id,
        data=structs.lazy(row.data),
        failure=row.failure,
        created_at=moment(row.created_us),
        finalized_at=moment(row.finalized_us) if row.finalized_us is not None else None,
    )


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / _MICRO
