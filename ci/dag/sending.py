"""Writes of a DAG that are too many for one call."""

from __future__ import annotations

from collections import deque

from ci.graph.destination import Destination
from ci.graph.parts import NODES_PER_CALL
from ci.port import Orchestrator
from turboci.errors import LimitExceeded
from turboci.nodes import Check, Nodes, Stage
from turboci.writes import NodeWrites


class HeldPlan(Destination):
    """A plan of which nothing starts before all of it is written."""

    __slots__ = ()

    async def write(self, writes: NodeWrites) -> Nodes:
        """Write nodes with several calls, and let the plan start."""
        nodes = await send_in_pieces(self.port, self.work_plan_id, writes)
        await self.port.release_work_plan(self.work_plan_id)
        return nodes


async def send_in_pieces(port: Orchestrator, work_plan_id: str, writes: NodeWrites) -> Nodes:
    """Write nodes with several calls, checks before stages; return all of them as they are afterwards.

    A piece that exceeds a limit of the orchestrator is halved.

    Raises:
        LimitExceeded: A node alone exceeds one, or the plan does.
    """
    waiting = deque(_cut(writes, NODES_PER_CALL))
    checks: list[Check] = []
    stages: list[Stage] = []
    sequence = 0
    while waiting:
        piece = waiting.popleft()
        try:
            written = await port.write_nodes(work_plan_id, checks=piece.checks, stages=piece.stages)
        except LimitExceeded:
            if _size(piece) == 1:
                raise
            waiting.extendleft(reversed(_cut(piece, (_size(piece) + 1) // 2)))
            continue
        checks += written.checks
        stages += written.stages
        sequence = written.sequence
    return Nodes(checks=tuple(checks), stages=tuple(stages), sequence=sequence)


def _size(writes: NodeWrites) -> int:
    return len(writes.checks) + len(writes.stages)


def _cut(writes: NodeWrites, size: int) -> list[NodeWrites]:
    """Return pieces of at most `size` nodes, in the same order."""
    count = len(writes.checks)
    return [
        NodeWrites(
            checks=writes.checks[start : start + size],
            stages=writes.stages[max(0, start - count) : max(0, start + size - count)],
        )
        for start in range(0, _size(writes), size)
    ]
