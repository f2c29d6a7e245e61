"""The orchestrator in this process: every call of the contract as values, no socket between.

The gRPC server is one caller of it, `ci.local()` another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar, Unpack

from orchestrator.apart import apart
from orchestrator.clock import Clock, SystemClock
from orchestrator.config import Config
from orchestrator.dispatcher.caller import RunnerCaller
from orchestrator.engine import Engine
from orchestrator.hosted_work import HostedRunner
from orchestrator.hosting import Hosting
from orchestrator.log_stream import LogStream
from orchestrator.runner_session import RunnerSession
from orchestrator.service import (
    asynchronous,
    cancellation,
    completion,
    explanation,
    holding,
    listing,
    plans,
    queries,
    retention,
    runners,
)
from orchestrator.service.listing import PlanQuery
from orchestrator.service.logs import WantedLog
from orchestrator.service.writes.call import WriteNodes
from orchestrator.storage.interface import Connection, Database
from orchestrator.streams import EventStream
from turboci.dependencies import NodeRef
from turboci.events import EventFilter
from turboci.executions import Answer
from turboci.frames import RunnerHello
from turboci.nodes import Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import PAGE_SIZE, DeletedPlans, PlanPage
from turboci.queries import NodeFilters, NodeQuery
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import PlanStatus
from turboci.writes import CheckWrite, NodeWrites, StageWrite

_ALL: Final = EventFilter()

P = TypeVar("P")


class LocalOrchestrator:
    """The calls of the contract. Every method raises the errors of `turboci.errors`.

    Args:
        database: Where everything is kept; belongs to the caller, who closes it after `stop`.
        caller: How runners beyond this process are reached.
        config: The settings.
        clock: The time.
    """

    def __init__(self, database: Database, caller: RunnerCaller, *, config: Config, clock: Clock | None = None) -> None:
        self._engine: Final = Engine(database, caller, config, clock or SystemClock())
        self._hosting: Final = Hosting(self._engine)

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
        self._engine.pause()
        await self._hosting.close()
        await self._engine.stop()

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        """Create an empty plan; the same key and metadata again return the first one."""
        wanted = plans.Wanted(
            metadata=metadata or {},
            idempotency_key=idempotency_key,
            deadline=deadline,
            fail_fast=fail_fast,
            held=held,
        )
        return await self._engine.apply(lambda uow: plans.create(uow, wanted))

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan."""
        return await self._engine.read(self._view_of(work_plan_id))

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        """Return a page of plans, newest first."""
        query = PlanQuery(statuses=statuses, name=name, page_size=page_size or PAGE_SIZE, page_token=page_token)
        silent_since_us = self._engine.silent_since_us()
        return await self._engine.read(lambda connection: listing.page(connection, query, silent_since_us))

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Let a held plan start; idempotent."""
        return await self._engine.apply_and_view(
            lambda uow: holding.release(uow, work_plan_id), self._view_of(work_plan_id)
        )

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        """Delete finished plans with all that belongs to them, or count them; their rows go a little later."""
        finished_by_us = self._engine.now_us() - int(older_than * 1_000_000)
        if dry_run:
            return await self._engine.read(lambda connection: retention.eligible(connection, finished_by_us, keep))
        deleted = DeletedPlans()
        while (portion := await self._engine.apply(lambda uow: retention.delete(uow, finished_by_us, keep))).plans:
            deleted += portion
        return deleted

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
        call = WriteNodes(work_plan_id, writes)
        written = await self._engine.apply_and_view(call.apply, call.written)
        return await apart(written.size, written.nodes)

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        """Return nodes as of one moment, in order of creation."""
        query = NodeQuery(**which)
        return await self._engine.read(lambda connection: queries.query_nodes(connection, work_plan_id, query))

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> EventStream:
        """Yield the events of a plan in commit order, without gaps, until the stream is closed."""
        return EventStream(self._engine, work_plan_id, after_sequence, only or _ALL)

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL, running work included; idempotent."""
        return await self._engine.apply_and_view(
            lambda uow: cancellation.cancel_plan(uow, work_plan_id, reason),
            self._view_of(work_plan_id),
        )

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        """End a stage that is not FINAL, its children and its running attempt included; idempotent."""
        query = NodeQuery(stage_ids=(stage_id,), include_checks=False)
        found = await self._engine.apply_and_view(
            lambda uow: cancellation.cancel_stage(uow, work_plan_id, stage_id, reason),
            lambda connection: queries.query_nodes(connection, work_plan_id, query),
        )
        return found.stages[0]

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        """Say why nodes are not FINAL; without `nodes`, all that are not."""
        # Runners are known on the writer's side only.
        known = await self._engine.apply(explanation.present)
        withdrawn = self._engine.dispatcher.withdrawals.all
        return await self._engine.read(
            lambda connection: explanation.explain(connection, known, work_plan_id, nodes, withdrawn)
        )

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

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        """Yield the output of a stage: what is kept of it and, if asked to `follow`, what comes."""
        return LogStream(self._engine, WantedLog(work_plan_id, stage_id, attempt, follow), start)

    async def connect_runner(self, hello: RunnerHello, *, draining: bool) -> RunnerSession:
        """Let a runner work over a stream that it has opened; its session is the caller's to close."""
        return await RunnerSession(self._engine, hello).open(draining=draining)

    async def host(self, runner: HostedRunner[P], port: P) -> None:
        """Let a runner of this process work, with `port` to report to, until the orchestrator stops."""
        await self._hosting.admit(runner, port)

    def _view_of(self, work_plan_id: str) -> Callable[[Connection], WorkPlan]:
        """Return what reads a plan as a value."""
        silent_since_us = self._engine.silent_since_us()
        return lambda connection: plans.work_plan(
            connection, plans.require_plan(connection, work_plan_id), silent_since_us
        )
