"""`python -m benchmarks.linting`: ci-lint beside other linters, over files in which it finds nothing to look at.

The commands take turns, so that a busy moment of the machine hits all of them; of each the best turn counts. The other
linters are installed once, in an environment of their own.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.machine import this_machine
from benchmarks.peers.environments import default_cache, python_with
from benchmarks.report import as_table, put_between_marks

FILES: Final = 600
TURNS: Final = 7
LONG: Final = 10.0
"""Seconds from which on one turn is enough."""
RUFF: Final = "ruff check --select F401"
MARKS: Final = ("<!-- linting: begin -->", "<!-- linting: end -->")
OTHERS: Final = ("ruff>=0.12", "flake8>=7.1", "pylint>=3.3", "fixit>=2.1")
LAUNCH: Final = """\
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""
CI_LINT: Final = (sys.executable, "-m", "ci_lint", "--exit-zero")


class Run(NamedTuple):
    """One run of a command.

    Attributes:
        seconds: By the clock.
        memory: The most that it, or one of its processes, held; MiB.
    """

    seconds: float
    memory: float


def standard_library(folder: Path, files: int) -> int:
    """Copy modules of the standard library into a folder; return how many bytes they have."""
    source = Path(sysconfig.get_path("stdlib"))
    found = [path for path in sorted(source.rglob("*.py")) if not {"site-packages", "test", "lib2to3"} & {*path.parts}]
    for number, path in enumerate(found[:files]):
        shutil.copyfile(path, folder / f"m{number}.py")
    return sum(path.stat().st_size for path in folder.iterdir())


def commands(cache: Path) -> dict[str, Sequence[str]]:
    """Return what is measured: an interpreter that does nothing, ci-lint, and other linters with one rule each."""
    programs = python_with(OTHERS, cache).parent
    return {
        "python -c pass": (sys.executable, "-c", "pass"),
        "ci-lint --no-cache": (*CI_LINT, "--no-cache"),
        "ci-lint, again": CI_LINT,
        RUFF: (f"{programs}/ruff", "check", "--isolated", "--no-cache", "--select", "F401", "--exit-zero"),
        "flake8 --select F401": (f"{programs}/flake8", "--isolated", "-j", "2", "--select", "F401", "--exit-zero"),
        "pylint --enable unused-import": (
            *(f"{programs}/pylint", "-j", "2", "--recursive", "y", "--exit-zero"),
            *("--disable=all", "--enable=unused-import"),
        ),
        "fixit lint, one rule": (f"{programs}/fixit", "--rules", "fixit.rules:NoInheritFromObject", "lint"),
    }  # fmt: skip


def run(command: Sequence[str], folder: Path) -> Run:
    """Run a command over a folder, from a small process: as a child of this one it would hold as much memory."""
    launcher = (sys.executable, "-I", "-S", "-c", LAUNCH, *_over_folder(command))
    said = subprocess.run(launcher, cwd=folder, capture_output=True, text=True, check=True).stdout
    return Run(*map(float, said.split()))


def _over_folder(command: Sequence[str]) -> Sequence[str]:
    return command if command[-1] == "pass" else (*command, ".")


def as_text(files: int, size: int, turns: Mapping[str, Sequence[Run]]) -> str:
    """Return the best turn of each command, beside ruff's, with the machine."""
    ruff = min(turns[RUFF])
    rows = [
        (name, f"{best.seconds:.3f}", f"{best.seconds / ruff.seconds:.2f}", f"{best.memory:.0f}")
        for name, best in ((name, min(runs)) for name, runs in turns.items())
    ]
    head = f"{files} files of the standard library, {size / 1e6:.1f} MB; best of {len(turns[RUFF])} turns"
    return f"{as_table(('command', 'seconds', 'of ruff', 'MiB'), rows)}\n\n{head}; {this_machine()}"


def measured(files: int, turns: int, cache: Path) -> str:
    """Run every command in turn; return the table."""
    every = commands(cache)
    taken: dict[str, list[Run]] = {each: [] for each in every}
    with tempfile.TemporaryDirectory(prefix="ci-lint-bench-") as name:
        size = standard_library(Path(name), files)
        for _ in range(turns):
            for each, command in every.items():
                if not taken[each] or min(taken[each]).seconds < LONG:
                    taken[each].append(run(command, Path(name)))
    return as_text(files, size, taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linting", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES, help=f"how many ({FILES})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"how often ({TURNS})")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the other linters are kept")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    given = parser.parse_args()
    text = measured(given.files, given.turns, given.cache)
    print(text)
    if given.docs:
        put_between_marks(given.docs, text, MARKS)


if __name__ == "__main__":
    main()
