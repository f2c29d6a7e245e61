"""One WriteNodes call."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.service import cancellation, completion
from orchestrator.service.plans import require_plan
from orchestrator.service.queries import query_nodes
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes import cycles
from orchestrator.service.writes.checks import write_check
from orchestrator.service.writes.stages import write_stage
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.plans import PlanRow
from turboci.errors import InvalidArgument, LimitExceeded
from turboci.nodes import Nodes
from turboci.queries import NodeQuery
from turboci.writes import NodeWrites


def write_nodes(uow: UnitOfWork, work_plan_id: str, writes: NodeWrites) -> None:
    """Apply a call: checks before stages, each in order.

    Raises:
        NotFound: There is no such plan.
        InvalidArgument: A value is wrong whatever the state; `CyclicDependency` with the path.
        InvalidState: A write does not fit the state of its node.
        ConcurrentModification: A node has another version than expected.
        StaleAttempt: The attempt on whose behalf the call is has ended.
        LimitExceeded: The plan would have too many nodes.
    """
    plan = uow.adopt(require_plan(uow.session, work_plan_id))
    cancellation.expire(uow, plan)
    if plan.cancelled_us is not None:
        cancellation.spare_answered(uow, plan, writes.stages)
    speaker = _speaker(uow, plan, writes.execution_id)
    _require_room(uow, plan, writes)
    for index, check in enumerate(writes.checks):
        write_check(uow, plan, check, speaker, f"checks[{index}]")
    for index, stage in enumerate(writes.stages):
        write_stage(uow, plan, stage, f"stages[{index}]")
    cycles.refuse(uow, plan.key)


def written(connection: Connection, work_plan_id: str, writes: NodeWrites) -> Nodes:
    """Return the nodes that a call has written, as they are and in its order."""
    query = NodeQuery(
        check_ids=tuple(dict.fromkeys(check.id for check in writes.checks)),
        stage_ids=tuple(dict.fromkeys(stage.id for stage in writes.stages)),
        include_checks=bool(writes.checks),
        include_stages=bool(writes.stages),
    )
    found = query_nodes(connection, work_plan_id, query)
    checks = {check.id: check for check in found.checks}
    stages = {stage.id: stage for stage in found.stages}
    return replace(
        found,
        checks=tuple(checks[check_id] for check_id in query.check_ids),
        stages=tuple(stages[stage_id] for stage_id in query.stage_ids),
    )


def _speaker(uow: UnitOfWork, plan: PlanRow, execution_id: str | None) -> AttemptRow | None:
    if not execution_id:
        return None
    attempt = completion.require_live_attempt(uow, execution_id)
    if attempt.plan != plan.key:
        raise InvalidArgument(f"execution {execution_id!r}", "belongs to another plan", field="execution_id")
    return attempt


def _require_room(uow: UnitOfWork, plan: PlanRow, writes: NodeWrites) -> None:
    limit = uow.services.config.max_nodes_per_plan
    total = plan.checks_total + plan.stages_total + len(writes.checks) + len(writes.stages)
    if total > limit:
        raise LimitExceeded(
            f"work plan {plan.id!r}",
            f"would have up to {total:,} nodes",
            hint=f"at most {limit:,} are allowed in one plan; write the rest to another one",
        )
