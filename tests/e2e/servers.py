"""The server as a process of its own, which can be stopped in every way that happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.e2e.contract import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class ServerProcess:
    """`python -m orchestrator` on one port and one file, again and again if wanted.

    Attributes:
        address: Where it listens; the same after every start.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "turboci.db"
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        """Start it, and return when it takes connections."""
        assert self._process is None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "orchestrator", "--port", str(self.port), "--db", str(self.path)],
                cwd=self.path.parent,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + PATIENCE
        while not self._listens():
            assert self._process.poll() is None, f"the server ended at once:\n{self.log.read_text()}"
            assert time.monotonic() < end, f"the server does not listen:\n{self.log.read_text()}"
            time.sleep(0.02)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    @property
    def resident_mib(self) -> float:
        """The memory that it takes; Linux tells."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def kill(self) -> None:
        """End it as a power cut of the process does."""
        assert self.end(signal.SIGKILL) == -signal.SIGKILL

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and return its exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        try:
            return self._process.wait(PATIENCE)
        finally:
            self._process = None

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
