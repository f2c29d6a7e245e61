"""Asks why nodes wait; those who ask at the same time share the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from ci.port import Orchestrator
from turboci.dependencies import NodeRef
from turboci.errors import NotFound
from turboci.reasons import Explanation, Reason
from turboci.states import CheckState, StageState

BATCH: Final = 500
"""Nodes that are asked about with one call."""

_CHECKS_OPEN: Final = tuple(state for state in CheckState if state is not CheckState.FINAL)
_STAGES_OPEN: Final = tuple(state for state in StageState if state is not StageState.FINAL)


async def open_nodes(port: Orchestrator, work_plan_id: str, most: int) -> list[NodeRef]:
    """Return the first nodes that are not FINAL; an orchestrator that knows no pages returns all of them."""
    nodes = await port.query_nodes(work_plan_id, check_states=_CHECKS_OPEN, stage_states=_STAGES_OPEN, page_size=most)
    return [*(check.ref for check in nodes.checks), *(stage.ref for stage in nodes.stages)]


async def explain_first(port: Orchestrator, work_plan_id: str) -> Explanation:
    """Say why the first open nodes of a plan wait, and what they wait for: that of a large plan is too much to say."""
    return await port.explain(work_plan_id, await open_nodes(port, work_plan_id, BATCH))


class Explaining:
    """Asks for the reasons of single nodes, in batches: many waits may run out of time at once.

    Args:
        port: The orchestrator.
        work_plan_id: The plan.
    """

    def __init__(self, port: Orchestrator, work_plan_id: str) -> None:
        self._port: Final = port
        self._plan: Final = work_plan_id
        self._gathering: dict[NodeRef, None] = {}
        self._call: asyncio.Task[tuple[Reason, ...]] | None = None
        self._turn: Final = asyncio.Lock()

    async def why(self, ref: NodeRef) -> Sequence[Reason]:
        """Return why a node is not FINAL.

        Raises:
            CIError: The orchestrator cannot say it.
        """
        self._gathering[ref] = None
        if self._call is None:
            self._call = asyncio.create_task(self._ask(self._gathering), name=f"explain {self._plan}")
        call = self._call
        if len(self._gathering) >= BATCH:
            self._call, self._gathering = None, {}
        # Whoever gives up leaves the call to the others.
        await asyncio.wait((call,))
        return [reason for reason in call.result() if reason.node == ref]

    async def _ask(self, refs: dict[NodeRef, None]) -> tuple[Reason, ...]:
        # One call after the other: what is asked during one goes into the next.
        async with self._turn:
            if refs is self._gathering:
                self._call, self._gathering = None, {}
            try:
                return (await self._port.explain(self._plan, tuple(refs))).reasons
            except NotFound:
                if len(refs) == 1:
                    raise
                # One that is not in the plan must not keep the others from their reasons.
                return (await self._port.explain(self._plan)).reasons
