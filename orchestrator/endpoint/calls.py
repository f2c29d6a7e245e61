"""What the endpoint needs from the orchestrator behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Protocol

from turboci.dependencies import NodeRef
from turboci.events import Event, EventFilter
from turboci.executions import Answer
from turboci.nodes import Nodes, ProgressEntry, WorkPlan
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import CheckState, StageState
from turboci.writes import CheckWrite, StageWrite


class Calls(Protocol):
    """The calls of the contract, as values. Their meaning and their errors are those of the contract."""

    async def create_work_plan(
        self, metadata: Mapping[str, str] | None = None, *, idempotency_key: str | None = None
    ) -> WorkPlan:
        """Create an empty plan."""
        ...

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan."""
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
        """Return nodes as of one moment; with neither kind included, its sequence alone."""
        ...

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> AsyncIterator[Event]:
        """Yield the events of a plan until the caller stops."""
        ...

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL."""
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
