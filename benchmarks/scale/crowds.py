"""Many plans, many runners, many watchers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

from benchmarks.plans import chain, fan
from benchmarks.scale.case import Sizes, completed, ran, served
from benchmarks.usage import most_resident
from benchmarks.watchers import measure
from turboci.states import ExecutionMode

PLANS: Final = 1_000
LENGTH: Final = 10
RUNNERS: Final = 200
WIDTH: Final = 5_000
WATCHERS: Final = 1_000
EVENTS: Final = 20


async def plans(sizes: Sizes) -> AsyncIterator[str]:
    """Run many plans at once, each a short chain."""
    count = sizes(PLANS)
    stages = chain(LENGTH, ExecutionMode.SYNC)
    async with served(sizes) as there:
        ids = [(await there.port.create_work_plan({"name": "one of many"}, held=True)).id for _ in range(count)]
        await asyncio.gather(*(there.port.write_nodes(plan, stages=stages) for plan in ids))
        waiting = [asyncio.ensure_future(completed(there.port, plan, stages[-1].id)) for plan in ids]
        start = time.perf_counter()
        await asyncio.gather(*(there.port.release_work_plan(plan) for plan in ids))
        done, open_ = await asyncio.wait(waiting, timeout=sizes.limit)
        seconds = time.perf_counter() - start
        for each in open_:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=bool(open_))
        yield (
            f"{count:,} plans of {LENGTH} stages at once, {len(done):,} complete after {seconds:.2f} s: "
            f"{seconds / max(1, len(done)) / LENGTH * 1_000:.3f} ms a stage, "
            f"server at most {most_resident(there.server):.0f} MiB"
        )


async def runners(sizes: Sizes) -> AsyncIterator[str]:
    """Run a fan on few runners, and on many."""
    stages = fan(sizes(WIDTH), ExecutionMode.SYNC)
    for pairs in (1, max(2, sizes(RUNNERS) // 2)):
        async with served(sizes, pairs=pairs) as there:
            found = await ran(there, stages, sizes.limit)
            yield (
                f"fan of {found.done:,} with {2 * pairs} runners, each with a stream: "
                f"{found.ms_per_stage:.3f} ms a stage, server at most {most_resident(there.server):.0f} MiB"
            )


async def watchers(sizes: Sizes) -> AsyncIterator[str]:
    """Count the CPU time of an event that nobody watches, and of one that many do."""
    async with served(sizes) as there:
        for count in (0, sizes(WATCHERS)):
            used = await measure(there.address, there.server, count, EVENTS)
            yield (
                f"{count:,} watchers of a plan: {used * 1_000:.1f} ms of CPU an event, "
                f"server at most {most_resident(there.server):.0f} MiB"
            )
