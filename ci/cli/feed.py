"""Keeps the view of one plan up to date: events from a watch stream, the rest by asking now and then."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Final

from ci.cli.screens import Screen
from ci.cli.view.phases import Phase
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.tree import PATIENCE
from ci.port import Orchestrator
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import CIError
from turboci.events import CheckChanged, Event, StageChanged
from turboci.executions import Execution
from turboci.nodes import Nodes
from turboci.states import StageState

LOG: Final = logging.getLogger("turboci.cli")

_BACKLOG: Final = 10_000
_ONE_BY_ONE: Final = 200
"""So many new nodes are asked for by id; of more, the whole plan is asked for."""
_ASKED_AT_ONCE: Final = 50
_PAUSE_SECONDS: Final = 1.0
_LEAST_PAUSE_SECONDS: Final = 0.1
_ASKING_SHARE: Final = 0.05
"""At most this part of the time is spent on asking, however slow the answers are."""


class Feed:
    """Feeds one view, and tells a screen what changed.

    Args:
        port: Where the plan is.
        view: The view to feed.
        screen: What to tell.
        hosted: Runner types that this process takes, which call `begin`.
    """

    def __init__(self, port: Orchestrator, view: PlanView, screen: Screen, hosted: Collection[str] = ()) -> None:
        self._hosted: Final = hosted
        self._port: Final = port
        self.view: Final = view
        self._screen: Final = screen
        self._somebody_queues: Final = asyncio.Event()
        self._begun: Final[dict[str, tuple[int, datetime]]] = {}

    async def follow(self) -> None:
        """Follow the plan until cancelled."""
        events: asyncio.Queue[Event] = asyncio.Queue(_BACKLOG)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(events), name="read events")
            tasks.create_task(self._take(events), name="take events")
            tasks.create_task(self._ask(), name="ask for reasons")

    def begin(self, execution: Execution) -> None:
        """Take in that a runner of this process begins an attempt.

        It shows once the event that queued the stage has come, so that changes show in the order of the plan.
        """
        self._begun[execution.stage_id] = (execution.attempt_idx, datetime.now(UTC))
        self._tell_begun(execution.stage_id)

    async def settle(self) -> Nodes:
        """Bring the view to the present state of the plan at once, and return it."""
        nodes = await self._port.query_nodes(self.view.work_plan_id)
        now = datetime.now(UTC)
        for row in self.view.settle(nodes, now):
            self._screen.changed(self.view, row, row.since or now)
        return nodes

    async def explain(self) -> None:
        """Ask why the rows that have waited longest are waiting."""
        waiting = sorted((row for row in self.view.rows if not row.phase.ended), key=_since)[:_ASKED_AT_ONCE]
        if waiting:
            refs = [ref for row in waiting for ref in row.refs]
            self.view.explain(await self._port.explain(self.view.work_plan_id, refs))
            self._screen.explained(self.view)

    async def _read(self, events: asyncio.Queue[Event]) -> None:
        """Put every event once into the queue; while there is no stream, ask for the nodes instead."""
        position = 0
        while True:
            try:
                async for event in self._port.watch(self.view.work_plan_id, after_sequence=position):
                    position = event.sequence
                    await events.put(event)
            except CIError as error:
                LOG.debug("watching plan %s: %s", self.view.work_plan_id, error)
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._tolerantly(self.settle())

    async def _take(self, events: asyncio.Queue[Event]) -> None:
        while True:
            batch = [await events.get()]
            while not events.empty():
                batch.append(events.get_nowait())
            await self._tolerantly(self._learn(batch))
            for event in batch:
                row = self.view.apply(event)
                if row is not None:
                    self._screen.changed(self.view, row, event.at)
                if isinstance(event, StageChanged):
                    self._tell_begun(event.stage_id)
                    self._ask_soon(event.stage_id)

    async def _learn(self, batch: Sequence[Event]) -> None:
        unknown = {_id(event) for event in batch if not self.view.knows(event)}
        if not unknown:
            return
        # A step's check and stage share an id and a row: one is never learnt without the other.
        ids = list(unknown) if len(unknown) <= _ONE_BY_ONE else []
        self.view.learn(await self._port.query_nodes(self.view.work_plan_id, check_ids=ids, stage_ids=ids))

    def _tell_begun(self, stage_id: str) -> None:
        row = self.view.row(NodeRef(NodeKind.STAGE, stage_id))
        if row is None or stage_id not in self._begun:
            return
        attempt, at = self._begun[stage_id]
        if row.phase is Phase.QUEUED or attempt > row.attempt:
            del self._begun[stage_id]
            if self.view.start(stage_id, attempt, at) is not None:
                self._screen.changed(self.view, row, at)

    def _ask_soon(self, stage_id: str) -> None:
        """Find out soon whether somebody elsewhere has taken a stage; what is taken here tells us by itself."""
        row = self.view.row(NodeRef(NodeKind.STAGE, stage_id))
        if row is not None and row.phase is Phase.QUEUED and row.runner_type not in self._hosted:
            self._somebody_queues.set()

    async def _ask(self) -> None:
        while True:
            await self._first_of_queue_and_pause()
            begun = time.monotonic()
            await self._tolerantly(self._see_attempts())
            if self._somebody_waits_long():
                await self._tolerantly(self.explain())
            await asyncio.sleep(max(_LEAST_PAUSE_SECONDS, (time.monotonic() - begun) / _ASKING_SHARE))

    async def _first_of_queue_and_pause(self) -> None:
        """Return soon if a stage has just been queued: a runner will have taken it, or nobody does."""
        try:
            async with asyncio.timeout(_PAUSE_SECONDS):
                await self._somebody_queues.wait()
        except TimeoutError:
            return
        self._somebody_queues.clear()

    async def _see_attempts(self) -> None:
        rows = self.view.rows
        running = [row for row in rows if row.phase is Phase.RUNNING and row.stage is not None][:_ASKED_AT_ONCE]
        queued = sorted((row for row in rows if row.phase is Phase.QUEUED), key=_since)[:_ASKED_AT_ONCE]
        ids = [row.stage.ref.id for row in (*running, *queued) if row.stage is not None]
        if ids:
            nodes = await self._port.query_nodes(
                self.view.work_plan_id, stage_ids=ids, stage_states=[StageState.ATTEMPTING], include_checks=False
            )
            now = datetime.now(UTC)
            for row in self.view.see_attempts(nodes.stages, now):
                self._screen.changed(self.view, row, row.since or now)

    def _somebody_waits_long(self) -> bool:
        now = datetime.now(UTC)
        return any(
            row.phase in {Phase.WAITING, Phase.QUEUED} and (now - _since(row)).total_seconds() >= PATIENCE
            for row in self.view.rows
        )

    async def _tolerantly(self, asking: Coroutine[None, None, object]) -> None:
        """Do without an answer: the workflow itself reports an orchestrator that is gone."""
        try:
            await asking
        except CIError as error:
            LOG.debug("plan %s: %s", self.view.work_plan_id, error)


_NOT_YET: Final = datetime.max.replace(tzinfo=UTC)


def _since(row: Row) -> datetime:
    """Return since when a row is as it is; one of which nothing is known yet has only just come."""
    return row.since or _NOT_YET


def _id(event: Event) -> str:
    if isinstance(event, CheckChanged):
        return event.check_id
    return event.stage_id if isinstance(event, StageChanged) else ""
