"""The plot of the peers, drawn by matplotlib in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.machine import Machine
from benchmarks.peers.environments import NotInstalled, python_with
from benchmarks.peers.running import ROOT, Result
from benchmarks.peers.tables import TITLES

OURS: Final = "#1f6feb"
DURABLE: Final = "#8b949e"
MEMORY: Final = "#d8dee4"
DRAWN: Final = ("chain", "fan", "mesh")


def draw(target: Path, results: Sequence[Result], machine: Machine, cache: Path) -> None:
    """Write an SVG.

    Raises:
        NotInstalled: There is no matplotlib, or it fails.
    """
    rows = [
        {"name": each.name, "colour": _colour(each), "ms": {plan: each.plans[plan].ms_per_stage for plan in DRAWN}}
        for each in results
        if each.plans.keys() >= {*DRAWN}
    ]
    given = {"rows": rows, "plans": {plan: TITLES[plan] for plan in DRAWN}, "machine": str(machine)}
    command = [str(python_with(("matplotlib",), cache)), "-m", "benchmarks.peers.plot", str(target.absolute())]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled(f"matplotlib fails: {done.stderr.strip().splitlines()[-1]}")


def _colour(result: Result) -> str:
    if result.name.startswith("turboci"):
        return OURS
    return MEMORY if result.survives == "nothing" else DURABLE
