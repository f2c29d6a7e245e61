"""Server and runner as processes of their own, as in real life."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PATIENCE: Final = 30.0
"""Seconds that a process gets to end."""


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


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
def server_and_runner(folder: Path) -> Iterator[str]:
    """Run both, durable on a file in `folder`; yield the address of the server."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    database = str(folder / "turboci.db")
    serve = ("orchestrator", "--port", str(port), "--db", database, "--durability", "full", "--log-level", "WARNING")
    with process(folder / "server.log", *serve), process(folder / "runner.log", "benchmarks.noop_runner", address):
        yield address


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
