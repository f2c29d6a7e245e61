"""Asyncio alone: what the event loop of Python takes, and nothing is kept."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from benchmarks.peers.layers import Layers
from benchmarks.peers.timing import asked, tell


async def step(work: float, slot: AbstractAsyncContextManager[None]) -> None:
    """Do the work of a step."""
    async with slot:
        if work:
            await asyncio.sleep(work)


async def flow(plan: Layers) -> None:
    """Run one layer after the other."""
    slot = asyncio.Semaphore(plan.slots) if plan.slots else nullcontext()
    for width in plan.widths:
        await asyncio.gather(*(step(plan.work, slot) for _ in range(width)))


if __name__ == "__main__":
    with asyncio.Runner() as runner:
        tell(asked(), None, [lambda plan: runner.run(flow(plan))])
