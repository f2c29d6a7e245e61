"""`python -m benchmarks.inference`: what looking at a file costs beside LibCST's own parse of it.

Every file is parsed by LibCST alone and then looked at with the rules that are on by default, one right after the
other, and processor time is counted: first without saying where findings stand, which costs only files that have some,
and then with it. The files are modules of the standard library that are made to import `ci`, so that nothing is left
out, and this repository's own pipelines and tests of them, some of which make mistakes on purpose.
"""

from __future__ import annotations

import argparse
import resource
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import libcst as cst

from benchmarks.machine import this_machine
from benchmarks.report import as_table, put_between_marks
from ci_lint.inspection import examine, inspect, without_collecting
from ci_lint.reading.failure import Failure
from ci_lint.reading.parsing import parse
from ci_lint.rules import RULES
from ci_lint.task import Task

ROOT: Final = Path(__file__).resolve().parent.parent
FILES: Final = 100
TURNS: Final = 3
DEFAULT: Final = tuple(rule.code for rule in RULES.values() if rule.default)
MARKS: Final = ("<!-- inference: begin -->", "<!-- inference: end -->")


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


def task_of(data: bytes) -> Task:
    """Return what is asked of one file."""
    return Task(Path("x.py"), data, "x", False, "ci", DEFAULT)


def parsed_and_examined(data: bytes) -> object:
    """Parse a file, infer what is what in it, and let the rules look."""
    with without_collecting():
        parsed = parse(data)
        return None if isinstance(parsed, Failure) else examine(task_of(data), parsed)


def look(data: bytes) -> object:
    """Do all that is done for one file: what is found is also located in it, and mended."""
    return inspect(task_of(data))


STEPS: Final[tuple[Callable[[bytes], object], ...]] = (cst.parse_module, parsed_and_examined, look)


def totals(files: Sequence[bytes], turns: int) -> list[float]:
    """Return the time of each step over files; of each file and step the best turn counts."""
    sums = [0.0 for _ in STEPS]
    for data in files:
        taken = [[seconds(step, data) for step in STEPS] for _ in range(turns)]
        sums = [before + min(best) for before, best in zip(sums, zip(*taken, strict=True), strict=True)]
    return sums


def measured(files: int, turns: int) -> str:
    """Look at all files; return the table, the most memory that was held, and the machine."""
    rows = []
    look(b"import ci\n")
    for name, contents in sources(files).items():
        alone, examined, looked = totals(contents, turns)
        size = f"{sum(map(len, contents)) / 1e6:.2f}"
        ours = (f"{examined:.2f}", f"{examined / alone:.2f}", f"{looked:.2f}", f"{looked / alone:.2f}")
        rows.append((f"{len(contents)}: {name}", size, f"{alone:.2f}", *ours))
    ours = ("parse, inference and rules, s", "ratio", "findings placed, too, s", "ratio")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table = as_table(("files", "MB", "LibCST alone parses, s", *ours), rows)
    return f"{table}\n\nProcessor time; peak memory {peak:.0f} MiB; {this_machine()}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inference", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES, help=f"how many of the standard library ({FILES})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"how often ({TURNS})")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    given = parser.parse_args()
    text = measured(given.files, given.turns)
    print(text)
    if given.docs:
        put_between_marks(given.docs, text, MARKS)


if __name__ == "__main__":
    main()
