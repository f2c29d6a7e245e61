"""What the numbers were measured on."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

import apsw
import grpc

from benchmarks.processes import cores


@dataclass(frozen=True)
class Machine:
    """Everything that a number depends on."""

    cpu: str
    cores: int
    system: str
    python: str
    sqlite: str
    grpc: str

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.system}, Python {self.python}, SQLite {self.sqlite}, "
            f"gRPC {self.grpc}"
        )


def this_machine() -> Machine:
    """Return what is known about the machine that we run on."""
    return Machine(
        cpu=_cpu(),
        cores=cores(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        sqlite=apsw.sqlite_lib_version(),
        grpc=grpc.__version__,
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
