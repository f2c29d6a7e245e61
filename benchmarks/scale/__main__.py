"""`python -m benchmarks.scale`: whether cost, memory and start stay small when everything else grows."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.machine import this_machine
from benchmarks.report import put_between_marks
from benchmarks.scale.case import Sizes
from benchmarks.scale.crowds import plans, runners, watchers
from benchmarks.scale.graphs import graphs
from benchmarks.scale.nodes import BUILDS, nodes
from benchmarks.scale.start import start

MARKS: Final = ("<!-- scale: begin -->", "<!-- scale: end -->")
CASES: Final[dict[str, Callable[[Sizes], AsyncIterator[str]]]] = {
    **{name: partial(nodes, name) for name in BUILDS},
    "dag": graphs,
    "plans": plans,
    "runners": runners,
    "watchers": watchers,
    "start": start,
}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"which, of {', '.join(CASES)}; default all")
    parser.add_argument("--factor", type=float, default=1.0, help="on the size of everything (1)")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for a plan, and for filling a file (120)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the databases go: a disk (here)")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also put the result between the marks in FILE")
    given = parser.parse_args()
    if unknown := sorted({*given.cases} - {*CASES}):
        parser.error(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
    return given


async def measure(given: argparse.Namespace) -> list[str]:
    """Run the cases, print each result as it comes, and return all of them."""
    sizes = Sizes(given.factor, given.limit, given.folder)
    said: list[str] = []
    for name in given.cases or CASES:
        async for line in CASES[name](sizes):
            print(line, flush=True)
            said.append(line)
    return said


def main() -> None:
    """Measure and print."""
    given = arguments()
    said = asyncio.run(measure(given))
    print(this_machine())
    if given.docs:
        text = "\n".join([*said, str(this_machine())])
        put_between_marks(given.docs, f"```\n{text}\n```", MARKS)


if __name__ == "__main__":
    main()
