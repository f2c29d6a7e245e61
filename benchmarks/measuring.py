"""One plan, timed from the call that writes it to the event that says it is complete."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.plans import Shape, chain
from benchmarks.processes import Durability
from benchmarks.ways import Way
from ci.port import Orchestrator
from turboci.events import EventFilter, PlanCompleted
from turboci.states import ExecutionMode
from turboci.writes import StageWrite


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
    """A shape in one mode and on one way.

    Attributes:
        full: Every commit is synced to the disk.
        relaxed: The same plan, not synced.
        large: The plan that is ten times as large, synced; None for light plans.
    """

    shape: Shape
    way: str
    mode: ExecutionMode
    full: Timing
    relaxed: Timing
    large: Timing | None

    @property
    def growth(self) -> float | None:
        """Cost of a stage in the large plan, divided by that in the small one."""
        return self.large.ms_per_stage / self.full.ms_per_stage if self.large else None


@dataclass(frozen=True)
class Effort:
    """How much is measured: how often, the factor on the size of every plan, and where the files go."""

    rounds: int
    scale: float
    folder: Path


async def measure(way: Way, shapes: Sequence[Shape], effort: Effort) -> list[Measured]:
    """Time every shape in both modes, synced and not."""
    full = await timings(way, shapes, effort, "full")
    relaxed = await timings(way, shapes, effort, "relaxed")
    large = await timings(way, [shape for shape in shapes if not shape.alone], effort, "full", times=10)
    return [
        Measured(shape, way.name, mode, full[key], relaxed[key], large.get(key))
        for shape in shapes
        for mode in ExecutionMode
        for key in [(shape.name, mode)]
    ]


async def timings(
    way: Way,
    shapes: Sequence[Shape],
    effort: Effort,
    durability: Durability,
    *,
    times: int = 1,
    modes: Sequence[ExecutionMode] = tuple(ExecutionMode),
) -> dict[tuple[str, ExecutionMode], Timing]:
    """Time every shape in these modes on an orchestrator of their own; large ones a few times less."""
    rounds = effort.rounds if times == 1 else max(1, effort.rounds // 2)
    with tempfile.TemporaryDirectory(prefix="turboci-benchmark-", dir=effort.folder) as folder:
        async with way.open(Path(folder), durability) as port:
            for mode in modes:
                await timed(port, chain(20, mode))
            return {
                (shape.name, mode): await median(port, shape.stages(mode, scale=times * effort.scale), rounds)
                for shape in shapes
                for mode in modes
            }


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
