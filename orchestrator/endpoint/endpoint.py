"""The orchestrator as callers see it: requests of the wrong shape never reach its state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Unpack

from orchestrator.apart import apart
from orchestrator.endpoint.answers import require_answer
from orchestrator.endpoint.calls import Calls, EventStream, LogStream
from orchestrator.endpoint.limits import Limits
from orchestrator.endpoint.runner_session import CheckedSession
from orchestrator.endpoint.runners import require_registration, require_runner
from orchestrator.endpoint.shapes import (
    require_ids,
    require_moment,
    require_name,
    require_nodes,
    require_number,
    require_page_size,
    require_progress,
    require_seconds,
)
from orchestrator.endpoint.writes import require_writes
from turboci.dependencies import NodeRef
from turboci.errors import InvalidArgument
from turboci.events import EventFilter
from turboci.executions import Answer
from turboci.frames import RunnerHello
from turboci.ids import require_id
from turboci.nodes import Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import MAX_PAGE_SIZE, PAGE_SIZE, DeletedPlans, PlanPage
from turboci.queries import NodeFilters, NodeQuery
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import PlanStatus
from turboci.writes import CheckWrite, StageWrite

_PLAN: Final = "work plan"
_PLAN_FIELD: Final = "work_plan_id"


class Endpoint:
    """Looks at the shape of each request, then hands it on.

    Every method raises `InvalidArgument` or `LimitExceeded` for what it refuses, and what the call behind it raises.
    """

    def __init__(self, calls: Calls, limits: Limits) -> None:
        self._calls: Final = calls
        self._limits: Final = limits

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        """Create an empty plan."""
        self._limits.require_metadata(metadata or {}, "the work plan")
        require_name(idempotency_key, "idempotency key", field="idempotency_key")
        require_moment(deadline, "the work plan", "deadline")
        return await self._calls.create_work_plan(
            metadata, idempotency_key=idempotency_key or None, deadline=deadline, fail_fast=fail_fast, held=held
        )

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan."""
        require_id(work_plan_id, _PLAN, field="id")
        return await self._calls.get_work_plan(work_plan_id)

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        """Return a page of plans, newest first."""
        require_number(page_size, 0, MAX_PAGE_SIZE, "the page", "page_size")
        self._limits.require_text(name, "the page", "name")
        self._limits.require_text(page_token, "the page", "page_token")
        return await self._calls.list_work_plans(
            statuses=statuses, name=name, page_size=page_size or PAGE_SIZE, page_token=page_token
        )

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Let a held plan start."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        return await self._calls.release_work_plan(work_plan_id)

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        """Delete finished plans, or count them."""
        if older_than:
            require_seconds(older_than, "the deletion", "older_than")
        require_number(keep, 0, 2**63 - 1, "the deletion", "keep")
        return await self._calls.delete_work_plans(older_than=older_than, keep=keep, dry_run=dry_run)

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        """Create and change nodes, all of them or none."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        require_name(execution_id, "execution", field="execution_id")
        await apart(len(checks) + len(stages), require_writes, checks, stages, self._limits)
        return await self._calls.write_nodes(
            work_plan_id, checks=checks, stages=stages, execution_id=execution_id or None
        )

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        """Return nodes as of one moment."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        query = NodeQuery(**which)
        require_ids(query.check_ids, "check", field="check_ids")
        require_ids(query.stage_ids, "stage", field="stage_ids")
        require_page_size(query.page_size)
        return await self._calls.query_nodes(work_plan_id, **which)

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> EventStream:
        """Yield the events of a plan until the stream is closed."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        if only is not None:
            require_ids(only.check_ids, "check", field="check_id_filter")
            require_ids(only.stage_ids, "stage", field="stage_id_filter")
        if after_sequence is not None and after_sequence < 0:
            raise InvalidArgument(
                "the watch", f"starts after event {after_sequence}", hint="0 is the beginning", field="after_sequence"
            )
        return self._calls.watch(work_plan_id, after_sequence=after_sequence, only=only)

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        self._limits.require_text(reason, "the cancellation", "reason")
        return await self._calls.cancel_work_plan(work_plan_id, reason)

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        """End a stage that is not FINAL."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        require_id(stage_id, "stage", field="stage_id")
        self._limits.require_text(reason, "the cancellation", "reason")
        return await self._calls.cancel_stage(work_plan_id, stage_id, reason)

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        """Say why nodes are not FINAL."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        require_nodes(nodes)
        return await self._calls.explain(work_plan_id, nodes)

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        """Announce a runner, or renew its lease."""
        require_registration(registration, self._limits)
        return await self._calls.register_runner(registration)

    async def unregister_runner(self, registration_id: str) -> None:
        """End a registration."""
        require_id(registration_id, "registration", field="registration_id")
        await self._calls.unregister_runner(registration_id)

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        """Return the live registrations."""
        require_name(runner_type, "runner type", field="runner_type")
        return await self._calls.list_runners(runner_type or None)

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        """Report progress of an attempt."""
        require_id(execution_id, "execution", field="execution_id")
        require_progress(progress, f"execution {execution_id!r}", self._limits)
        await self._calls.update_execution(execution_id, progress)

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        """End an ASYNC attempt."""
        require_id(execution_id, "execution", field="execution_id")
        require_answer(answer, execution_id, self._limits)
        await self._calls.complete_execution(execution_id, answer)

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        """Yield the output of a stage."""
        require_id(work_plan_id, _PLAN, field=_PLAN_FIELD)
        require_id(stage_id, "stage", field="stage_id")
        subject = f"the log of stage {stage_id!r}"
        require_number(attempt, 0, 2**31 - 1, subject, "attempt_idx")
        require_number(start, 0, 2**63 - 1, subject, "start")
        return self._calls.read_log(work_plan_id, stage_id, attempt=attempt, start=start, follow=follow)

    async def connect_runner(self, hello: RunnerHello, *, draining: bool) -> CheckedSession:
        """Let a runner work over a stream that it has opened."""
        require_runner(hello.registration, self._limits)
        require_id(hello.registration.process_uid, "process", field="process_uid")
        return CheckedSession(await self._calls.connect_runner(hello, draining=draining), self._limits)
