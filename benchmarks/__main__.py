"""`python -m benchmarks`: start server and runner, time every plan on every way, print the tables."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.machine import this_machine
from benchmarks.measuring import Effort, Measured, measure
from benchmarks.plans import LIGHT, SHAPES, Shape
from benchmarks.report import as_json, as_text, put_between_marks
from benchmarks.ways import WAYS, Way

_Named = TypeVar("_Named", Shape, Way)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    plans, ways = _names((*SHAPES, *LIGHT)), _names(WAYS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("plans", nargs="*", metavar="PLAN", help=f"which plans, of {plans}; default all")
    parser.add_argument("--way", action="append", metavar="WAY", help=f"which way, of {ways}; default all; repeatable")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=3, help="how often each plan runs; the median counts (3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the size of every plan (1)")
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where the database goes: a disk, not memory (here)"
    )
    parser.add_argument("--readme", type=Path, metavar="FILE", help="also put the tables between the marks in FILE")
    given = parser.parse_args()
    try:
        given.shapes = _chosen((*SHAPES, *LIGHT), given.plans)
        given.ways = _chosen(WAYS, given.way or ())
    except LookupError as error:
        parser.error(str(error))
    return given


def _names(things: Sequence[Shape] | Sequence[Way]) -> str:
    return ", ".join(each.name for each in things)


def _chosen(things: Sequence[_Named], names: Sequence[str]) -> list[_Named]:
    if unknown := sorted({*names} - {each.name for each in things}):
        raise LookupError(
            f"no such {type(things[0]).__name__.lower()}: {', '.join(unknown)}; there are {_names(things)}"
        )
    return [each for each in things if not names or each.name in names]


async def everything(ways: Sequence[Way], shapes: Sequence[Shape], effort: Effort) -> list[Measured]:
    """Measure one way after the other; return the results plan by plan."""
    found = [each for way in ways for each in await measure(way, shapes, effort)]
    return sorted(found, key=lambda each: shapes.index(each.shape))


def main() -> None:
    """Measure and print."""
    given = arguments()
    measured = asyncio.run(everything(given.ways, given.shapes, Effort(given.rounds, given.scale, given.folder)))
    machine = this_machine()
    if given.readme:
        put_between_marks(given.readme, as_text(measured, machine))
    print((as_json if given.json else as_text)(measured, machine))


if __name__ == "__main__":
    main()
