"""`ci-lint` as a process: waiting for changes, output that nobody reads any more, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

UNUSED = "a = 1  # ci-lint: ignore[CI003]\n"
LIMIT = 60


class Watching:
    """A running `ci-lint --watch`, and what it says."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ci_lint", "--watch", "--output-format", "concise", *arguments],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip())

    def until(self, part: str) -> list[str]:
        said: list[str] = []
        while not said or part not in said[-1]:
            said.append(self._lines.get(timeout=LIMIT))
        return said

    def interrupt(self) -> int:
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(LIMIT)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(LIMIT)
        self._reading.join(LIMIT)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.py").write_text("a = 1\n")
    watching = Watching(tmp_path)
    yield watching
    watching.stop()


def test_changes_are_checked_as_they_come(tmp_path: Path, watching: Watching) -> None:
    """A change of a file or of the configuration is followed by the findings; Ctrl-C ends it like any run."""
    watching.until("waiting for changes")
    (tmp_path / "a.py").write_text(UNUSED)
    assert any(line.startswith("a.py:1:8: CI090") for line in watching.until("1 finding"))
    (tmp_path / "pyproject.toml").write_text("[tool.ci-lint]\nselct = []\n")
    assert "did you mean 'select'?" in watching.until("unknown key")[-1]
    (tmp_path / "pyproject.toml").write_text('[tool.ci-lint]\nignore = ["CI090"]\n')
    watching.until("nothing found")
    assert watching.interrupt() in {0, 130}


def test_who_stops_reading_gets_no_traceback(tmp_path: Path) -> None:
    """`ci-lint | head -1` ends quietly."""
    (tmp_path / "a.py").write_text(UNUSED * 5000)
    command = f"'{sys.executable}' -m ci_lint --output-format concise | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.stdout.startswith("a.py:1:8: CI090")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_terminal_that_knows_only_ascii_is_no_problem(tmp_path: Path) -> None:
    """What it cannot show does not end the run."""
    (tmp_path / "ä.py").write_text("ö = 1  # ci-lint: ignore[CI003]\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "ci_lint"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert b"CI090" in done.stdout
    assert b"Traceback" not in done.stderr
