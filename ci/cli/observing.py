"""A port that lets every call through, notes which plans are made, and asks before an attempt begins here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol, Unpack

from ci.port import EventStream, HostedRunner, LogStream, Orchestrator
from turboci.dependencies import NodeRef
from turboci.errors import RunnerUnavailable
from turboci.events import EventFilter
from turboci.executions import Acceptance, Answer, Execution
from turboci.nodes import Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeFilters
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import ExecutionMode, PlanStatus
from turboci.writes import CheckWrite, StageWrite


class Observer(Protocol):
    """Who wants to know, and to be asked."""

    def plan_seen(self, work_plan_id: str, name: str) -> None:
        """Take in a plan, once, when it is created or first written to."""
        ...

    async def admit(self, execution: Execution) -> None:
        """Let a runner of this process begin an attempt.

        Raises:
            RunnerUnavailable: It had better not.
        """
        ...


class ObservedRunner:
    """A runner that asks before it begins an attempt.

    Args:
        inner: The runner that does the work.
        observer: Whom to ask.
    """

    def __init__(self, inner: HostedRunner, observer: Observer) -> None:
        self._inner: Final = inner
        self._observer: Final = observer

    @property
    def runner_id(self) -> str:
        """Its id, the same across restarts."""
        return self._inner.runner_id

    @property
    def runner_type(self) -> str:
        """What kind of stages it takes."""
        return self._inner.runner_type

    @property
    def supported_modes(self) -> tuple[ExecutionMode, ...]:
        """How it may be called."""
        return self._inner.supported_modes

    @property
    def max_concurrent(self) -> int:
        """Attempts at the same time; 0 is no limit."""
        return self._inner.max_concurrent

    @property
    def current_load(self) -> int:
        """Attempts that it works on at present."""
        return self._inner.current_load

    async def run(self, execution: Execution, port: Orchestrator) -> Answer:
        """Execute a SYNC attempt.

        Raises:
            RunnerUnavailable: The observer, or the runner, does not want it; it was not begun.
        """
        await self._observer.admit(execution)
        return await self._inner.run(execution, port)

    async def run_async(self, execution: Execution, port: Orchestrator) -> Acceptance:
        """Take an ASYNC attempt."""
        try:
            await self._observer.admit(execution)
        except RunnerUnavailable:
            return Acceptance(accepted=False)
        return await self._inner.run_async(execution, port)

    async def cancel(self, execution_id: str, reason: str) -> None:
        """Stop an attempt, and return when nothing of it runs any more."""
        await self._inner.cancel(execution_id, reason)

    async def drain(self, grace: float) -> None:
        """Refuse new attempts, let the live ones finish for `grace` seconds, then cancel them."""
        await self._inner.drain(grace)


class ObservingOrchestrator:
    """Hands every call on to another port.

    Args:
        inner: The port that answers.
        observer: Whom to tell.
    """

    def __init__(self, inner: Orchestrator, observer: Observer) -> None:
        self._inner: Final = inner
        self._observer: Final = observer
        self._seen: Final[set[str]] = set()

    def _note(self, work_plan_id: str, name: str = "") -> None:
        if work_plan_id not in self._seen:
            self._seen.add(work_plan_id)
            self._observer.plan_seen(work_plan_id, name)

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        """Create an empty plan, and note it."""
        plan = await self._inner.create_work_plan(
            metadata, idempotency_key=idempotency_key, deadline=deadline, fail_fast=fail_fast, held=held
        )
        self._note(plan.id, plan.name)
        return plan

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan."""
        return await self._inner.get_work_plan(work_plan_id)

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        """Return a page of plans."""
        return await self._inner.list_work_plans(
            statuses=statuses, name=name, page_size=page_size, page_token=page_token
        )

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Let a held plan start."""
        return await self._inner.release_work_plan(work_plan_id)

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        """Delete finished plans, or count them."""
        return await self._inner.delete_work_plans(older_than=older_than, keep=keep, dry_run=dry_run)

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        """Create and change nodes, and note their plan."""
        nodes = await self._inner.write_nodes(work_plan_id, checks=checks, stages=stages, execution_id=execution_id)
        self._note(work_plan_id)
        return nodes

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        """Return nodes as of one moment."""
        return await self._inner.query_nodes(work_plan_id, **which)

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> EventStream:
        """Yield the events of a plan."""
        return self._inner.watch(work_plan_id, after_sequence=after_sequence, only=only)

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL."""
        return await self._inner.cancel_work_plan(work_plan_id, reason)

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        """End a stage that is not FINAL."""
        return await self._inner.cancel_stage(work_plan_id, stage_id, reason)

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        """Say why nodes are not FINAL."""
        return await self._inner.explain(work_plan_id, nodes)

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        """Yield the output of a stage."""
        return self._inner.read_log(work_plan_id, stage_id, attempt=attempt, start=start, follow=follow)

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        """Announce a runner, or renew its lease."""
        return await self._inner.register_runner(registration)

    async def unregister_runner(self, registration_id: str) -> None:
        """End a registration."""
        await self._inner.unregister_runner(registration_id)

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        """Return the live registrations."""
        return await self._inner.list_runners(runner_type)

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        """Report progress of an attempt."""
        await self._inner.update_execution(execution_id, progress)

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        """End an ASYNC attempt."""
        await self._inner.complete_execution(execution_id, answer)

    async def host(self, runner: HostedRunner) -> None:
        """Let a runner of this process work for the orchestrator, as far as the observer admits."""
        await self._inner.host(ObservedRunner(runner, self._observer))
