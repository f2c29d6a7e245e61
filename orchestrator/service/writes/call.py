"""One WriteNodes call."""

from __future__ import annotations

from typing import Final

from orchestrator.service import cancellation, completion
from orchestrator.service.plans import require_plan
from orchestrator.service.queries import query_nodes
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.writes import cycles
from orchestrator.service.writes.checks import write_check
from orchestrator.service.writes.creation import Creation, NewCheck, NewStage
from orchestrator.service.writes.known import Known
from orchestrator.service.writes.stages import write_stage
from orchestrator.service.writes.written import Written
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.plans import PlanRow
from turboci.errors import InvalidArgument, LimitExceeded
from turboci.nodes import Check, Stage
from turboci.queries import NodeQuery
from turboci.writes import NodeWrites


class WriteNodes:
    """One call: it is applied, and after all that follows has settled it tells what it has written."""

    def __init__(self, work_plan_id: str, writes: NodeWrites) -> None:
        self._work_plan_id: Final = work_plan_id
        self._writes: Final = writes
        self._creation: Creation

    def apply(self, uow: UnitOfWork) -> None:
        """Apply the call: checks before stages, each in order.

        Raises:
            NotFound: There is no such plan.
            InvalidArgument: A value is wrong whatever the state; `CyclicDependency` with the path.
            InvalidState: A write does not fit the state of its node.
            ConcurrentModification: A node has another version than expected.
            StaleAttempt: The attempt on whose behalf the call is has ended.
            LimitExceeded: The plan would have too many nodes.
        """
        writes = self._writes
        plan = uow.adopt(require_plan(uow.session, self._work_plan_id))
        cancellation.expire(uow, plan)
        if plan.cancelled_us is not None:
            cancellation.spare_answered(uow, plan, writes.stages)
        speaker = _speaker(uow, plan, writes.execution_id)
        _require_room(uow, plan, writes)
        creation = self._creation = Creation(uow, plan, Known(uow, plan, writes))
        for index, check in enumerate(writes.checks):
            write_check(creation, check, speaker, f"checks[{index}]")
        for index, stage in enumerate(writes.stages):
            write_stage(creation, stage, f"stages[{index}]")
        creation.insert()
        cycles.refuse(creation)
        creation.start()

    def written(self, connection: Connection) -> Written:
        """Return the nodes that were written, as they are and in the order of the call; only what moved is read."""
        created = self._creation
        check_ids = tuple(dict.fromkeys(check.id for check in self._writes.checks))
        stage_ids = tuple(dict.fromkeys(stage.id for stage in self._writes.stages))
        created.settled()
        moved_checks = tuple(check_id for check_id in check_ids if check_id not in created.checks)
        moved_stages = tuple(stage_id for stage_id in stage_ids if stage_id not in created.stages)
        query = NodeQuery(
            check_ids=moved_checks,
            stage_ids=moved_stages,
            include_checks=bool(moved_checks),
            include_stages=bool(moved_stages),
        )
        found = query_nodes(connection, self._work_plan_id, query)
        checks: dict[str, NewCheck | Check] = {**created.checks}
        checks.update((check.id, check) for check in found.checks)
        stages: dict[str, NewStage | Stage] = {**created.stages}
        stages.update((stage.id, stage) for stage in found.stages)
        return Written(
            self._work_plan_id,
            found.sequence,
            [checks[check_id] for check_id in check_ids],
            [stages[stage_id] for stage_id in stage_ids],
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
