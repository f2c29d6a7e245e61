"""examples/hello.py."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.examples.running import EXAMPLES, TURBOCI, run

HELLO = EXAMPLES / "hello.py"


def test_hello_runs_by_the_command(tmp_path: Path) -> None:
    """`turboci run` runs the four steps in order and ends with 0."""
    done = run(TURBOCI, "run", HELLO, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    places = [done.stdout.index(step) for step in ("fetch", "build", "greet")]
    assert places == sorted(places)


def test_hello_runs_by_python(tmp_path: Path) -> None:
    """`python examples/hello.py` does the same."""
    done = run(sys.executable, HELLO, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_hello_is_short() -> None:
    """The first example is read in one glance."""
    assert len(HELLO.read_text().splitlines()) <= 15
