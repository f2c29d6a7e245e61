"""Taskiq: tasks on a broker in memory, the only one that needs no server; nothing is kept."""

from __future__ import annotations

import asyncio
import logging

from taskiq import InMemoryBroker

from benchmarks.peers.layers import Layers
from benchmarks.peers.timing import asked, tell

broker = InMemoryBroker(max_stored_results=-1, max_async_tasks=1_000, cast_types=False)
ten = asyncio.Semaphore(10)


@broker.task(task_name="step")
async def step(work: float) -> None:
    """Do nothing."""


@broker.task(task_name="light")
async def light(work: float) -> None:
    """Do the work of a step; ten at a time."""
    async with ten:
        await asyncio.sleep(work)


async def flow(plan: Layers) -> None:
    """Send one layer after the other."""
    task = light if plan.work else step
    for width in plan.widths:
        for _ in range(width):
            await task.kiq(plan.work)
        await broker.wait_all()
    broker.result_backend.results.clear()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    with asyncio.Runner() as runner:
        runner.run(broker.startup())
        tell(asked(), "taskiq", [lambda plan: runner.run(flow(plan))])
        runner.run(broker.shutdown())
