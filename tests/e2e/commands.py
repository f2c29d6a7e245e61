"""`turboci` commands that go on beside each other."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.e2e.terminals import start, until


class Process:
    """A command that goes on until it is told to stop; the lines that it prints are kept."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.process = start(*arguments, cwd=cwd)
        self.lines: list[str] = []
        streams = [stream for stream in (self.process.stdout, self.process.stderr) if stream is not None]
        self._reading = [threading.Thread(target=self._read, args=[stream]) for stream in streams]
        for reading in self._reading:
            reading.start()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self.lines.append(line.rstrip("\n"))

    def said(self, pattern: str) -> re.Match[str]:
        def found() -> re.Match[str] | None:
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        until(lambda: found() is not None or self.process.poll() is not None)
        match = found()
        assert match is not None, self.lines
        return match

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=20)
        finally:
            self.process.kill()
            for reading in self._reading:
                reading.join()


@contextmanager
def running(*arguments: str, cwd: Path) -> Iterator[Process]:
    process = Process(*arguments, cwd=cwd)
    try:
        yield process
    finally:
        process.stop(signal.SIGKILL)


@contextmanager
def serving(cwd: Path) -> Iterator[tuple[Process, str]]:
    with running("serve", "--port", "0", "--db", "served.db", cwd=cwd) as server:
        yield server, server.said(r"listening on (\S+), database served.db")[1]
