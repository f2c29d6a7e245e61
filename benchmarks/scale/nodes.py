"""What a stage costs in a plan of 1,000 nodes, and in one of 100,000."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from benchmarks.plans import chain, fan, stage
from benchmarks.scale.case import Ran, Served, Sizes, ran, served, together
from benchmarks.usage import most_resident
from turboci.states import ExecutionMode
from turboci.writes import StageWrite

SMALL: Final = 1_000
LARGE: Final = 100_000
WARM: Final = 200
ROUNDS: Final = 5
"""How often the small plan runs."""

Build = Callable[[int], list[StageWrite]]
"""Makes the stages of a plan of so many nodes."""

LAYER: Final = 50
NEEDED: Final = 4


def layered(nodes: int) -> list[StageWrite]:
    """Layers of fifty; each stage waits for four of the layer before."""
    names = [f"node-{number}" for number in range(nodes)]
    return [
        stage(
            name,
            ExecutionMode.SYNC,
            [names[place // LAYER * LAYER - LAYER + (place + step) % LAYER] for step in range(NEEDED)]
            if place >= LAYER
            else (),
        )
        for place, name in enumerate(names)
    ]


BUILDS: Final[dict[str, Build]] = {
    "chain": lambda nodes: chain(nodes, ExecutionMode.SYNC),
    "fan": lambda nodes: fan(nodes - 2, ExecutionMode.SYNC),
    "layered": layered,
}


async def nodes(name: str, sizes: Sizes) -> AsyncIterator[str]:
    """Run a small plan and a large one of the same shape; yield what they cost."""
    build = BUILDS[name]
    async with served(sizes) as there:
        await ran(there, build(WARM), sizes.limit)
        small = together([await ran(there, build(sizes(SMALL)), sizes.limit) for _ in range(ROUNDS)])
        yield _said(name, small, there)
        large = await ran(there, build(sizes(LARGE)), sizes.limit)
        growth, cpu = large.ms_per_stage / small.ms_per_stage, large.cpu_ms_per_stage / small.cpu_ms_per_stage
        yield f"{_said(name, large, there)}; x {growth:.2f}, x {cpu:.2f} of CPU"


def _said(name: str, ran: Ran, there: Served) -> str:
    unfinished = "" if ran.done == ran.nodes * ran.runs else f", {ran.done:,} ended after {ran.seconds:.0f} s"
    server = (
        f"{ran.cpu_ms_per_stage:.3f} of them CPU of the server; server at most {most_resident(there.server):.0f} MiB"
    )
    cost = f"written in {ran.written / ran.runs:.2f} s; {ran.ms_per_stage:.3f} ms a stage"
    times = f", {ran.runs} times" if ran.runs > 1 else ""
    return f"{name} of {ran.nodes:,} nodes{times}{unfinished}: {cost}, {server}"
