"""`python -m benchmarks.writing`: the CPU time that a server takes to write a node, from request bytes to answer bytes.

Everything happens in one process, by way of the handler of the call: parsing, looking at shapes, the transaction, the
answer. What is left out is gRPC's own. CPU time hardly depends on what else the machine does; the disk's time is none.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias, cast

from benchmarks.machine import this_machine
from benchmarks.plans import fan, mesh
from benchmarks.report import as_table
from orchestrator.clock import SystemClock
from orchestrator.config import Config
from orchestrator.embedded import assembled, limits_of
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.transport.boundary import Context
from orchestrator.transport.handlers import Handler, Handlers
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.nodes import Assignment
from turboci.states import ExecutionMode
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.writes import write_nodes_request
from turboci.writes import CheckWrite, StageWrite

NODES: Final = 10_000
Written: TypeAlias = tuple[Sequence[CheckWrite], Sequence[StageWrite]]


def steps(nodes: int) -> Written:
    """Return checks, one after the other, and for each a stage that answers it."""
    names = [f"step-{number}" for number in range(nodes // 2)]
    checks = [
        CheckWrite(id=name, kind="shell", dependencies=_after(names[max(0, place - 1) : place]))
        for place, name in enumerate(names)
    ]
    stages = [
        StageWrite(id=f"exec:{name}", runner_type="none", args={"command": "true"}, assignments=(Assignment(name),))
        for name in names
    ]
    return checks, stages


def _after(names: Sequence[str]) -> DependencyGroup:
    return DependencyGroup(dependencies=tuple(NodeRef(NodeKind.CHECK, name).succeeded for name in names))


class Server:
    """The calls that writing takes, as bytes."""

    def __init__(self, table: dict[str, Handler]) -> None:
        self._create: Final = table[ORCHESTRATOR.create_work_plan.name]
        self._write: Final = table[ORCHESTRATOR.write_nodes.name]

    async def cost(self, written: Written) -> float:
        """Write a plan; return the microseconds of CPU time of one of its nodes."""
        checks, stages = written
        created = ORCHESTRATOR.create_work_plan.response.FromString(await self._create(b"", _NOBODY))
        data = write_nodes_request(created.work_plan.id, checks, stages).SerializeToString()
        gc.collect()
        begun = time.process_time()
        await self._write(data, _NOBODY)
        return (time.process_time() - begun) * 1e6 / (len(checks) + len(stages))


_NOBODY: Final = cast("Context", None)
"""The caller: the handlers of these calls ask it for nothing."""


async def measure(shape: Callable[[], Written], rounds: int, path: Path) -> float:
    """Return the median of the microseconds of CPU time that a node takes."""
    config = Config()
    async with assembled(str(path), config=config, clock=SystemClock()) as orchestrator:
        server = Server(Handlers(Endpoint(orchestrator, limits_of(config))).table())
        await server.cost(shape())
        return statistics.median([await server.cost(shape()) for _ in range(rounds)])


async def report(nodes: int, rounds: int, folder: Path) -> str:
    """Return the table."""
    shapes: dict[str, Callable[[], Written]] = {
        "a fan of 500": lambda: ((), fan(500, ExecutionMode.SYNC)),
        "a mesh of 10 x 20": lambda: ((), mesh(10, ExecutionMode.SYNC)),
        f"{nodes:,} nodes, checks and the stages that answer them": lambda: steps(nodes),
    }
    rows = []
    for number, (name, shape) in enumerate(shapes.items()):
        cost = await measure(shape, rounds, folder / f"{number}.db")
        rows.append((name, f"{cost:.0f}"))
    return as_table(("written in one call", "us of CPU a node"), rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writing", description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES, help=f"how many nodes the largest call has ({NODES:,})")
    parser.add_argument("--rounds", type=int, default=5, help="how often; the median counts (5)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the databases go: a disk (here)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="turboci-writing-", dir=given.folder) as folder:
        print(asyncio.run(report(given.nodes, given.rounds, Path(folder))))
    print(f"\n{this_machine()}")


if __name__ == "__main__":
    main()
