"""A DAG of 100,000 stages, as a user writes it: on a server, and with everything in one process."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import ci
from benchmarks.noop_runner import runners
from benchmarks.plans import RUNNER_TYPE
from benchmarks.scale.case import Sizes, served
from benchmarks.scale.nodes import LARGE, LAYER, NEEDED
from benchmarks.usage import most_resident


def layered_dag(stages: int) -> ci.DAG:
    """Return layers of fifty; each stage waits for four of the layer before."""
    dag = ci.DAG("scale")
    made: list[ci.StageNode] = []
    for place in range(stages):
        node = dag.stage(f"node-{place}").runner(RUNNER_TYPE)
        if place >= LAYER:
            before = place // LAYER * LAYER - LAYER
            node.after(*(made[before + (place + step) % LAYER] for step in range(NEEDED)))
        made.append(node)
    return dag


async def graphs(sizes: Sizes) -> AsyncIterator[str]:
    """Execute a large DAG on a server, and in this process."""
    async with served(sizes) as there:
        said = await executed(there.port, sizes)
        yield f"on a server, {said}; server at most {most_resident(there.server):.0f} MiB"
    with tempfile.TemporaryDirectory(prefix="turboci-scale-", dir=sizes.folder) as folder:
        async with ci.local(str(Path(folder) / "turboci.db"), runners=list(runners())) as port:
            said = await executed(port, sizes)
    yield f"in one process, {said}; it took at most {most_resident(os.getpid()):.0f} MiB"


async def executed(port: ci.Orchestrator, sizes: Sizes) -> str:
    """Make a DAG, execute it, and follow it; return what that took."""
    begun = time.perf_counter()
    dag = layered_dag(sizes(LARGE))
    made = time.perf_counter()
    execution = await dag.execute(port)
    written = time.perf_counter()
    ended = await _followed(execution, sizes.limit)
    took = time.perf_counter() - written
    text = f"a DAG of {sizes(LARGE):,} stages is made in {made - begun:.1f} s and written in {written - made:.1f} s"
    return f"{text}; {ended:,} have ended {took:.1f} s later"


async def _followed(execution: ci.WorkflowExecution, limit: float) -> int:
    """Return how many stages have ended when all have, or when the limit has passed."""
    ended = 0

    async def count() -> None:
        nonlocal ended
        only = ci.EventFilter(checks=False, stage_states=frozenset({ci.StageState.FINAL}))
        async for event in execution.events(after_sequence=0, only=only):
            if isinstance(event, ci.StageChanged):
                ended += 1

    counting = asyncio.ensure_future(count())
    try:
        result = await execution.wait_for_completion(timeout=limit)
        return len(result.stages)
    except TimeoutError:
        return ended
    finally:
        counting.cancel()
        await asyncio.wait({counting})
