"""Python, the clock, the disk, and how many files may be open."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from ci.cli.doctor.findings import Finding, Health

_OLDEST_PYTHON: Final = (3, 11)
_MIB: Final = 1 << 20
_LITTLE_SPACE: Final = 1024 * _MIB
_NO_SPACE: Final = 64 * _MIB
_SLOW_SYNC_MS: Final = 30.0
_SYNCS: Final = 5
_MOST_SKEW: Final = 2.0
_FEW_FILES: Final = 256
_LONG_AGO: Final = datetime(2025, 1, 1, tzinfo=UTC)


def python() -> Finding:
    """Say which Python and which version of ours this is."""
    text = f"{platform.python_version()} on {platform.system()}, turboci-lite {metadata.version('turboci-lite')}"
    if sys.version_info < _OLDEST_PYTHON:
        return Finding("python", Health.BAD, f"{text}; 3.11 is the oldest that works")
    return Finding("python", Health.OK, text)


def open_files() -> Finding:
    """Say how many files and connections a process may have open."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < _FEW_FILES:
        return Finding("open files", Health.ODD, f"at most {most}; raise it with ulimit -n 4096 for many runners")
    return Finding("open files", Health.OK, "no limit" if most == resource.RLIM_INFINITY else f"at most {most:,}")


def clock(folder: Path) -> Iterator[Finding]:
    """Compare the clock with itself and with that of the file system."""
    now = datetime.now(UTC)
    if now < _LONG_AGO:
        yield Finding("clock", Health.BAD, f"it is {now:%Y-%m-%d} here; set the clock, deadlines are by it")
        return
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".turboci-doctor-") as file:
            file.write(b"x")
            file.flush()
            skew = os.fstat(file.fileno()).st_mtime - time.time()
    except OSError:
        yield Finding("clock", Health.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")
        return
    if abs(skew) > _MOST_SKEW:
        said = f"the file system of {folder} is {skew:+.1f} s off; let both follow the same time server"
        yield Finding("clock", Health.ODD, said)
    else:
        yield Finding("clock", Health.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC, the file system agrees")


def disk(folder: Path) -> Iterator[Finding]:
    """Say how much room there is, and how long a write takes until it is safe."""
    free = shutil.disk_usage(folder).free
    text = f"{free / _MIB / 1024:.1f} GiB free in {folder}"
    if free < _NO_SPACE:
        yield Finding("disk", Health.BAD, f"{text}; nothing can be recorded, free some")
    elif free < _LITTLE_SPACE:
        yield Finding("disk", Health.ODD, f"{text}; turboci gc makes room in the database")
    else:
        yield Finding("disk", Health.OK, text)
    try:
        milliseconds = statistics.median(_syncs(folder)) * 1000
    except OSError as error:
        yield Finding("sync", Health.BAD, f"a file in {folder} cannot be synced: {error.strerror}")
        return
    said = f"{milliseconds:.1f} ms until a write is safe"
    if milliseconds > _SLOW_SYNC_MS:
        yield Finding("sync", Health.ODD, f"{said}; every commit waits so long, --durability relaxed does not")
    else:
        yield Finding("sync", Health.OK, said)


def _syncs(folder: Path) -> list[float]:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".turboci-doctor-") as file:
        seconds = []
        for _ in range(_SYNCS):
            begun = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            seconds.append(time.perf_counter() - begun)
        return seconds
