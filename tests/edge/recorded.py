"""A recorded orchestrator: says what it was told to say, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from turboci.dependencies import NodeRef
from turboci.events import CheckChanged, Event, EventFilter
from turboci.executions import Answer
from turboci.nodes import Nodes, ProgressEntry, WorkPlan
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import CheckState, StageState
from turboci.writes import CheckWrite, StageWrite

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(sequence: int, cause: str = "") -> CheckChanged:
    return CheckChanged(
        sequence=sequence, at=NOW, check_id="build", old_state=None, new_state=CheckState.PLANNED, cause=cause or None
    )


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
        self.events: Sequence[Event] = ()
        self.watched = asyncio.Event()
        self.left = asyncio.Event()

    async def _record(self, *call: Any) -> None:
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
        self, metadata: Mapping[str, str] | None = None, *, idempotency_key: str | None = None
    ) -> WorkPlan:
        await self._record("create_work_plan", metadata, idempotency_key)
        return WorkPlan(id="plan-1", metadata=metadata or {})

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        await self._record("get_work_plan", work_plan_id)
        return WorkPlan(id=work_plan_id)

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        await self._record("write_nodes", work_plan_id, tuple(checks), tuple(stages), execution_id)
        return Nodes(sequence=self.sequence)

    async def query_nodes(
        self,
        work_plan_id: str,
        *,
        check_ids: Collection[str] = (),
        stage_ids: Collection[str] = (),
        check_states: Collection[CheckState] = (),
        stage_states: Collection[StageState] = (),
        include_checks: bool = True,
        include_stages: bool = True,
    ) -> Nodes:
        await self._record("query_nodes", work_plan_id, include_checks, include_stages)
        return Nodes(sequence=self.sequence)

    async def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> AsyncIterator[Event]:
        self.asked.append(("watch", work_plan_id, after_sequence, only))
        try:
            for each in self.events:
                yield each
            self.watched.set()
            await asyncio.get_running_loop().create_future()
        finally:
            self.left.set()

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        await self._record("cancel_work_plan", work_plan_id, reason)
        return WorkPlan(id=work_plan_id)

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        await self._record("explain", work_plan_id, tuple(nodes))
        return Explanation(stalled=True)

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        await self._record("register_runner", registration)
        return Lease(registration_id="registration-1", expires_at=NOW)

    async def unregister_runner(self, registration_id: str) -> None:
        await self._record("unregister_runner", registration_id)

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        await self._record("list_runners", runner_type)
        return (RunnerInfo(runner_id="r", registration_id="registration-1", runner_type="builder", address="h:1"),)

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        await self._record("update_execution", execution_id, progress)

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        await self._record("complete_execution", execution_id, answer)
