"""`python -m benchmarks`: start server and runner, time every plan, print the table."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.machine import this_machine
from benchmarks.measuring import measure
from benchmarks.plans import SHAPES
from benchmarks.processes import server_and_runner
from benchmarks.report import as_json, as_table, put_between_marks


def arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [shape.name for shape in SHAPES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("plans", nargs="*", metavar="PLAN", help=f"which plans, of {', '.join(names)}; default all")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=3, help="how often each plan runs; the median counts (3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the size of every plan (1)")
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where the database goes: a disk, not memory (here)"
    )
    parser.add_argument("--readme", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    given = parser.parse_args()
    if unknown := sorted({*given.plans} - {*names}):
        parser.error(f"no such plan: {', '.join(unknown)}; there are {', '.join(names)}")
    return given


def main() -> None:
    """Measure and print."""
    given = arguments()
    shapes = tuple(shape for shape in SHAPES if not given.plans or shape.name in given.plans)
    with (
        tempfile.TemporaryDirectory(prefix="turboci-benchmark-", dir=given.folder) as folder,
        server_and_runner(Path(folder)) as address,
    ):
        measured = asyncio.run(measure(address, shapes, rounds=given.rounds, scale=given.scale))
    machine = this_machine()
    if given.readme:
        put_between_marks(given.readme, as_table(measured, machine))
    print((as_json if given.json else as_table)(measured, machine))


if __name__ == "__main__":
    main()
