"""What every case of the benchmark has in common."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ci
from benchmarks.processes import server_and_runner
from benchmarks.usage import TICK, cpu_seconds, server_of
from benchmarks.ways import runners_are_there
from turboci.events import EventFilter, PlanCompleted
from turboci.states import StageState
from turboci.writes import StageWrite

PER_CALL: Final = 10_000
"""Nodes that one call writes."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        factor: On the size of everything.
        limit: Seconds that a plan may take; what is not finished then is counted and left.
        folder: Where the files go.
    """

    factor: float
    limit: float
    folder: Path

    def __call__(self, count: int) -> int:
        """Return how many of something there are."""
        return max(10, round(count * self.factor))


@dataclass(frozen=True)
class Served:
    """A server with runners, as processes."""

    port: ci.Orchestrator
    address: str
    server: int


@asynccontextmanager
async def served(sizes: Sizes, *, pairs: int = 1) -> AsyncIterator[Served]:
    """Run a durable server on a new file, and so many pairs of runners over streams."""
    with (
        tempfile.TemporaryDirectory(prefix="turboci-scale-", dir=sizes.folder) as folder,
        server_and_runner(Path(folder), pairs=pairs) as address,
    ):
        async with ci.connect(address) as port:
            await runners_are_there(port, pairs)
            yield Served(port, address, server_of(Path(folder) / "turboci.db"))


@dataclass(frozen=True)
class Ran:
    """How a plan went.

    Attributes:
        nodes: How many it has: those that were written before the limit.
        done: How many had ended, at the end or at the limit.
        written: Seconds until all were written.
        seconds: Seconds until those that are `done` had ended.
        cpu: CPU seconds that the server took for that, without the writing.
        runs: How many runs these are the sums of, all but `nodes`.
    """

    nodes: int
    done: int
    written: float
    seconds: float
    cpu: float
    runs: int = 1

    @property
    def ms_per_stage(self) -> float:
        """Milliseconds for each stage, without the writing."""
        return (self.seconds - self.written) / max(1, self.done) * 1_000

    @property
    def cpu_ms_per_stage(self) -> float:
        """Milliseconds of the server's CPU time for each stage, without the writing."""
        return max(TICK, self.cpu) / max(1, self.done) * 1_000


def together(runs: Sequence[Ran]) -> Ran:
    """Return several runs as one: the CPU time of a small plan is a few ticks, that of many can be told."""
    return Ran(
        nodes=runs[0].nodes,
        done=sum(each.done for each in runs),
        written=sum(each.written for each in runs),
        seconds=sum(each.seconds for each in runs),
        cpu=sum(each.cpu for each in runs),
        runs=len(runs),
    )


async def ran(there: Served, stages: list[StageWrite], limit: float) -> Ran:
    """Write a held plan as the DSL does, release it, and wait until it is complete or the limit has passed."""
    port = there.port
    plan = (await port.create_work_plan({"name": "scale"}, held=True)).id
    start = time.perf_counter()
    for first in range(0, len(stages), PER_CALL):
        if time.perf_counter() - start > limit:
            stages = stages[:first]
            break
        await port.write_nodes(plan, stages=stages[first : first + PER_CALL])
    written = time.perf_counter() - start
    before = cpu_seconds(there.server)
    await port.release_work_plan(plan)
    done = len(stages)
    try:
        async with asyncio.timeout(limit):
            await completed(port, plan, stages[-1].id)
        seconds, used = time.perf_counter() - start, cpu_seconds(there.server) - before
    except TimeoutError:
        seconds, used = time.perf_counter() - start, cpu_seconds(there.server) - before
        found = await port.query_nodes(plan, stage_states=[StageState.FINAL], include_checks=False)
        done = len(found.stages)
    return Ran(len(stages), done, written, seconds, used)


async def completed(port: ci.Orchestrator, plan: str, last: str) -> None:
    """Return when a plan is complete."""
    events = port.watch(plan, after_sequence=0, only=EventFilter(checks=False, stage_ids=frozenset({last})))
    async for event in events:
        if isinstance(event, PlanCompleted):
            if event.has_failures:
                raise RuntimeError(f"plan {plan!r} has failures")
            return
