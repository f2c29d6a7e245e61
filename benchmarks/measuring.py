"""One plan, timed from the call that writes it to the event that says it is complete."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass

import ci
from benchmarks.plans import RUNNER_TYPE, Shape, chain
from ci.port import Orchestrator
from turboci.events import EventFilter, PlanCompleted
from turboci.states import ExecutionMode
from turboci.writes import StageWrite

PATIENCE = 60.0


@dataclass(frozen=True)
class Timing:
    """How long a plan took; `seconds` is the median of the rounds."""

    stages: int
    seconds: float

    @property
    def ms_per_stage(self) -> float:
        """Milliseconds for each stage."""
        return self.seconds / self.stages * 1_000

    @property
    def stages_per_second(self) -> float:
        """Stages finished in a second."""
        return self.stages / self.seconds


@dataclass(frozen=True)
class Measured:
    """A shape in one mode, and the same ten times as large."""

    shape: Shape
    mode: ExecutionMode
    small: Timing
    large: Timing

    @property
    def growth(self) -> float:
        """Cost of a stage in the large plan, divided by that in the small one."""
        return self.large.ms_per_stage / self.small.ms_per_stage


async def measure(address: str, shapes: tuple[Shape, ...], *, rounds: int, scale: float) -> list[Measured]:
    """Time every shape in both modes against a server that has a runner, or will have one in a moment."""
    async with ci.connect(address) as port:
        await runner_is_there(port)
        for mode in ExecutionMode:
            await timed(port, chain(20, mode))
        return [
            Measured(
                shape,
                mode,
                small=await median(port, shape.stages(mode, scale=scale), rounds),
                large=await median(port, shape.stages(mode, scale=10 * scale), rounds),
            )
            for shape in shapes
            for mode in ExecutionMode
        ]


async def runner_is_there(port: Orchestrator) -> None:
    """Return when the runner has registered."""
    async with asyncio.timeout(PATIENCE):
        while not await port.list_runners(RUNNER_TYPE):  # noqa: ASYNC110 - no event tells of registrations
            await asyncio.sleep(0.05)


async def median(port: Orchestrator, stages: list[StageWrite], rounds: int) -> Timing:
    """Time a plan several times."""
    return Timing(len(stages), statistics.median([await timed(port, stages) for _ in range(rounds)]))


async def timed(port: Orchestrator, stages: list[StageWrite]) -> float:
    """Return the seconds from the write of a new plan to its completion."""
    plan = await port.create_work_plan({"name": "benchmark"})
    last = EventFilter(checks=False, stage_ids=frozenset({stages[-1].id}))
    start = time.perf_counter()
    await port.write_nodes(plan.id, stages=stages)
    async for event in port.watch(plan.id, after_sequence=0, only=last):
        if isinstance(event, PlanCompleted):
            if event.has_failures:
                raise RuntimeError(f"plan {plan.id!r} has failures; see the log of the server")
            return time.perf_counter() - start
    raise RuntimeError(f"the stream of plan {plan.id!r} ended before the plan did")
