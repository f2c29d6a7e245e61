"""What a process uses; Linux says it in /proc."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

TICK: Final = 0.01
"""Seconds to which Linux tells CPU time."""


def server_of(database: Path) -> int:
    """Return the process that holds the lock of a database."""
    lock = database.with_name(f"{database.name}.lock").read_text()
    pid = re.search(r'"pid": (\d+)', lock)
    if pid is None:
        raise RuntimeError(f"{lock!r} names no process")
    return int(pid[1])


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, to 10 ms."""
    return _used(Path(f"/proc/{pid}/stat"))


def cpu_by_thread(pid: int) -> dict[int, float]:
    """Return the CPU time that each thread of a process has used, to 10 ms."""
    return {int(stat.parent.name): _used(stat) for stat in Path(f"/proc/{pid}/task").glob("*/stat")}


def _used(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Return the resident memory of a process, in MiB."""
    return _status(pid, "VmRSS")


def most_resident(pid: int) -> float:
    """Return the most that the resident memory of a process has been, in MiB."""
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    size = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    if size is None:
        raise RuntimeError(f"process {pid} does not tell its {name}")
    return int(size[1]) / 1024
