"""Two ways in which a server dies at its n-th write."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Protocol

NEVER = 0

_ENDED = re.compile(r"^\d+ \+\+\+ (exited|killed)", re.MULTILINE)


class Doom(Protocol):
    """Starts servers that die."""

    def command(self, folder: Path, at: int) -> tuple[str, ...]:
        """Return the command, without flags, of a server that dies at its write number `at`."""
        ...

    def writes(self, folder: Path) -> int:
        """Return how many writes the server did that has ended; 0 if that is not known."""
        ...


class InTheDatabase:
    """SQLite's own view of the disk counts, and does half of the last write: `tests.stress.dying_server`."""

    def command(self, folder: Path, at: int) -> tuple[str, ...]:
        return (sys.executable, "-m", "tests.stress.dying_server", str(at))

    def writes(self, folder: Path) -> int:
        found = re.search(r"^writes: (\d+)$", (folder / "server.log").read_text(), re.MULTILINE)
        return int(found[1]) if found else 0


class InTheKernel:
    """``strace`` counts the write syscalls of each thread, and kills at one of them."""

    @staticmethod
    def is_here() -> bool:
        """Return whether this machine has strace, and lets it trace."""
        strace = shutil.which("strace")
        probe = ("strace", "-f", "-qq", "-o", "/dev/null", "true")
        return strace is not None and subprocess.run(probe, check=False, capture_output=True).returncode == 0

    def command(self, folder: Path, at: int) -> tuple[str, ...]:
        # As a grandchild the tracer stands between nobody: signals and exit code are those of the server.
        # No --seccomp-bpf: with it strace 6.1 kills at the first write or not at all.
        traced = ("strace", "-D", "-f", "-o", str(folder / "trace"), "-e", "trace=pwrite64")
        killed = () if at == NEVER else ("-e", f"inject=pwrite64:signal=KILL:when={at}")
        return (*traced, *killed, sys.executable, "-m", "orchestrator")

    def writes(self, folder: Path) -> int:
        trace = folder / "trace"
        end = time.monotonic() + 10
        while len(_ENDED.findall(text := trace.read_text())) == 0 and time.monotonic() < end:
            time.sleep(0.01)  # the tracer writes a little later
        threads = Counter(line.partition(" ")[0] for line in text.splitlines() if "pwrite64(" in line)
        return max(threads.values(), default=0)
