"""Server and runner as processes of their own, as in real life."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

Durability = Literal["full", "relaxed"]

PATIENCE: Final = 30.0
"""Seconds that a process gets to end."""


@contextmanager
def process(log: Path, *arguments: str) -> Iterator[None]:
    """Run a module of this Python until the block ends; what it says goes to `log`."""
    with log.open("wb") as out:
        child = subprocess.Popen([sys.executable, "-m", *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield
    except BaseException:
        sys.stderr.write(f"--- {log.name} ---\n{log.read_text(errors='replace')}")
        raise
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def server_alone(folder: Path, *, durability: Durability = "full") -> Iterator[str]:
    """Run a server, durable on a file in `folder`; yield its address."""
    database = str(folder / "turboci.db")
    serve = ("orchestrator", "--port", "0", "--db", database, "--durability", durability, "--log-level", "WARNING")
    log = folder / "server.log"
    with process(log, *serve):
        yield listening(log)


@contextmanager
def server_and_runner(
    folder: Path, *, durability: Durability = "full", over: str = "stream", pairs: int = 1
) -> Iterator[str]:
    """Run a server on a file in `folder`, and so many pairs of runners in one process; yield the server's address."""
    with (
        server_alone(folder, durability=durability) as address,
        process(folder / "runner.log", "benchmarks.noop_runner", address, over, str(pairs)),
    ):
        yield address


def listening(log: Path) -> str:
    """Return the address that the server says it listens on."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        said = re.search(r"listening on (\S+),", log.read_text(errors="replace"))
        if said:
            return said[1]
        time.sleep(0.02)
    raise TimeoutError(f"the server did not listen within {PATIENCE:g} s")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
