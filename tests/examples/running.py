"""Running an example as its reader does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TURBOCI = str(Path(sys.executable).with_name("turboci"))
STOPPED = 128 + signal.SIGTERM
PATIENCE = 60.0
"""Seconds that an example may take on a slow machine."""


def run(*command: str | Path, cwd: Path, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without a terminal."""
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=os.environ | {"PYTHONUNBUFFERED": "1"}, timeout=timeout,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip


@contextmanager
def in_background(*command: str | Path, cwd: Path, ends_with: int = STOPPED) -> Iterator[Path]:
    """Run a command until the block ends, and require how SIGTERM ends it; yield the file with its output."""
    log = cwd / "background.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield log
        child.terminate()
        code = child.wait(PATIENCE)
    finally:
        child.kill()
        child.wait()
    assert code == ends_with, log.read_text()
