"""The benchmark of ci-lint."""

from __future__ import annotations

import subprocess
import sys


def test_the_benchmark_measures_a_first_run_and_a_second_one() -> None:
    """It runs with what is installed here, and prints a line for each command."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.linting", "--files", "3", "--turns", "1"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in ("python -c pass", "ci-lint --no-cache", "ci-lint, again", "3 files of the standard library"):
        assert line in done.stdout
