"""Two versions of the product under one version of the benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PRODUCT: Final = ("ci", "orchestrator", "turboci")
PATIENCE: Final = 120.0
"""Seconds that one sample gets."""


class NotComparable(Exception):
    """There is no other version that can be measured; the text says why."""


class NotMeasurable(Exception):
    """The benchmark does not run on a version; the text says why."""


@contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """Yield a working tree of a revision.

    Raises:
        NotComparable: git knows no such revision.
    """
    tree = folder / "tree"
    done = _git("worktree", "add", "--detach", "--quiet", str(tree), revision)
    if done.returncode:
        raise NotComparable(f"git has no tree of {revision!r} to compare with: {done.stderr.strip()}")
    try:
        yield tree
    finally:
        _git("worktree", "remove", "--force", str(tree))


def commit_of(revision: str) -> str:
    """Return the short name of a revision."""
    return _git("rev-parse", "--short", revision).stdout.strip() or revision


def bench_of(tree: Path, folder: Path) -> Path:
    """Return a folder in which Python finds the product of a tree, and the benchmark of this one."""
    folder.mkdir()
    for name in PRODUCT:
        (folder / name).symlink_to(tree / name)
    (folder / "benchmarks").symlink_to(ROOT / "benchmarks")
    return folder


def sample_of(bench: Path, scale: float) -> dict[str, float]:
    """Return what `benchmarks.sample` says about the product of a bench.

    Raises:
        NotMeasurable: It fails, or takes too long.
    """
    command = [sys.executable, "-m", "benchmarks.sample", "--scale", str(scale), "--folder", str(bench.parent)]
    environment = os.environ | {"PYTHONPATH": str(bench), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=bench, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotMeasurable(f"the benchmark takes more than {PATIENCE:g} s on {bench.name}") from None
    if done.returncode:
        raise NotMeasurable(f"the benchmark does not run on {bench.name}:\n{done.stderr.strip()[-2_000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
