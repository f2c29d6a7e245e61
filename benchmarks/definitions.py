"""`python -m benchmarks.definitions`: what a DAG of ten thousand nodes costs before anything of it runs."""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import ci
from benchmarks.machine import this_machine
from benchmarks.processes import server_alone

NODES: Final = 10_000
HEAD: Final = ("shape", "build", "check and fold", "together", "bytes/node", "in memory", "in a file", "over gRPC")


def steps(nodes: int) -> ci.DAG:
    """Return commands, each a check and a stage, one after the other."""
    dag = ci.DAG("steps")
    before = dag.shell("step 0", "true")
    for number in range(1, nodes // 2):
        before = dag.shell(f"step {number}", "true").after(before)
    return dag


def pairs(nodes: int) -> ci.DAG:
    """Return checks that depend on each other, and the stages that answer them."""
    dag = ci.DAG("pairs")
    before = dag.check("check 0")
    for number in range(1, nodes // 2):
        check = dag.check(f"check {number}").depends_on(before)
        dag.stage(f"stage {number}").runner("runner").assigns(check)
        before = check
    dag.stage("stage 0").runner("runner").assigns("check 0")
    return dag


def flat(nodes: int) -> Callable[[int], ci.DAG]:
    """Return what executes a file with a line for each node, the same graph as `pairs`."""
    lines = ["import ci", "dag = ci.DAG('flat')"]
    for number in range(nodes // 2):
        before = f".depends_on(check{number - 1})" if number else ""
        lines.append(f"check{number} = dag.check('check {number}'){before}")
        lines.append(f"dag.stage('stage {number}').runner('runner').assigns(check{number})")
    code = compile("\n".join(lines), "flat.py", "exec")

    def run(_nodes: int) -> ci.DAG:
        names: dict[str, object] = {}
        exec(code, names)
        return cast("ci.DAG", names["dag"])

    return run


class Nowhere:
    """Takes what is written, and does nothing: what is timed is the client alone."""

    async def create_work_plan(self, metadata: Mapping[str, str], **_limits: object) -> ci.WorkPlan:
        """Return a plan."""
        return ci.WorkPlan(id="nowhere", metadata=metadata)

    async def write_nodes(self, _work_plan_id: str, **_writes: object) -> ci.Nodes:
        """Return nothing."""
        return ci.Nodes()


@dataclass(frozen=True)
class Cost:
    """Medians, in seconds and bytes."""

    build: float
    fold: float
    size: float
    memory: float
    file: float
    grpc: float

    def cells(self, name: str) -> tuple[str, ...]:
        """Return the row of the table."""
        defined = [f"{value:.2f} s" for value in (self.build, self.fold, self.build + self.fold)]
        written = [f"{value:.2f} s" for value in (self.memory, self.file, self.grpc)]
        return (name, *defined, f"{self.size:.0f}", *written)


async def measure(make: Callable[[int], ci.DAG], nodes: int, rounds: int, folder: Path, address: str) -> Cost:
    """Measure one shape."""
    build, fold, memory, file, grpc = zip(
        *[await one_round(make, nodes, folder / f"{number}.db", address) for number in range(rounds)], strict=True
    )
    median = statistics.median
    return Cost(median(build), median(fold), size_of(make, nodes), median(memory), median(file), median(grpc))


async def one_round(make: Callable[[int], ci.DAG], nodes: int, path: Path, address: str) -> tuple[float, ...]:
    """Return the seconds of building, of checking and folding, and of writing in three ways."""
    gc.collect()
    begun = time.perf_counter()
    dag = make(nodes)
    build = time.perf_counter() - begun
    begun = time.perf_counter()
    await dag.execute(cast("ci.Orchestrator", Nowhere()))
    fold = time.perf_counter() - begun
    memory = await written(make(nodes), ci.local())
    file = await written(make(nodes), ci.local(path))
    return build, fold, memory, file, await written(make(nodes), ci.connect(address))


async def written(dag: ci.DAG, place: AbstractAsyncContextManager[ci.Orchestrator]) -> float:
    """Return the seconds from `execute` to the acknowledgement of the orchestrator, checking and folding included."""
    async with place as orchestrator:
        begun = time.perf_counter()
        execution = await dag.execute(orchestrator)
        seconds = time.perf_counter() - begun
        await execution.cancel()
    return seconds


def size_of(make: Callable[[int], ci.DAG], nodes: int) -> float:
    """Return the bytes that a DAG keeps for each of its nodes."""
    gc.collect()
    tracemalloc.start()
    dag = make(nodes)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del dag
    return size / nodes


async def report(nodes: int, rounds: int, folder: Path, address: str) -> None:
    """Print the table row by row."""
    print("| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")
    shapes = {"steps": steps, "checks and stages": pairs, "the same, a line each": flat(nodes)}
    for name, make in shapes.items():
        cost = await measure(make, nodes, rounds, folder, address)
        print("| " + " | ".join(cost.cells(name)) + " |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.definitions", description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES, help=f"how many nodes a DAG has ({NODES})")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the median counts (3)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the databases go: a disk (here)")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="turboci-definitions-", dir=given.folder) as folder,
        server_alone(Path(folder)) as address,
    ):
        asyncio.run(report(given.nodes, given.rounds, Path(folder), address))
    print(f"\n{this_machine()}")


if __name__ == "__main__":
    main()
