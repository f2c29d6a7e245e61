"""How soon a server with a large file answers, and hands out work."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import ci
from benchmarks.measuring import timed
from benchmarks.plans import chain, stage
from benchmarks.processes import process, server_alone
from benchmarks.scale.case import Sizes
from benchmarks.usage import resident, server_of
from benchmarks.ways import runners_are_there
from orchestrator.config import Config
from orchestrator.embedded import embedded
from turboci.states import AttemptState, ExecutionMode
from turboci.writes import AttemptWrite, StageWrite

FINISHED: Final = 1_000_000
PER_PLAN: Final = 5_000


async def fill(database: Path, stages: int, limit: float) -> int:
    """Write plans whose stages have all ended, until there are enough or the limit has passed; return how many."""
    give_up = time.perf_counter() + limit
    written = 0
    async with embedded(str(database), config=Config(durability="relaxed", retain_plans_for=None)) as port:
        while written < stages and time.perf_counter() < give_up:
            plan = (await port.create_work_plan({"name": "finished"})).id
            names = [f"stage-{number}" for number in range(min(PER_PLAN, stages - written))]
            await port.write_nodes(plan, stages=[stage(name, ExecutionMode.SYNC, runner_type="") for name in names])
            for state in (AttemptState.RUNNING, AttemptState.COMPLETE):
                write = AttemptWrite(state=state, process_uid="benchmark")
                await port.write_nodes(plan, stages=[StageWrite(id=name, current_attempt=write) for name in names])
            written += len(names)
    return written


def size_of(folder: Path) -> float:
    """Return what a database takes on the disk, in MiB."""
    return sum(file.stat().st_size for file in folder.glob("turboci.db*")) / 2**20


async def start(sizes: Sizes) -> AsyncIterator[str]:
    """Fill a file, start a server on it, and run a plan."""
    with tempfile.TemporaryDirectory(prefix="turboci-scale-", dir=sizes.folder) as text:
        folder = Path(text)
        database = folder / "turboci.db"
        finished = await fill(database, sizes(FINISHED), sizes.limit)
        size = size_of(folder)
        begun = time.perf_counter()
        with server_alone(folder) as address:
            async with ci.connect(address) as port:
                await port.list_work_plans(page_size=1)
                answered = time.perf_counter() - begun
                used = resident(server_of(database))
                with process(folder / "runner.log", "benchmarks.noop_runner", address):
                    await runners_are_there(port)
                    links = chain(100, ExecutionMode.SYNC)
                    await timed(port, links)
                    each = await timed(port, links) / len(links) * 1_000
        yield (
            f"{finished:,} finished stages in a file of {size:,.0f} MiB: the server answers {answered:.2f} s "
            f"after its start, with {used:.0f} MiB; a chain of 100 then takes {each:.2f} ms a stage"
        )
