"""`python -m benchmarks.sample`: every plan on every way, fast and rough, as JSON; what the guard compares."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

from benchmarks.measuring import timed
from benchmarks.plans import SHAPES, chain
from benchmarks.ways import WAYS, Way
from turboci.states import ExecutionMode


async def sample(way: Way, scale: float, folder: Path, rounds: int) -> dict[str, float]:
    """Return the milliseconds of a stage by plan, the best of some rounds; the disk is left out."""
    found: dict[str, float] = {}
    async with way.open(folder, "relaxed") as port:
        await timed(port, chain(20, ExecutionMode.SYNC))
        for shape in SHAPES:
            for mode in ExecutionMode:
                stages = shape.stages(mode, scale=scale)
                best = min([await timed(port, stages) for _ in range(rounds)])
                found[f"{shape.name}, {way.name}, {mode.name}"] = best / len(stages) * 1_000
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sample", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often each plan runs; the best counts (2)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the size of every plan (1)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the databases go (here)")
    given = parser.parse_args()
    found: dict[str, float] = {}
    for way in WAYS:
        with tempfile.TemporaryDirectory(prefix="turboci-sample-", dir=given.folder) as folder:
            found |= asyncio.run(sample(way, given.scale, Path(folder), given.rounds))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
