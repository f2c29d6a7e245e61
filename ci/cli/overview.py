"""All plans of one run: a view of each, fed while the workflow runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from ci.cli.feed import Feed
from ci.cli.outage import Outage
from ci.cli.screens import Screen
from ci.cli.view.phases import Phase
from ci.cli.view.state import PlanView
from ci.port import Orchestrator
from turboci.errors import CIError, RunnerUnavailable
from turboci.executions import Execution
from turboci.nodes import Nodes
from turboci.reasons import StoppingAttempt

LOG: Final = logging.getLogger("turboci.cli")


class Overview:
    """Observes what a workflow does with the orchestrator, and shows its plans.

    Args:
        port: Where the plans are.
        screen: Where they are shown.
        outage: Whether the orchestrator can be reached.
        alone: Whether nobody else uses the orchestrator.
    """

    def __init__(self, port: Orchestrator, screen: Screen, outage: Outage, *, alone: bool) -> None:
        self._alone: Final = alone
        self._port: Final = port
        self._screen: Final = screen
        self._outage: Final = outage
        self._feeds: Final[dict[str, Feed]] = {}
        self._here: Final[set[tuple[str, str]]] = set()
        self._following: Final[list[asyncio.Task[None]]] = []

    @property
    def views(self) -> tuple[PlanView, ...]:
        """The views, in the order in which the plans were seen."""
        return tuple(feed.view for feed in self._feeds.values())

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return any(row.phase in {Phase.QUEUED, Phase.RUNNING} for view in self.views for row in view.rows)

    @property
    def ended(self) -> bool:
        """Whether nothing can happen any more in the plans, as far as is known."""
        return all(view.ended for view in self.views)

    def running(self) -> list[str]:
        """Return the stages that run, wherever they do."""
        return [row.label for view in self.views for row in view.rows if row.phase is Phase.RUNNING]

    async def stopping(self) -> tuple[StoppingAttempt, ...]:
        """Return what runners have not stopped yet of what was cancelled; nothing if nobody can be asked."""
        if self._outage.error is not None:
            return ()
        asking = (self._port.explain(view.work_plan_id) for view in self.views)
        try:
            return tuple(attempt for said in await asyncio.gather(*asking) for attempt in said.stopping)
        except CIError as error:
            LOG.debug("what is being stopped: %s", error)
            return ()

    def elsewhere(self) -> list[str]:
        """Return the stages that other processes work on, as far as is known; a cancelled one takes a while to stop."""
        return [
            row.label
            for view in self.views
            for row in view.rows
            if row.taken
            and row.phase in {Phase.RUNNING, Phase.CANCELLED}
            and row.stage is not None
            and (view.work_plan_id, row.stage.ref.id) not in self._here
        ]

    def plan_seen(self, work_plan_id: str, name: str) -> None:
        """Begin to follow a plan."""
        feed = Feed(self._port, PlanView(work_plan_id, name), self._screen, self._outage)
        self._feeds[work_plan_id] = feed
        self._screen.show(feed.view)
        self._following.append(asyncio.create_task(feed.follow(), name=f"follow {work_plan_id}"))

    async def admit(self, execution: Execution) -> None:
        """Let a runner of this process begin an attempt.

        An orchestrator of our own may find plans in its database whose run was killed. Nobody waits for them any more,
        and their commands would run unseen beside ours: they are cancelled.

        Raises:
            RunnerUnavailable: The attempt is of such a plan.
        """
        plan = execution.work_plan_id
        if self._alone and plan not in self._feeds:
            await self._port.cancel_work_plan(plan, "its run was killed, and another one has begun")
            raise RunnerUnavailable(f"stage {execution.stage_id!r}", f"is of work plan {plan!r}, whose run was killed")
        self._here.add((plan, execution.stage_id))

    def hears(self, stage_id: str, line: str) -> None:
        """Take in a line that a command of this process printed."""
        for feed in self._feeds.values():
            feed.view.hear(stage_id, line)

    async def cancel(self, reason: str) -> None:
        """Cancel every plan that has not ended; what cannot be reached is left to its orchestrator."""
        if self._outage.error is not None:
            return
        cancelling = [self._port.cancel_work_plan(view.work_plan_id, reason) for view in self.views if not view.ended]
        for outcome in await asyncio.gather(*cancelling, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, CIError):
                raise outcome

    async def catch_up(self) -> None:
        """Ask again whether an orchestrator that had gone is back: a workflow may have heard of it before its view."""
        if self._outage.error is not None:
            await asyncio.gather(*(feed.catch_up() for feed in self._feeds.values()))

    async def settle(self) -> Mapping[str, Nodes]:
        """Stop following and bring every view to the present state of its plan; return the nodes by plan.

        If the orchestrator has gone, a view stays as it is and has no nodes.
        """
        for task in self._following:
            task.cancel()
        if self._following:
            await asyncio.wait(self._following)
        return {work_plan_id: await self._settled(feed) for work_plan_id, feed in self._feeds.items()}

    async def _settled(self, feed: Feed) -> Nodes:
        if self._outage.error is not None:
            return Nodes()
        try:
            nodes = await feed.settle()
            if not feed.view.ended:
                await feed.explain()
        except CIError as error:
            LOG.debug("plan %s: %s", feed.view.work_plan_id, error)
            return Nodes()
        return nodes
