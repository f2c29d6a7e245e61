"""Where the nodes of a graph are written to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ci.port import Orchestrator
from turboci.dependencies import NodeKind, NodeRef
from turboci.nodes import Nodes
from turboci.writes import NodeWrites


@dataclass(frozen=True, slots=True)
class Destination:
    """A plan on an orchestrator.

    Attributes:
        port: The orchestrator.
        work_plan_id: The plan.
        execution_id: The attempt on whose behalf nodes are written, or None.
    """

    port: Orchestrator
    work_plan_id: str
    execution_id: str | None = None

    async def write(self, writes: NodeWrites) -> Nodes:
        """Write nodes with one call; return them as they are afterwards."""
        return await self.port.write_nodes(
            self.work_plan_id, checks=writes.checks, stages=writes.stages, execution_id=self.execution_id
        )

    async def those_of(self, refs: Iterable[NodeRef]) -> set[NodeRef]:
        """Return those of `refs` that the plan has: runners and other clients add nodes too."""
        named = tuple(refs)
        checks = [ref.id for ref in named if ref.kind is NodeKind.CHECK]
        stages = [ref.id for ref in named if ref.kind is NodeKind.STAGE]
        nodes = await self.port.query_nodes(
            self.work_plan_id,
            check_ids=checks,
            stage_ids=stages,
            include_checks=bool(checks),
            include_stages=bool(stages),
        )
        return {check.ref for check in nodes.checks} | {stage.ref for stage in nodes.stages}
