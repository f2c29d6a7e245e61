"""Times QueryNodes of a whole plan, and how long others wait meanwhile.

Run it with ``python -m benchmarks.queries [nodes ...]``; it writes in a temporary directory below the current one. Half
of the nodes are checks with a result, the other half stages with a dependency, an assignment and an attempt that has
reported progress twice.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from typing import Any

from orchestrator.app import collect_seldom
from orchestrator.config import Config
from orchestrator.embedded import EmbeddedOrchestrator, embedded
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.nodes import Assignment, Nodes, ProgressEntry
from turboci.payloads import JSON
from turboci.states import AttemptState, CheckState
from turboci.writes import AttemptWrite, CheckResultWrite, CheckWrite, StageWrite

_PART = 1_000
_ROUNDS = 3
_DATA: dict[str, JSON] = {"targets": ["a", "b"], "count": 3}


async def _fill(port: EmbeddedOrchestrator, size: int) -> str:
    """Write a plan of `size` nodes that has run, and return its id."""
    plan = await port.create_work_plan({"name": "queries"})
    for first in range(0, size // 2, _PART):
        numbers = range(first, min(first + _PART, size // 2))
        await port.write_nodes(plan.id, checks=[_check(number) for number in numbers])
        await port.write_nodes(plan.id, stages=[_stage(number) for number in numbers])
        await port.write_nodes(plan.id, stages=[_attempt(number, AttemptState.RUNNING) for number in numbers])
        await port.write_nodes(plan.id, stages=[_attempt(number, AttemptState.COMPLETE) for number in numbers])
    return plan.id


def _check(number: int) -> CheckWrite:
    result = CheckResultWrite(owner_id="benchmark", data=_DATA, finalize=True)
    return CheckWrite(id=f"check-{number}", kind="test", options=_DATA, state=CheckState.FINAL, result=result)


def _stage(number: int) -> StageWrite:
    target = NodeRef(NodeKind.CHECK, f"check-{number}")
    return StageWrite(
        id=f"stage-{number}",
        args=_DATA,
        assignments=(Assignment(f"other-{number}"),),
        dependencies=DependencyGroup(dependencies=(target.finished,)),
    )


def _attempt(number: int, state: AttemptState) -> StageWrite:
    write = AttemptWrite(state=state, process_uid="benchmark", progress=ProgressEntry(message=state.name, percent=50))
    return StageWrite(id=f"stage-{number}", current_attempt=write)


async def _longest_wait(other: Callable[[], Coroutine[Any, Any, object]], busy: asyncio.Future[Any]) -> float:
    """Return the longest time in seconds that `other` took until `busy` was done."""
    longest = 0.0
    while not busy.done():
        await asyncio.sleep(0.005)
        start = time.perf_counter()
        await other()
        longest = max(longest, time.perf_counter() - start)
    return longest


async def _measure(port: EmbeddedOrchestrator, size: int) -> None:
    plan = await _fill(port, size)
    took: list[float] = []
    used: list[float] = []
    waited: list[float] = []
    for _ in range(_ROUNDS):
        start, cpu = time.perf_counter(), time.process_time()
        query: asyncio.Task[Nodes] = asyncio.ensure_future(port.query_nodes(plan))
        waited.append(await _longest_wait(lambda: port.get_work_plan(plan), query))
        found = await query
        took.append(time.perf_counter() - start)
        used.append(time.process_time() - cpu)
        assert len(found.checks) + len(found.stages) == size
    print(
        f"{size:>8,} nodes: {statistics.median(took) * 1_000:8.1f} ms, "
        f"{statistics.median(used) / size * 1e6:6.1f} us of CPU a node; "
        f"another call waited at most {max(waited) * 1_000:.1f} ms",
        flush=True,
    )


async def main(sizes: list[int]) -> None:
    """Measure plans of these sizes, with the collector of garbage as the server has it."""
    collect_seldom()
    with tempfile.TemporaryDirectory(prefix="turboci-queries-", dir=".") as folder:
        async with embedded(f"{folder}/queries.db", config=Config(durability="relaxed")) as port:
            for size in sizes:
                await _measure(port, size)


if __name__ == "__main__":
    asyncio.run(main([int(argument) for argument in sys.argv[1:]] or [2_000, 20_000]))
