"""Running the plans on a peer, as a process, and on ourselves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypedDict

from benchmarks.measuring import Effort, Timing, timings
from benchmarks.peers.catalog import Peer, Survives
from benchmarks.peers.environments import NotInstalled, python_with
from benchmarks.plans import LIGHT, SHAPES
from benchmarks.ways import Way
from turboci.states import ExecutionMode

ROOT: Final = Path(__file__).resolve().parents[2]
LIMIT: Final = 3.0
"""Seconds that one run of a plan may take; a peer that is slower gets a smaller plan."""
PATIENCE: Final = 75.0
"""Seconds that a peer gets for all plans; those that it has not finished by then are left out."""


@dataclass(frozen=True)
class Result:
    """A row of the table.

    Attributes:
        plans: How long each plan took that was finished in time; empty if the peer was skipped.
        skipped: Why there are no plans.
    """

    name: str
    kept: str
    survives: Survives
    version: str = ""
    plans: Mapping[str, Timing] = field(default_factory=dict)
    skipped: str = ""


def run_peer(peer: Peer, effort: Effort, cache: Path) -> Result:
    """Run all plans on a peer, installing it if need be."""
    with tempfile.TemporaryDirectory(
        prefix="turboci-peer-", dir=effort.folder.absolute(), ignore_cleanup_errors=True
    ) as folder:
        try:
            python = python_with(peer.requirements, cache)
            answer = _ask(python, peer, effort, Path(folder))
        except (NotInstalled, RuntimeError) as error:
            return Result(peer.name, peer.kept, peer.survives, skipped=str(error))
    plans = {name: Timing(plan["steps"], plan["seconds"]) for name, plan in answer["plans"].items()}
    return Result(peer.name, peer.kept, peer.survives, answer["version"], plans)


class _Plan(TypedDict):
    steps: int
    seconds: float


class _Answer(TypedDict):
    """What the script of a peer prints."""

    version: str
    plans: dict[str, _Plan]


def _ask(python: Path, peer: Peer, effort: Effort, folder: Path) -> _Answer:
    """Run the script of a peer; return what it says.

    Raises:
        RuntimeError: It fails, or takes too long.
    """
    request = {"folder": str(folder), "rounds": effort.rounds, "limit": LIMIT, "scale": effort.scale}
    command = [str(python), "-m", f"benchmarks.peers.{peer.module}", json.dumps(request)]
    log = folder / "stderr.log"
    with log.open("wb") as errors:
        child = subprocess.Popen(
            command, cwd=ROOT, env=_environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=errors, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            _end(child)
            said, _ = child.communicate()
        finally:
            _end(child)
    if answers := [line for line in said.splitlines() if line.startswith('{"version"')]:
        found: _Answer = json.loads(answers[-1])
        return found
    if child.returncode == -signal.SIGKILL:
        raise RuntimeError(f"did not finish a plan within {PATIENCE:g} s")
    last = (log.read_text(errors="replace").strip() or "no output").splitlines()[-1]
    raise RuntimeError(f"ended with {child.returncode}: {last}")


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of a peer: what it writes goes to its folder."""
    return os.environ | {"HOME": str(folder), "PYTHONWARNINGS": "ignore", "DO_NOT_TRACK": "1"}


def _end(child: subprocess.Popen[str]) -> None:
    """End a process and those that it has started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    child.wait()


def run_ours(way: Way, effort: Effort) -> Result:
    """Run all plans on an orchestrator, every commit synced."""
    print(f"turboci-lite, {way.name}", file=sys.stderr, flush=True)
    found = asyncio.run(timings(way, (*SHAPES, *LIGHT), effort, "full", modes=[ExecutionMode.SYNC]))
    plans = {name: timing for (name, _), timing in found.items()}
    return Result(
        f"turboci-lite, {way.name}", f"each step, SQLite in WAL mode, synced; {way.text}", "power loss", "", plans
    )
