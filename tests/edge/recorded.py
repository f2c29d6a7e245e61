"""A recorded orchestrator: says what it was told to say, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self, Unpack

from orchestrator.endpoint.calls import LogStream
from turboci.dependencies import NodeRef
from turboci.events import CheckChanged, Event, EventFilter
from turboci.executions import Answer
from turboci.frames import RunnerFrame, RunnerHello
from turboci.nodes import Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeFilters, NodeQuery
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import CheckState, PlanStatus, StageState
from turboci.writes import CheckWrite, StageWrite

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(sequence: int, cause: str = "") -> CheckChanged:
    return CheckChanged(
        sequence=sequence, at=NOW, check_id="build", old_state=None, new_state=CheckState.PLANNED, cause=cause or None
    )


class RecordedSession:
    """Implements `orchestrator.endpoint.calls.RunnerSession`; it keeps what it is given, and has nothing to say."""

    def __init__(self) -> None:
        self.frames: list[RunnerFrame] = []
        self._finished = asyncio.Event()

    async def take(self, frame: RunnerFrame) -> None:
        self.frames.append(frame)

    def finish(self) -> None:
        self._finished.set()

    async def next_frame(self) -> None:
        await self._finished.wait()

    async def close(self) -> None:
        self._finished.set()


class RecordedCalls:
    """Implements `orchestrator.endpoint.calls.Calls`.

    Attributes:
        asked: The calls so far, each as its name and its arguments.
        error: Raised by every call, if set.
        held: Calls wait for it, if set.
        events: What watchers get.
        watched: Set when a watcher has had all `events`; it waits on then.
        left: Set when a watcher's iterator was closed.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.error: BaseException | None = None
        self.held: asyncio.Future[None] | None = None
        self.arrived = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.sequence = 7
        self.session = RecordedSession()
        self.events: Sequence[Event] = ()
        self.watched = asyncio.Event()
        self.left = asyncio.Event()

    async def record(self, *call: Any) -> None:
        self.asked.append(call)
        self.arrived.set()
        if self.held is not None:
            try:
                await self.held
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if self.error is not None:
            raise self.error

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        await self.record("create_work_plan", metadata, idempotency_key, deadline, fail_fast, held)
        return WorkPlan(id="plan-1", metadata=metadata or {})

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        await self.record("get_work_plan", work_plan_id)
        return WorkPlan(id=work_plan_id)

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        await self.record("list_work_plans", tuple(statuses), name, page_size, page_token)
        return PlanPage(plans=(WorkPlan(id="plan-1"),), next_page_token="more")

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        await self.record("release_work_plan", work_plan_id)
        return WorkPlan(id=work_plan_id)

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        await self.record("delete_work_plans", older_than, keep, dry_run)
        return DeletedPlans(plans=1, checks=2, stages=3)

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        await self.record("write_nodes", work_plan_id, tuple(checks), tuple(stages), execution_id)
        return Nodes(sequence=self.sequence)

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        await self.record("query_nodes", work_plan_id, NodeQuery(**which))
        return Nodes(sequence=self.sequence)

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> RecordedStream:
        return RecordedStream(self, ("watch", work_plan_id, after_sequence, only))

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        await self.record("cancel_work_plan", work_plan_id, reason)
        return WorkPlan(id=work_plan_id)

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        await self.record("cancel_stage", work_plan_id, stage_id, reason)
        return Stage(id=stage_id, work_plan_id=work_plan_id, state=StageState.FINAL)

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        await self.record("explain", work_plan_id, tuple(nodes))
        return Explanation(stalled=True)

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        await self.record("register_runner", registration)
        return Lease(registration_id="registration-1", expires_at=NOW)

    async def unregister_runner(self, registration_id: str) -> None:
        await self.record("unregister_runner", registration_id)

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        await self.record("list_runners", runner_type)
        return (RunnerInfo(runner_id="r", registration_id="registration-1", runner_type="builder", address="h:1"),)

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        await self.record("update_execution", execution_id, progress)

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        raise AssertionError("nobody reads logs here")

    async def connect_runner(self, hello: RunnerHello, *, draining: bool) -> RecordedSession:
        await self.record("connect_runner", hello, draining)
        return self.session

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        await self.record("complete_execution", execution_id, answer)


class RecordedStream:
    """The `events` of a `RecordedCalls`, and then silence."""

    def __init__(self, calls: RecordedCalls, call: tuple[Any, ...]) -> None:
        self._calls = calls
        self._call = call
        self._left = list(calls.events)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if not self._left:
            self._calls.watched.set()
            await asyncio.get_running_loop().create_future()
        return self._left.pop(0)

    async def positioned(self) -> None:
        await self._calls.record(*self._call)

    async def aclose(self) -> None:
        self._calls.left.set()
