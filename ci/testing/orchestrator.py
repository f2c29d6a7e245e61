"""The orchestrator of a rehearsal: the real one, in this process, with nobody missing on the stage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from ci.port import HostedRunner
from ci.testing.activity import Activity
from ci.testing.clock import VirtualClock
from ci.testing.database import CountedDatabase
from ci.testing.history import Historian
from ci.testing.runner import RecordingRunner
from ci.testing.understudy import Backstage, Understudy
from orchestrator.config import Config
from orchestrator.embedded import assembled, limits_of
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.local import LocalOrchestrator
from turboci.executions import Execution
from turboci.nodes import Nodes, WorkPlan
from turboci.states import AttemptState
from turboci.writes import CheckWrite, StageWrite

DAY: Final = 86_400.0
CONFIG: Final = Config(
    durability="relaxed",
    stall_after=0.0,  # nobody is slow in a rehearsal
    accept_timeout=DAY,  # time must not jump past an acceptance that is on its way
    retain_plans_for=None,
    retain_plans_most=0,
)


class RehearsedOrchestrator(Endpoint):
    """An orchestrator whose stages always find a runner, and that remembers what happened.

    Attributes:
        plans: The plans that were made on it, in order.
    """

    def __init__(self, orchestrator: LocalOrchestrator, backstage: Backstage, historian: Historian) -> None:
        super().__init__(orchestrator, limits_of(CONFIG))
        self.plans: Final[list[WorkPlan]] = []
        self._local: Final = orchestrator
        self._backstage: Final = backstage
        self._historian: Final = historian
        self._served: Final[set[str]] = set()
        self._following: Final[set[asyncio.Task[None]]] = set()

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        """Create an empty plan; its deadline is meant by the time of the machine."""
        if deadline is not None:
            deadline += self._backstage.clock.ahead()
        plan = await super().create_work_plan(
            metadata, idempotency_key=idempotency_key, deadline=deadline, fail_fast=fail_fast, held=held
        )
        if plan.id not in {known.id for known in self.plans}:
            self.plans.append(plan)
            self._following.add(asyncio.create_task(self._follow(plan.id), name=f"history of {plan.id}"))
        return plan

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        """Create and change nodes; runner types that nobody serves get an understudy."""
        for runner_type in {stage.runner_type for stage in stages if stage.runner_type} - self._served:
            await self._serve(runner_type, None)
        return await super().write_nodes(work_plan_id, checks=checks, stages=stages, execution_id=execution_id)

    async def host(self, runner: HostedRunner) -> None:
        """Let a runner of this process work until the orchestrator stops."""
        await self._serve(runner.runner_type, runner)

    async def is_taken(self, execution: Execution) -> bool:
        """Return whether the orchestrator knows that an ASYNC attempt was taken, or has ended it."""
        nodes = await self.query_nodes(execution.work_plan_id, stage_ids=[execution.stage_id], include_checks=False)
        attempt = nodes.stages[0].attempts[execution.attempt_idx - 1]
        return attempt.state is not AttemptState.SCHEDULED

    async def end(self) -> None:
        """Stop writing the history."""
        for task in self._following:
            task.cancel()
        if self._following:
            await asyncio.wait(self._following)

    async def _serve(self, runner_type: str, real: HostedRunner | None) -> None:
        self._served.add(runner_type)
        await self._local.host(Understudy(self._backstage, self, runner_type, real), self)

    async def _follow(self, work_plan_id: str) -> None:
        async for event in self.watch(work_plan_id, after_sequence=0):
            self._historian.hear(work_plan_id, event)


@asynccontextmanager
async def rehearsed(
    path: str | None,
    *,
    clock: VirtualClock,
    recorder: RecordingRunner,
    historian: Historian,
    runners: Sequence[HostedRunner] = (),
) -> AsyncIterator[RehearsedOrchestrator]:
    """Run an orchestrator for a rehearsal until the block ends.

    Args:
        path: The database file; None keeps everything in memory.
        clock: Its time.
        recorder: Answers what no runner of `runners` does.
        historian: Writes down what happens.
        runners: Real runners of this process.

    Raises:
        StorageUnusable: The database cannot be opened.
        InvalidState: The clock belongs to another orchestrator.
    """
    activity = Activity(lambda: clock.attempts_at_rest)
    backstage = Backstage(recorder, clock, activity)
    async with assembled(
        path, config=CONFIG, clock=clock, around=lambda real: CountedDatabase(real, activity)
    ) as local:
        orchestrator = RehearsedOrchestrator(local, backstage, historian)
        with clock.driven(lambda: activity.settle(orchestrator.is_taken), activity.changed):
            for runner in runners:
                await orchestrator.host(runner)
            try:
                yield orchestrator
            finally:
                await orchestrator.end()
