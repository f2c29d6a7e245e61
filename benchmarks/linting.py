"""`python -m benchmarks.linting`: ci-lint beside other linters, over files in which it finds nothing to look at.

The commands take turns, so that a busy moment of the machine hits all of them; of each the best turn counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import this_machine

FILES = 600
TURNS = 7
RUFF = "ruff check --select F401"
LAUNCH = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
CI_LINT = (sys.executable, "-m", "ci_lint", "--exit-zero")


def standard_library(folder: Path, files: int) -> int:
    """Copy modules of the standard library into a folder; return how many bytes they have."""
    source = Path(sysconfig.get_path("stdlib"))
    found = [path for path in sorted(source.rglob("*.py")) if not {"site-packages", "test", "lib2to3"} & {*path.parts}]
    for number, path in enumerate(found[:files]):
        shutil.copyfile(path, folder / f"m{number}.py")
    return sum(path.stat().st_size for path in folder.iterdir())


def commands() -> dict[str, Sequence[str]]:
    """Return what is measured: an interpreter that does nothing, ci-lint, and the linters that are installed."""
    beside = {
        RUFF: ("ruff", "check", "--isolated", "--no-cache", "--select", "F401", "--exit-zero"),
        "flake8 --select F401": ("flake8", "--isolated", "-j", "2", "--select", "F401", "--exit-zero"),
        "pylint --enable unused-import": (
            "pylint", "-j", "2", "--disable", "all", "--enable", "unused-import", "--exit-zero",
        ),
        "fixit lint, one rule": ("fixit", "--rules", "fixit.rules:NoInheritFromObject", "lint"),
    }  # fmt: skip
    installed = {name: command for name, command in beside.items() if _program(command[0])}
    return {
        "python -c pass": (sys.executable, "-c", "pass"),
        "ci-lint --no-cache": (*CI_LINT, "--no-cache"),
        "ci-lint, again": CI_LINT,
        **{name: (str(_program(command[0])), *command[1:]) for name, command in installed.items()},
    }


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def seconds(command: Sequence[str], folder: Path) -> float:
    """Return how long a command takes over a folder, by the clock."""
    begun = time.perf_counter()
    subprocess.run(_over_folder(command), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begun


def memory(command: Sequence[str], folder: Path) -> float:
    """Return the most memory, in MiB, that a command holds; without a go-between it would be that of this process."""
    launcher = (sys.executable, "-I", "-S", "-c", LAUNCH, *_over_folder(command))
    return int(subprocess.run(launcher, cwd=folder, capture_output=True, check=True).stdout) / 1024


def _over_folder(command: Sequence[str]) -> Sequence[str]:
    return command if command[-1] == "pass" else (*command, ".")


def table(turns: dict[str, list[float]], memories: dict[str, float]) -> Table:
    """Return the best turn of each command, beside ruff's."""
    result = Table("command", "seconds", "of ruff", "MiB")
    ruff = min(turns.get(RUFF, [0.0]))
    for name, measured in turns.items():
        best = min(measured)
        result.add_row(name, f"{best:.3f}", f"{best / ruff:.2f}" if ruff else "", f"{memories[name]:.0f}")
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linting", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES, help=f"how many ({FILES})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"how often ({TURNS})")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ci-lint-bench-") as name:
        folder = Path(name)
        size = standard_library(folder, given.files)
        turns: dict[str, list[float]] = {each: [] for each in commands()}
        for _ in range(given.turns):
            for each, command in commands().items():
                turns[each].append(seconds(command, folder))
        memories = {each: memory(command, folder) for each, command in commands().items()}
    console = Console()
    console.print(f"{given.files} files of the standard library, {size / 1e6:.1f} MB; best of {given.turns} turns")
    console.print(table(turns, memories))
    console.print(str(this_machine()), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
