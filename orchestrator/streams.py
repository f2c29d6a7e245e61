"""The events of a plan, as one watcher gets them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final, Self

from orchestrator.engine import Engine
from orchestrator.service.positions import Position, position
from orchestrator.service.queries import query_nodes
from turboci.errors import NotFound
from turboci.events import CheckChanged, Event, EventFilter, StageChanged
from turboci.nodes import Nodes
from turboci.queries import NodeQuery


class EventStream:
    """Yields the events of a plan in commit order, without gaps, until it is closed."""

    def __init__(self, engine: Engine, work_plan_id: str, after_sequence: int | None, only: EventFilter) -> None:
        self._engine: Final = engine
        self._plan: Final = work_plan_id
        self._after: Final = after_sequence
        self._only: Final = only
        self._position: Position | None = None
        self._events: Final = self._follow()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Return the next event.

        Raises:
            StopAsyncIteration: The stream is closed.
            NotFound: There is no such plan, or it was deleted.
            PositionExpired: The position does not exist, or is not kept any more.
        """
        return await anext(self._events)

    async def positioned(self) -> Position:
        """Fix the position, if it is not fixed yet: every event after it will come.

        Raises:
            NotFound: There is no such plan.
            PositionExpired: The position does not exist, or is not kept any more.
        """
        if self._position is None:
            find = partial(position, work_plan_id=self._plan, after_sequence=self._after)
            self._position = await self._engine.read(find)
        return self._position

    async def aclose(self) -> None:
        """End the stream."""
        await self._events.aclose()

    async def _follow(self) -> AsyncGenerator[Event, None]:
        start = await self.positioned()
        async with aclosing(self._engine.watchers.follow(start.plan, start.sequence, self._only)) as events:
            async for event in events:
                yield await self._with_node(event) if self._only.include_nodes else event
        raise NotFound(f"work plan {self._plan!r}", "has been deleted", field="work_plan_id")

    async def _with_node(self, event: Event) -> Event:
        """Return the event with its node as stored now."""
        if isinstance(event, CheckChanged):
            found = await self._query(NodeQuery(check_ids=(event.check_id,), include_stages=False))
            return replace(event, check=found.checks[0]) if found.checks else event
        if isinstance(event, StageChanged):
            found = await self._query(NodeQuery(stage_ids=(event.stage_id,), include_checks=False))
            return replace(event, stage=found.stages[0]) if found.stages else event
        return event

    async def _query(self, query: NodeQuery) -> Nodes:
        return await self._engine.read(partial(query_nodes, work_plan_id=self._plan, query=query))
