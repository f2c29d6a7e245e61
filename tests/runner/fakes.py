"""A recorded port, and executions to hand to runners."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn, Unpack

from ci.port import EventStream, HostedRunner, LogStream, Orchestrator
from turboci.dependencies import NodeRef
from turboci.events import EventFilter
from turboci.executions import Acceptance, Answer, AssignedCheck, Execution
from turboci.nodes import Check, Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeFilters, NodeQuery
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import ExecutionMode, PlanStatus
from turboci.writes import CheckWrite, StageWrite

_ids = itertools.count(1)


def an_execution(
    *,
    stage_id: str = "build",
    checks: Sequence[str] = ("built",),
    mode: ExecutionMode = ExecutionMode.SYNC,
    seconds: float | None = 30.0,
    execution_id: str = "",
    **args: object,
) -> Execution:
    deadline = None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)
    return Execution(
        execution_id=execution_id or f"execution-{next(_ids)}",
        work_plan_id="plan",
        stage_id=stage_id,
        attempt_idx=1,
        mode=mode,
        args=args,  # type: ignore[arg-type]
        checks=tuple(AssignedCheck(check_id=id, kind="kind", options={"of": id}) for id in checks),
        deadline=deadline,
    )


class RecordedPort:
    """Notes every call in `calls`; `errors` of a method are raised by its next calls, in order."""

    def __init__(self, *, checks: Sequence[Check] = ()) -> None:
        self.calls: list[str] = []
        self.progress: list[ProgressEntry] = []
        self.answers: list[Answer] = []
        self.registrations: list[RunnerRegistration] = []
        self.written: list[tuple[Sequence[CheckWrite], Sequence[StageWrite], str | None]] = []
        self.errors: dict[str, deque[Exception]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self._checks = checks
        self._happened = asyncio.Event()

    def fail(self, call: str, *errors: Exception) -> None:
        self.errors.setdefault(call, deque()).extend(errors)

    async def until(self, call: str, count: int = 1) -> None:
        """Return when `call` was noted `count` times."""
        while self.calls.count(call) < count:
            self._happened.clear()
            await self._happened.wait()

    async def _note(self, name: str, call: str) -> None:
        self.calls.append(call)
        self._happened.set()
        if name in self.gates:
            await self.gates[name].wait()
        if self.errors.get(name):
            raise self.errors[name].popleft()

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        _unexpected("create_work_plan")

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        _unexpected("list_work_plans")

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        _unexpected("release_work_plan")

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        _unexpected("delete_work_plans")

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        _unexpected("get_work_plan")

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        await self._note("write_nodes", f"write nodes of {work_plan_id}")
        self.written.append((checks, stages, execution_id))
        return Nodes()

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        ids = NodeQuery(**which).check_ids
        await self._note("query_nodes", f"query {', '.join(ids)}")
        return Nodes(checks=tuple(check for check in self._checks if check.id in ids))

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> EventStream:
        _unexpected("watch")

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        _unexpected("cancel_work_plan")

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        _unexpected("cancel_stage")

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        _unexpected("read_log")

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        _unexpected("explain")

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        self.registrations.append(registration)
        await self._note("register", f"register {registration.runner_id}")
        expires_at = datetime.now(UTC) + timedelta(seconds=registration.ttl)
        return Lease(registration_id=f"registration-{len(self.registrations)}", expires_at=expires_at)

    async def unregister_runner(self, registration_id: str) -> None:
        await self._note("unregister", f"unregister {registration_id}")

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        _unexpected("list_runners")

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        await self._note("update", f"update {progress.percent} {progress.message}")
        self.progress.append(progress)

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        await self._note("complete", f"complete {execution_id}")
        self.answers.append(answer)

    async def host(self, runner: HostedRunner) -> None:
        _unexpected("host")


def _unexpected(call: str) -> NoReturn:
    raise AssertionError(f"a runner never calls {call}")


class SyncOnly:
    """A runner of one's own that knows only how to answer at once."""

    runner_id = "sync-1"
    runner_type = "builder"
    supported_modes: tuple[ExecutionMode, ...] = (ExecutionMode.SYNC,)
    max_concurrent = 0
    current_load = 0

    async def run(self, execution: Execution, port: Orchestrator) -> Answer:
        return Answer()

    async def run_async(self, execution: Execution, port: Orchestrator) -> Acceptance:
        raise AssertionError("it takes SYNC work only")

    async def cancel(self, execution_id: str, reason: str) -> None:
        return None

    async def drain(self, grace: float) -> None:
        return None
