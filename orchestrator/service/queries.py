"""Reads nodes as they are at one moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orchestrator.clock import moment
from orchestrator.service.plans import require_plan
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import assignments, attempts, checks, edges, progress, results, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.edges import CHECK, STAGE
from orchestrator.storage.tables.results import ResultRow
from orchestrator.storage.tables.stages import StageRow
from turboci.nodes import Attempt, Check, CheckResult, Nodes, ProgressEntry, Stage
from turboci.states import AttemptState, CheckState, ConcludedReason, ExecutionMode, Outcome, StageState
from turboci.wire import structs

_MICRO = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeQuery:
    """Which nodes of a plan are wanted; empty filters mean all."""

    work_plan_id: str
    check_ids: Collection[str] = ()
    stage_ids: Collection[str] = ()
    check_states: Collection[CheckState] = ()
    stage_states: Collection[StageState] = ()
    include_checks: bool = True
    include_stages: bool = True


def query_nodes(connection: Connection, query: NodeQuery) -> Nodes:
    """Return nodes of a plan and the position of the snapshot.

    Raises:
        NotFound: There is no such plan.
    """
    plan = require_plan(connection, query.work_plan_id)
    return Nodes(
        checks=tuple(check(connection, plan.id, row) for row in _checks(connection, plan.key, query)),
        stages=tuple(stage(connection, plan.id, row) for row in _stages(connection, plan.key, query)),
        sequence=plan.event_sequence,
    )


def _checks(connection: Connection, plan: int, query: NodeQuery) -> list[CheckRow]:
    if not query.include_checks:
        return []
    if query.check_ids:
        named = (checks.by_id(connection, plan, check_id) for check_id in dict.fromkeys(query.check_ids))
        rows = sorted((row for row in named if row is not None), key=lambda row: row.key)
    else:
        rows = checks.of_plan(connection, plan)
    return [row for row in rows if not query.check_states or row.state in query.check_states]


def _stages(connection: Connection, plan: int, query: NodeQuery) -> list[StageRow]:
    if not query.include_stages:
        return []
    if query.stage_ids:
        named = (stages.by_id(connection, plan, stage_id) for stage_id in dict.fromkeys(query.stage_ids))
        rows = sorted((row for row in named if row is not None), key=lambda row: row.key)
    else:
        rows = stages.of_plan(connection, plan)
    return [row for row in rows if not query.stage_states or row.state in query.stage_states]


def check(connection: Connection, work_plan_id: str, row: CheckRow) -> Check:
    """Return a check as a value."""
    return Check(
        id=row.id,
        work_plan_id=work_plan_id,
        state=CheckState(row.state),
        kind=row.kind,
        options=structs.lazy(row.options),
        results=tuple(_result(result) for result in results.of_check(connection, row.key)),
        dependencies=edges.group_of(connection, CHECK, row.key, row.group),
        outcome=Outcome(row.outcome) if row.outcome else None,
        cause=row.cause,
        version=row.version,
        created_at=moment(row.created_us),
        updated_at=moment(row.updated_us),
    )


def stage(connection: Connection, work_plan_id: str, row: StageRow) -> Stage:
    """Return a stage as a value."""
    return Stage(
        id=row.id,
        work_plan_id=work_plan_id,
        state=StageState(row.state),
        runner_type=row.runner_type,
        execution_mode=ExecutionMode(row.mode),
        args=structs.lazy(row.args),
        assignments=assignments.of_stage(connection, row.key),
        attempts=tuple(_attempt(connection, attempt) for attempt in attempts.of_stage(connection, row.key)),
        dependencies=edges.group_of(connection, STAGE, row.key, row.group),
        outcome=Outcome(row.outcome) if row.outcome else None,
        concluded_reason=ConcludedReason(row.concluded_reason) if row.concluded_reason else None,
        cause=row.cause,
        retry=row.retry_policy,
        timeout=_seconds(row.timeout_us),
        heartbeat_timeout=_seconds(row.heartbeat_us),
        priority=row.priority,
        parent_stage_id=stages.id_of(connection, row.parent) if row.parent is not None else None,
        version=row.version,
        created_at=moment(row.created_us),
        updated_at=moment(row.updated_us),
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


def _attempt(connection: Connection, row: AttemptRow) -> Attempt:
    return Attempt(
        idx=row.idx,
        state=AttemptState(row.state),
        failure=row.failure,
        process_uid=row.process_uid,
        details=structs.lazy(row.details),
        progress=tuple(
            ProgressEntry(
                message=entry.message,
                percent=entry.percent,
                details=structs.lazy(entry.details),
                timestamp=moment(entry.at_us),
            )
            for entry in progress.of_attempt(connection, row.key)
        ),
        created_at=moment(row.created_us),
        updated_at=moment(row.updated_us),
    )


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / _MICRO
