"""What the endpoint needs from the orchestrator behind it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, Self, Unpack

from turboci.dependencies import NodeRef
from turboci.events import Event, EventFilter
from turboci.executions import Answer
from turboci.frames import OrchestratorFrame, RunnerFrame, RunnerHello
from turboci.logs import LogPiece
from turboci.nodes import Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeFilters
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import PlanStatus
from turboci.writes import CheckWrite, StageWrite


class EventStream(Protocol):
    """The events of a plan, for one watcher."""

    def __aiter__(self) -> Self:
        """Return itself."""
        ...

    async def __anext__(self) -> Event:
        """Return the next event."""
        ...

    async def positioned(self) -> object:
        """Return when the position is fixed: every event after it will come."""
        ...

    async def aclose(self) -> None:
        """End the stream."""
        ...


class LogStream(Protocol):
    """The output of a stage, for one reader."""

    def __aiter__(self) -> Self:
        """Return itself."""
        ...

    async def __anext__(self) -> LogPiece:
        """Return the next piece."""
        ...

    async def aclose(self) -> None:
        """End the stream."""
        ...


class RunnerSession(Protocol):
    """The stream that a runner opened."""

    async def take(self, frame: RunnerFrame) -> None:
        """Apply what the runner says."""
        ...

    def finish(self) -> None:
        """Say that the runner has said all that it had to say."""
        ...

    async def next_frame(self) -> OrchestratorFrame | None:
        """Return what is to be sent, as soon as there is something; None when nothing follows."""
        ...

    async def close(self) -> None:
        """End the session; a runner that has not finished may come back."""
        ...


class Calls(Protocol):
    """The calls of the contract, as values. Their meaning and their errors are those of the contract."""

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
        ...

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan."""
        ...

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        """Return a page of plans, newest first."""
        ...

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Let a held plan start."""
        ...

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        """Delete finished plans, or count them."""
        ...

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        """Create and change nodes, all of them or none."""
        ...

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        """Return nodes as of one moment; with neither kind included, its sequence alone."""
        ...

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> EventStream:
        """Yield the events of a plan until the stream is closed."""
        ...

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL."""
        ...

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        """End a stage that is not FINAL."""
        ...

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        """Say why nodes are not FINAL."""
        ...

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        """Announce a runner whose address has a host, or renew its lease."""
        ...

    async def unregister_runner(self, registration_id: str) -> None:
        """End a registration."""
        ...

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        """Return the live registrations."""
        ...

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        """Report progress of an attempt."""
        ...

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        """End an ASYNC attempt."""
        ...

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        """Yield the output of a stage."""
        ...

    async def connect_runner(self, hello: RunnerHello, *, draining: bool) -> RunnerSession:
        """Let a runner work over a stream that it has opened."""
        ...
