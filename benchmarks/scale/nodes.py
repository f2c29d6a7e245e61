"""What a stage costs in a plan of 1,000 nodes, and in one of 100,000."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from benchmarks.plans import MESH_WIDTH, chain, fan, mesh
from benchmarks.scale.case import Ran, Served, Sizes, ran, served
from benchmarks.usage import most_resident
from turboci.states import ExecutionMode
from turboci.writes import StageWrite

SMALL: Final = 1_000
LARGE: Final = 100_000
WARM: Final = 200

Build = Callable[[int], list[StageWrite]]
"""Makes the stages of a plan of so many nodes."""

BUILDS: Final[dict[str, Build]] = {
    "chain": lambda nodes: chain(nodes, ExecutionMode.SYNC),
    "fan": lambda nodes: fan(nodes - 2, ExecutionMode.SYNC),
    "layered": lambda nodes: mesh(max(1, nodes // MESH_WIDTH), ExecutionMode.SYNC),
}


async def nodes(name: str, sizes: Sizes) -> AsyncIterator[str]:
    """Run a small plan and a large one of the same shape; yield what they cost."""
    build = BUILDS[name]
    async with served(sizes) as there:
        await ran(there.port, build(WARM), sizes.limit)
        small = await ran(there.port, build(sizes(SMALL)), sizes.limit)
        yield _said(name, small, there)
        large = await ran(there.port, build(sizes(LARGE)), sizes.limit)
        yield f"{_said(name, large, there)}, x {large.ms_per_stage / small.ms_per_stage:.2f}"


def _said(name: str, ran: Ran, there: Served) -> str:
    unfinished = "" if ran.done == ran.nodes else f", of which {ran.done:,} had ended after {ran.seconds:.0f} s"
    return (
        f"{name} of {ran.nodes:,} nodes{unfinished}: written in {ran.written:.2f} s, "
        f"{ran.ms_per_stage:.3f} ms a stage, server at most {most_resident(there.server):.0f} MiB"
    )
