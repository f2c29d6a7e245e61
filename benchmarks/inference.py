"""`python -m benchmarks.inference`: what looking at a file costs beside LibCST's own parse of it.

Every file is parsed by LibCST alone and then looked at with all rules, one right after the other, and processor time is
counted. The files are modules of the standard library that are made to import `ci`, so that nothing is left out, and
this repository's own pipelines and tests of them.
"""

from __future__ import annotations

import argparse
import resource
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import libcst as cst
from rich.console import Console
from rich.table import Table

from benchmarks.machine import this_machine
from ci_lint.inspection import inspect
from ci_lint.rules import RULES
from ci_lint.task import Task

ROOT = Path(__file__).resolve().parent.parent
FILES = 100
TURNS = 3


def sources(files: int) -> dict[str, list[bytes]]:
    """Return the files of each kind."""
    standard = Path(sysconfig.get_path("stdlib"))
    foreign = [path.read_bytes() for path in sorted(standard.glob("*.py"))[:files]]
    folders = (ROOT / "examples", ROOT / "tests" / "dsl", ROOT / "tests" / "examples")
    own = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.py"))]
    return {
        "standard library, importing ci": [b"import ci\n" + data for data in foreign],
        "pipelines of this repository": [data for data in own if b"import ci" in data],
    }


def seconds(step: Callable[[bytes], object], data: bytes) -> float:
    """Return the processor time of a step."""
    begun = time.process_time()
    step(data)
    return time.process_time() - begun


def look(data: bytes) -> object:
    """Do all that is done for one file."""
    return inspect(Task(Path("x.py"), data, "x", False, "ci", tuple(RULES)))


def pairs(files: Sequence[bytes], turns: int) -> tuple[float, float]:
    """Return the time of LibCST and ours over files; of each file and step the best turn counts."""
    parsed = looked = 0.0
    for data in files:
        both = [(seconds(cst.parse_module, data), seconds(look, data)) for _ in range(turns)]
        parsed += min(first for first, _ in both)
        looked += min(second for _, second in both)
    return parsed, looked


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inference", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES, help=f"how many of the standard library ({FILES})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"how often ({TURNS})")
    given = parser.parse_args()
    look(b"import ci\n")
    result = Table("files", "MB", "LibCST parse, s", "parse, inference and rules, s", "ratio")
    for name, files in sources(given.files).items():
        parsed, looked = pairs(files, given.turns)
        size = sum(map(len, files)) / 1e6
        result.add_row(
            f"{len(files)}: {name}", f"{size:.2f}", f"{parsed:.2f}", f"{looked:.2f}", f"{looked / parsed:.2f}"
        )
    console = Console()
    console.print(result)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"peak memory {peak:.0f} MiB", highlight=False)
    console.print(str(this_machine()), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
