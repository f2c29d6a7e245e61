"""Brings nodes of a real orchestrator to their end when a test says so."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Self

import ci

HAND = "hand"
"""Runner type of stages that end by hand."""


class ByHand:
    """Answers checks that no stage is assigned to, and stages of runner type ``hand``.

    Attributes:
        orchestrator: Where.
    """

    def __init__(self, orchestrator: ci.Orchestrator) -> None:
        self.orchestrator = orchestrator
        self._answers: defaultdict[str, asyncio.Future[Mapping[str, object]]] = defaultdict(
            asyncio.get_running_loop().create_future
        )

    @classmethod
    async def on(cls, orchestrator: ci.Orchestrator) -> Self:
        """Host the runner."""
        hand = cls(orchestrator)
        runner = ci.Runner(HAND)

        @runner.handler
        async def wait(stage: ci.StageContext) -> Mapping[str, object]:
            return await asyncio.shield(hand._answers[stage.stage_id])

        await orchestrator.host(runner)
        return hand

    async def check(
        self, plan: str, *ids: str, data: Mapping[str, object] | None = None, failure: str | None = None
    ) -> None:
        """Answer checks, green or with a failure, in one call."""
        builders = [ci.new_check(id).final() for id in ids]
        for builder in builders:
            if failure is None:
                builder.result(data or {})
            else:
                builder.result_with_failure(failure, data)
        await self.orchestrator.write_nodes(plan, checks=[builder.build() for builder in builders])

    def stage(self, id: str, *, data: Mapping[str, object] | None = None, failure: str | None = None) -> None:
        """Let a stage end, now or as soon as it runs."""
        if failure is None:
            self._answers[id].set_result(data or {})
        else:
            self._answers[id].set_exception(ci.StageFailed(failure, data=data))
