"""A recorded orchestrator, as far as the view asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from typing import Unpack, cast

from ci.port import LogStream, Orchestrator
from turboci.dependencies import NodeRef
from turboci.errors import OrchestratorUnavailable
from turboci.events import Event, EventFilter
from turboci.nodes import Nodes, WorkPlan
from turboci.queries import NodeFilters, NodeQuery
from turboci.reasons import Explanation


class RecordedPort:
    """Answers from what it was given, and records the calls.

    Attributes:
        streams: What each call of `watch` yields; after the last one it stays silent. An exception is raised.
        nodes: What `query_nodes` returns.
        calls: What was called, with the ids.
    """

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.streams: list[list[Event | Exception]] = []
        self.explanation = Explanation()
        self.calls: list[tuple[object, ...]] = []
        self.gone = False

    @property
    def port(self) -> Orchestrator:
        return cast("Orchestrator", self)

    async def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> AsyncGenerator[Event, None]:
        self.calls.append(("watch", after_sequence))
        if not self.streams:
            await asyncio.get_running_loop().create_future()
        for event in self.streams.pop(0):
            if isinstance(event, Exception):
                raise event
            yield event

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        query = NodeQuery(**which)
        self.calls.append(("query", tuple(sorted({*query.check_ids, *query.stage_ids}))))
        if self.gone:
            raise OrchestratorUnavailable("orchestrator x:1", "cannot be reached")
        return self.nodes

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        raise AssertionError("nobody reads logs here")

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        self.calls.append(("explain", tuple(str(node) for node in nodes)))
        return self.explanation

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        self.calls.append(("cancel", work_plan_id, reason))
        if self.gone:
            raise OrchestratorUnavailable("orchestrator x:1", "cannot be reached")
        return WorkPlan(id=work_plan_id)
