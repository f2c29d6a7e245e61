"""`python -m benchmarks.cancellation`: how long others wait while a plan of 100,000 nodes is cancelled."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import ci
from benchmarks.machine import this_machine
from benchmarks.plans import stage
from benchmarks.processes import server_alone
from ci.port import Orchestrator
from turboci.events import EventFilter, PlanCompleted
from turboci.nodes import Assignment
from turboci.states import ExecutionMode
from turboci.writes import CheckWrite, StageWrite

NODES = 100_000
PER_CALL = 5_000
QUIET = 2.0
"""Seconds in which the waits of a server that does nothing else are measured."""


async def build(port: Orchestrator, nodes: int) -> str:
    """Write a plan of which one half are checks and the other stages that answer them, most of them in a chain."""
    plan = await port.create_work_plan({"name": "cancellation"})
    for first in range(0, nodes // 2, PER_CALL):
        numbers = range(first, min(first + PER_CALL, nodes // 2))
        await port.write_nodes(
            plan.id,
            checks=[CheckWrite(id=f"c{number}") for number in numbers],
            stages=[_stage(number) for number in numbers],
        )
    return plan.id


def _stage(number: int) -> StageWrite:
    """Return one of a chain of stages; every tenth is queued, since no runner is there to take it."""
    before = [f"s{number - 1}"] if number % 10 else []
    write = stage(f"s{number}", ExecutionMode.SYNC, before)
    return StageWrite(
        id=write.id,
        runner_type=write.runner_type,
        execution_mode=write.execution_mode,
        dependencies=write.dependencies,
        assignments=(Assignment(f"c{number}"),),
    )


async def cancelled(port: Orchestrator, plan: str) -> float:
    """Cancel a plan; return the seconds until its last node has ended."""
    start = time.perf_counter()
    await port.cancel_work_plan(plan, "benchmark")
    # No node has this id: what comes is the completion alone.
    async for event in port.watch(plan, after_sequence=None, only=EventFilter(stages=False, check_ids=frozenset("-"))):
        if isinstance(event, PlanCompleted):
            break
    return time.perf_counter() - start


async def waits(port: Orchestrator, until: Callable[[], bool]) -> list[float]:
    """Write to another plan, call after call; return the seconds that each took."""
    plan = (await port.create_work_plan({"name": "another"})).id
    taken: list[float] = []
    while not until():
        start = time.perf_counter()
        await port.write_nodes(plan, checks=[CheckWrite(id=f"c{len(taken)}")])
        taken.append(time.perf_counter() - start)
    return taken


def told(name: str, taken: list[float]) -> str:
    """Return the waits as a line of text."""
    ordered = sorted(taken)
    far = ordered[int(len(ordered) * 0.99)]
    return (
        f"{name:<22} {len(taken):>6,} writes: median {statistics.median(taken) * 1e3:6.1f} ms, "
        f"99 % {far * 1e3:6.1f} ms, longest {ordered[-1] * 1e3:6.1f} ms"
    )


async def measure(address: str, nodes: int) -> None:
    """Print the waits of a quiet server, and those during a cancellation."""
    async with ci.connect(address) as port, ci.connect(address) as other:
        plan = await build(port, nodes)
        end = time.perf_counter() + QUIET
        print(told("nothing else", await waits(other, lambda: time.perf_counter() >= end)), flush=True)
        cancelling: Awaitable[float] = asyncio.ensure_future(cancelled(port, plan))
        assert isinstance(cancelling, asyncio.Future)
        during = await waits(other, cancelling.done)
        print(told("during a cancellation", during))
        print(f"cancelling {nodes:,} nodes took {await cancelling:.1f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cancellation", description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES, help=f"how many are cancelled ({NODES})")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the database goes: a disk (here)")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="turboci-cancellation-", dir=given.folder) as folder,
        server_alone(Path(folder)) as address,
    ):
        asyncio.run(measure(address, given.nodes))
    print(this_machine())


if __name__ == "__main__":
    main()
