"""`python -m benchmarks.first_result`: how soon the first file of a new user shows its first result.

The file is `examples/first.py`: four commands, one process, an orchestrator in memory. Measured from outside, from the
moment that the interpreter is started: until an empty program runs, until `import ci` is done, until the first result
is shown, until the process has ended.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.machine import Machine, this_machine
from benchmarks.report import put_between_marks

FIRST: Final = Path(__file__).resolve().parent.parent / "examples" / "first.py"
MARKS: Final = ("<!-- first result: begin -->", "<!-- first result: end -->")


@dataclass(frozen=True)
class Sample:
    """Seconds since the interpreter was started."""

    interpreter: float
    imported: float
    result: float
    end: float


def sample() -> Sample:
    """Run everything once."""
    interpreter, _ = _timed("-c", "import sys; sys.stderr.write('started\\n')")
    imported, _ = _timed("-c", "import sys, ci; sys.stderr.write('imported\\n')")
    result, end = _timed(str(FIRST))
    return Sample(interpreter, imported, result, end)


def as_table(samples: Sequence[Sample], machine: Machine) -> str:
    """Return the medians as a Markdown table, and the machine under it."""
    interpreter, imported, result, end = (
        statistics.median(getattr(each, field) for each in samples)
        for field in ("interpreter", "imported", "result", "end")
    )
    lines = [
        "| from the start of the interpreter until  | seconds |",
        "|------------------------------------------|---------|",
        f"| an empty program runs                    | {interpreter:<7.2f} |",
        f"| `import ci` is done                      | {imported:<7.2f} |",
        f"| the first result is shown                | {result:<7.2f} |",
        f"| four commands have run, and it has ended | {end:<7.2f} |",
    ]
    return "\n".join([*lines, "", f"Median of {len(samples)}; {machine}"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_result", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often it runs; the median counts (9)")
    parser.add_argument("--readme", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    given = parser.parse_args()
    sample()  # what is not compiled or not in memory yet is not what is asked for
    table = as_table([sample() for _ in range(given.rounds)], this_machine())
    if given.readme:
        put_between_marks(given.readme, table, MARKS)
    print(table)


def _timed(*arguments: str) -> tuple[float, float]:
    """Run Python; return when its first line was there, and when it had ended, in seconds from its start."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen([sys.executable, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True)
        assert child.stderr is not None
        with child.stderr as lines:
            said = lines.readline()
            first = time.perf_counter() - began
            said += lines.read()
        if child.wait():
            raise RuntimeError(f"{arguments} ended with {child.returncode}:\n{said}")
    return first, time.perf_counter() - began


if __name__ == "__main__":
    main()
