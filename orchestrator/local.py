"""The orchestrator in this process: every call of the contract as values, no socket between.

The gRPC server is one caller of it, `ci.local()` another.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from orchestrator.clock import Clock, SystemClock
from orchestrator.config import Config
from orchestrator.dispatcher.caller import RunnerCaller
from orchestrator.dispatcher.in_process import InProcessCaller
from orchestrator.engine import Engine
from orchestrator.hosting import HostedRunner, Hosting
from orchestrator.service import asynchronous, cancellation, completion, explanation, plans, queries, runners
from orchestrator.service.queries import NodeQuery
from orchestrator.service.writes import call
from orchestrator.storage.interface import Database
from turboci.dependencies import NodeRef
from turboci.events import CheckChanged, Event, EventFilter, StageChanged
from turboci.executions import Answer
from turboci.nodes import Nodes, ProgressEntry, WorkPlan
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import CheckState, StageState
from turboci.writes import CheckWrite, NodeWrites, StageWrite

_ALL: Final = EventFilter()


class LocalOrchestrator:
    """The calls of the contract. Every method raises the errors of `turboci.errors`.

    Args:
        database: Where everything is kept; belongs to the caller, who closes it after `stop`.
        caller: How runners beyond this process are reached.
        config: The settings.
        clock: The time.
    """

    def __init__(self, database: Database, caller: RunnerCaller, *, config: Config, clock: Clock | None = None) -> None:
        in_process = InProcessCaller(caller)
        self._engine: Final = Engine(database, in_process, config, clock or SystemClock())
        self._hosting: Final[Hosting[LocalOrchestrator]] = Hosting(in_process)

    @property
    def callback_address(self) -> str:
        """host:port that runners report to; set once the port is bound."""
        return self._engine.callback_address

    @callback_address.setter
    def callback_address(self, address: str) -> None:
        self._engine.callback_address = address

    async def start(self) -> None:
        """Put right what the last process left behind, and begin to dispatch."""
        await self._engine.start()

    async def drain(self, timeout: float) -> None:
        """Claim nothing new, and give SYNC work that is under way `timeout` seconds."""
        await self._engine.drain(timeout)

    async def stop(self) -> None:
        """Stop hosted runners and every call; what runs then is attempted again at the next start, uncharged."""
        await self._hosting.close(grace=0.0)
        await self._engine.stop()

    async def create_work_plan(
        self, metadata: Mapping[str, str] | None = None, *, idempotency_key: str | None = None
    ) -> WorkPlan:
        """Create an empty plan; the same key and metadata again return the first one."""
        return await self._engine.apply(lambda uow: plans.create(uow, metadata or {}, idempotency_key))

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan."""
        return await self._engine.read(lambda connection: plans.work_plan(plans.require_plan(connection, work_plan_id)))

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        """Create and change nodes, all of them or none; return them as they are afterwards."""
        writes = NodeWrites(checks=tuple(checks), stages=tuple(stages), execution_id=execution_id)
        wanted = call.written(work_plan_id, writes)
        return await self._engine.apply_and_view(
            lambda uow: call.write_nodes(uow, work_plan_id, writes),
            lambda connection: queries.query_nodes(connection, wanted),
        )

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
        """Return nodes as of one moment, in order of creation."""
        query = NodeQuery(
            work_plan_id=work_plan_id,
            check_ids=check_ids,
            stage_ids=stage_ids,
            check_states=check_states,
            stage_states=stage_states,
            include_checks=include_checks,
            include_stages=include_stages,
        )
        return await self._engine.read(lambda connection: queries.query_nodes(connection, query))

    async def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of a plan in commit order, without gaps, until the caller stops."""
        wanted = only or _ALL
        plan = await self._engine.read(lambda connection: plans.require_plan(connection, work_plan_id))
        start = plan.event_sequence if after_sequence is None else after_sequence
        async with aclosing(self._engine.watchers.follow(plan.key, start)) as events:
            async for event in events:
                if wanted.passes(event):
                    yield await self._with_node(work_plan_id, event) if wanted.include_nodes else event

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL, running work included; idempotent."""
        return await self._engine.apply_and_view(
            lambda uow: cancellation.cancel_plan(uow, work_plan_id, reason),
            lambda connection: plans.work_plan(plans.require_plan(connection, work_plan_id)),
        )

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        """Say why nodes are not FINAL; without `nodes`, all that are not."""
        # Runners are known on the writer's side only, so it answers.
        return await self._engine.apply(lambda uow: explanation.explain(uow, work_plan_id, nodes))

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        """Announce a runner, or renew its lease."""
        return await self._engine.apply(lambda uow: runners.register(uow, registration))

    async def unregister_runner(self, registration_id: str) -> None:
        """End a registration; running attempts may finish."""
        await self._engine.apply(lambda uow: runners.unregister(uow, registration_id))

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        """Return the live registrations, of one type or of all."""
        return await self._engine.apply(lambda uow: runners.listed(uow.pool, runner_type, uow.now_us))

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        """Report progress of an attempt, and prove that it is alive."""
        await self._engine.apply(lambda uow: asynchronous.update(uow, execution_id, progress))

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        """End an ASYNC attempt; the same answer again is accepted again."""
        await self._engine.apply(lambda uow: completion.complete(uow, execution_id, answer))

    async def host(self, runner: HostedRunner[LocalOrchestrator]) -> None:
        """Let a runner of this process work until the orchestrator stops."""
        await self.register_runner(self._hosting.admit(runner, self))

    async def _with_node(self, work_plan_id: str, event: Event) -> Event:
        """Return the event with its node as stored now."""
        if isinstance(event, CheckChanged):
            found = await self.query_nodes(work_plan_id, check_ids=(event.check_id,), include_stages=False)
            return replace(event, check=found.checks[0]) if found.checks else event
        if isinstance(event, StageChanged):
            found = await self.query_nodes(work_plan_id, stage_ids=(event.stage_id,), include_checks=False)
            return replace(event, stage=found.stages[0]) if found.stages else event
        return event
