"""Asks why nodes wait; those who ask at the same time share the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from ci.port import Orchestrator
from turboci.dependencies import NodeRef
from turboci.errors import NotFound
from turboci.reasons import Reason

BATCH: Final = 500
"""Nodes that are asked about with one call."""


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
