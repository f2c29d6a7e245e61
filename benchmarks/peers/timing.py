"""What every peer does around its own code: read what is asked for, time the plans, print lines of JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.peers.layers import PLANS, Layers

SMALL: Final = 0.1
"""The factor of the plan that is timed first: it warms up, chooses the way, and tells how long the whole plan takes."""

Run = Callable[[Layers], object]
"""Runs a plan to its end; what it returns is not looked at."""


class Request:
    """What the benchmark asks a peer for, from the command line.

    Attributes:
        folder: Where the files go: on a disk.
        rounds: How often each plan runs; the median counts.
        limit: Seconds that one run of a plan may take; slower plans are made smaller.
        scale: Factor on the size of every plan.
    """

    def __init__(self, text: str) -> None:
        given = json.loads(text)
        self.folder: Final = Path(given["folder"])
        self.rounds: Final = int(given["rounds"])
        self.limit: Final = float(given["limit"])
        self.scale: Final = float(given["scale"])


def asked() -> Request:
    """Return the request of the command line."""
    return Request(sys.argv[1])


def tell(request: Request, package: str | None, ways: Sequence[Run]) -> None:
    """Time every plan in the fastest of several ways, and print after each of them what is known so far.

    Args:
        request: What is asked for.
        package: What is timed; its version is printed.
        ways: Each runs any plan; the one that is the fastest on a tenth of a plan runs the whole.
    """
    found: dict[str, dict[str, float]] = {}
    for plan in PLANS:
        found[plan.name] = _timed(plan.scaled(request.scale), request, ways)
        print(json.dumps({"version": version(package) if package else "", "plans": found}), flush=True)


def _timed(plan: Layers, request: Request, ways: Sequence[Run]) -> dict[str, float]:
    small = plan.scaled(SMALL)
    for way in ways:
        way(small)
    seconds, best = min(((_seconds(way, small), place) for place, way in enumerate(ways)))
    expected = seconds / small.steps * plan.steps
    if expected > request.limit:
        plan = plan.scaled(max(SMALL, request.limit / expected))
    rounds = max(1, min(request.rounds, int(2 * request.limit / max(expected, 0.001))))
    return {"steps": plan.steps, "seconds": statistics.median(_seconds(ways[best], plan) for _ in range(rounds))}


def _seconds(run: Run, plan: Layers) -> float:
    start = time.perf_counter()
    run(plan)
    return time.perf_counter() - start
