"""Keeps the view of one plan up to date: events from a watch stream, the rest by asking now and then."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Final

from ci.cli.outage import Outage
from ci.cli.screens import Screen
from ci.cli.view.phases import Phase
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.tree import PATIENCE
from ci.port import Orchestrator
from turboci.errors import CIError, OrchestratorUnavailable
from turboci.events import CheckChanged, Event, EventFilter, ProgressReported, StageChanged
from turboci.nodes import Nodes

LOG: Final = logging.getLogger("turboci.cli")

_WITH_PROGRESS: Final = EventFilter(progress=True)
_BACKLOG: Final = 10_000
_ONE_BY_ONE: Final = 200
"""So many new nodes are asked for by id; of more, the whole plan is asked for."""
_ASKED_AT_ONCE: Final = 50
_PAUSE_SECONDS: Final = 1.0
_ASKING_SHARE: Final = 0.05
"""At most this part of the time is spent on asking, however slow the answers are."""


class Feed:
    """Feeds one view, and tells a screen what changed.

    Args:
        port: Where the plan is.
        view: The view to feed.
        screen: What to tell.
        outage: Where to say whether the orchestrator can be reached.
    """

    def __init__(self, port: Orchestrator, view: PlanView, screen: Screen, outage: Outage) -> None:
        self._outage: Final = outage
        self._port: Final = port
        self.view: Final = view
        self._screen: Final = screen

    async def follow(self) -> None:
        """Follow the plan until cancelled."""
        events: asyncio.Queue[Event] = asyncio.Queue(_BACKLOG)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(events), name="read events")
            tasks.create_task(self._take(events), name="take events")
            tasks.create_task(self._ask(), name="ask")

    async def settle(self) -> Nodes:
        """Bring the view to the present state of the plan at once, and return it."""
        nodes = await self._port.query_nodes(self.view.work_plan_id)
        now = datetime.now(UTC)
        for row in self.view.settle(nodes, now):
            self._screen.changed(self.view, row, row.since or now)
        return nodes

    async def catch_up(self) -> None:
        """Bring the view to the present state, if the orchestrator can be reached again."""
        await self._tolerantly(self._look_again())

    async def explain(self) -> None:
        """Ask why the rows that have waited longest are waiting."""
        waiting = sorted((row for row in self.view.rows if not row.phase.ended), key=_since)[:_ASKED_AT_ONCE]
        if waiting:
            refs = [ref for row in waiting for ref in row.refs]
            self.view.explain(await self._port.explain(self.view.work_plan_id, refs))
            self._screen.explained(self.view)

    async def see_progress(self) -> None:
        """Ask how far work elsewhere has come; what it reports from now on is told, and what is done here is heard."""
        running = (row.stage for row in self.view.rows if row.phase is Phase.RUNNING and not row.heard)
        ids = [seen.ref.id for seen in running if seen is not None][:_ASKED_AT_ONCE]
        if ids:
            nodes = await self._port.query_nodes(self.view.work_plan_id, stage_ids=ids, include_checks=False)
            self.view.progress(nodes.stages)

    async def _read(self, events: asyncio.Queue[Event]) -> None:
        """Put every event once into the queue; while there is no stream, ask for the nodes instead."""
        position = 0
        while True:
            try:
                watch = self._port.watch(self.view.work_plan_id, after_sequence=position, only=_WITH_PROGRESS)
                async with aclosing(watch) as stream:
                    async for event in stream:
                        position = event.sequence
                        await events.put(event)
            except OrchestratorUnavailable as error:
                self._outage.begin(error)
            except CIError as error:
                LOG.debug("watching plan %s: %s", self.view.work_plan_id, error)
            await asyncio.sleep(_PAUSE_SECONDS)
            await self.catch_up()

    async def _look_again(self) -> None:
        await self.settle()
        await self.see_progress()
        self._outage.end()

    async def _take(self, events: asyncio.Queue[Event]) -> None:
        while True:
            batch = [await events.get()]
            while not events.empty():
                batch.append(events.get_nowait())
            await self._tolerantly(self._learn(batch))
            for event in batch:
                if isinstance(event, ProgressReported):
                    self.view.report(event)
                    continue
                row = self.view.apply(event)
                if row is not None:
                    self._screen.changed(self.view, row, event.at)

    async def _learn(self, batch: Sequence[Event]) -> None:
        unknown = {_id(event) for event in batch if not self.view.knows(event)}
        if not unknown:
            return
        # A step's check and stage share an id and a row: one is never learnt without the other.
        ids = list(unknown) if len(unknown) <= _ONE_BY_ONE else []
        self.view.learn(await self._port.query_nodes(self.view.work_plan_id, check_ids=ids, stage_ids=ids))

    async def _ask(self) -> None:
        await self._tolerantly(self.see_progress())
        while True:
            begun = time.monotonic()
            if self._somebody_waits_long():
                await self._tolerantly(self.explain())
            await asyncio.sleep(max(_PAUSE_SECONDS, (time.monotonic() - begun) / _ASKING_SHARE))

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
