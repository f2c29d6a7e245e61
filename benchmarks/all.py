"""`python -m benchmarks.all`: everything that the README and docs/performance.md say of stages and peers, in one run.

It takes about eight minutes on a quiet machine, and longer when the peers are installed first; a peer that has not
finished after 75 s keeps what it has. `benchmarks.scale`,
`benchmarks.guard` and the other benchmarks of docs/performance.md that are named there are commands of their own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path


def commands(given: argparse.Namespace) -> list[list[str]]:
    """Return the commands, in order."""
    size = ["--rounds", str(given.rounds), "--scale", str(given.scale), "--folder", str(given.folder)]
    readme = ["--readme", str(given.readme)] if given.readme else []
    docs = ["--docs", str(given.docs)] if given.docs else []
    return [
        ["benchmarks", *size, *readme],
        ["benchmarks.peers", *given.peers, *size, *readme, *docs],
        ["benchmarks.idle", "--folder", str(given.folder), "--seconds", str(given.seconds), *docs],
        ["benchmarks.floor", "--folder", str(given.folder), *docs],
        ["benchmarks.profiling", "--folder", str(given.folder), "--seconds", str(given.seconds), *docs],
        ["benchmarks.statements", "--folder", str(given.folder), *docs],
    ]


def main() -> int:
    """Run all of them; return the worst exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.all", description=__doc__)
    parser.add_argument("peers", nargs="*", metavar="PEER", help="which peers; default all")
    parser.add_argument("--rounds", type=int, default=3, help="how often each plan runs; the median counts (3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the size of every plan (1)")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long idling and profiling take, each (15)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the databases go: a disk, not memory (here)")
    parser.add_argument("--readme", type=Path, metavar="FILE", help="also put the tables between the marks in FILE")
    parser.add_argument(
        "--docs", type=Path, metavar="FILE", help="the same for the other document, with a plot beside it"
    )
    given = parser.parse_args()
    codes = []
    for command in commands(given):
        began = time.perf_counter()
        codes.append(subprocess.run([sys.executable, "-m", *command], check=False).returncode)
        print(f"{command[0]}: {time.perf_counter() - began:.0f} s\n", file=sys.stderr, flush=True)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
