"""`python -m benchmarks.memory`: the memory of a server after a hundred thousand finished stages."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

import ci
from benchmarks.machine import this_machine
from benchmarks.measuring import timed
from benchmarks.plans import fan
from benchmarks.processes import server_and_runner
from benchmarks.usage import resident, server_of
from benchmarks.ways import runners_are_there
from turboci.states import ExecutionMode

STAGES = 100_000
PER_PLAN = 1_000


async def fill(address: str, database: Path, stages: int) -> None:
    """Run plans of a thousand stages one after the other, and print the memory ten times.

    Each has a client of its own: while a client is connected, the events of plans that it still watches are kept.
    """
    plans = max(1, stages // PER_PLAN)
    server = server_of(database)
    async with ci.connect(address) as port:
        await runners_are_there(port)
    print(f"{0:>9,} finished stages: {resident(server):.0f} MiB", flush=True)
    for plan in range(1, plans + 1):
        mode = ExecutionMode.ASYNC if plan % 2 else ExecutionMode.SYNC
        async with ci.connect(address) as port:
            await timed(port, fan(PER_PLAN - 2, mode))
        if plan % max(1, plans // 10) == 0:
            print(f"{plan * PER_PLAN:>9,} finished stages: {resident(server):.0f} MiB", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--stages", type=int, default=STAGES, help=f"how many are finished ({STAGES})")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the database goes: a disk (here)")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="turboci-memory-", dir=given.folder) as folder,
        server_and_runner(Path(folder)) as address,
    ):
        asyncio.run(fill(address, Path(folder) / "turboci.db", given.stages))
        size = sum(file.stat().st_size for file in Path(folder).glob("turboci.db*"))
        print(f"database: {size / 2**20:.0f} MiB")
    print(this_machine())


if __name__ == "__main__":
    main()
