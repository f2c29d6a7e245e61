"""`python -m benchmarks.peers`: the same plans on other programs and on ours, in one run; a table and a plot."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks.machine import Machine, this_machine
from benchmarks.measuring import Effort
from benchmarks.peers.catalog import PEERS
from benchmarks.peers.drawing import draw
from benchmarks.peers.environments import NotInstalled, default_cache
from benchmarks.peers.running import Result, run_ours, run_peer
from benchmarks.peers.tables import as_text
from benchmarks.report import put_between_marks
from benchmarks.ways import WAYS

MARKS: Final = ("<!-- peers: begin -->", "<!-- peers: end -->")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"which peers, of {', '.join(names)}; default all")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=3, help="how often each plan runs; the median counts (3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the size of every plan (1)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the databases go: a disk, not memory (here)")
    parser.add_argument(
        "--cache", type=Path, default=default_cache(), help=f"where environments are kept ({default_cache()})"
    )
    parser.add_argument("--readme", type=Path, metavar="FILE", help="also put the table between the marks in FILE")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="the same for another document")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="also draw an SVG; by default beside --docs")
    given = parser.parse_args()
    if unknown := sorted({*given.peers} - {*names}):
        parser.error(f"no such peer: {', '.join(unknown)}; there are {', '.join(names)}")
    if given.docs and not given.plot:
        given.plot = given.docs.with_name("peers.svg")
    return given


def everything(given: argparse.Namespace) -> list[Result]:
    """Run everybody, one after the other."""
    effort = Effort(given.rounds, given.scale, given.folder)
    results = [run_ours(way, effort) for way in WAYS]
    for peer in PEERS:
        if not given.peers or peer.name in given.peers:
            print(peer.name, file=sys.stderr, flush=True)
            results.append(run_peer(peer, effort, given.cache))
    return results


def write(given: argparse.Namespace, results: Sequence[Result], machine: Machine) -> None:
    """Put the plot and the tables where they are wanted."""
    if given.plot:
        try:
            draw(given.plot, results, machine, given.cache)
        except NotInstalled as error:
            print(f"no plot: {error}", file=sys.stderr)
    text = as_text(results, machine, given.scale)
    for document in filter(None, (given.readme, given.docs)):
        image = ""
        if given.plot and given.plot.exists():
            image = f"![milliseconds for each stage]({os.path.relpath(given.plot, document.parent)})\n\n"
        put_between_marks(document, image + text, MARKS)


def main() -> None:
    """Measure and print."""
    given = arguments()
    results, machine = everything(given), this_machine()
    write(given, results, machine)
    if given.json:
        print(json.dumps({"machine": asdict(machine), "results": [asdict(each) for each in results]}, indent=2))
    else:
        print(as_text(results, machine, given.scale))


if __name__ == "__main__":
    main()
