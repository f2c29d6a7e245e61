"""A PostgreSQL for peers that need one: that of a variable, or one that is started from what is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VARIABLE: Final = "TURBOCI_BENCHMARK_POSTGRES"
"""The connection string of an empty database; it is used instead of a server of our own."""
PATIENCE: Final = 30.0


def binaries() -> Path | None:
    """Return the folder with the programs of the newest PostgreSQL that is installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    known = shutil.which("initdb")
    path = found[-1] if found else Path(known) if known else None
    return path.parent if path else None


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """Yield the connection string of an empty database, synced as PostgreSQL does by default.

    Raises:
        RuntimeError: There is no PostgreSQL, or it does not start.
    """
    if given := os.environ.get(VARIABLE):
        yield given
        return
    programs = binaries()
    if programs is None:
        raise RuntimeError(f"needs PostgreSQL; install it, or set {VARIABLE} to a connection string")
    # PostgreSQL refuses to run as root; its own user has to reach the folder.
    user = "postgres" if os.geteuid() == 0 else None
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user, user)
        folder.chmod(0o711)
    initialize = [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "benchmark"]
    subprocess.run(initialize, check=True, cwd="/", stdout=subprocess.DEVNULL, user=user, group=user)
    serve = [str(programs / "postgres"), "-D", str(data), "-k", str(data), "-c", "listen_addresses="]
    server = subprocess.Popen(serve, cwd="/", stdout=subprocess.DEVNULL, user=user, group=user)
    try:
        _wait(programs, data)
        yield f"host={data} user=benchmark dbname=postgres"
    finally:
        server.send_signal(signal.SIGINT)  # it ends at once, though somebody is connected
        server.wait(PATIENCE)


def _wait(programs: Path, data: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        command = [str(programs / "pg_isready"), "-q", "-h", str(data)]
        if not subprocess.run(command, check=False).returncode:
            return
        time.sleep(0.05)
    raise RuntimeError(f"needs PostgreSQL, which did not start within {PATIENCE:g} s")
