"""examples/custom_runner.py."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.e2e.servers import ServerProcess
from tests.examples.running import EXAMPLES, in_background, run

EXAMPLE = EXAMPLES / "custom_runner.py"


def test_a_runner_in_another_process_builds(tmp_path: Path) -> None:
    """Four targets are built by turns, SYNC and ASYNC, by one handler in its own process, which then drains."""
    with (
        ServerProcess(tmp_path) as server,
        in_background(sys.executable, EXAMPLE, "runner", server.address, cwd=tmp_path),
    ):
        done = run(sys.executable, EXAMPLE, "pipeline", server.address, "a", "b", "c", "d", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert [f"build:{name}: {name}.tar" for name in "abcd"] == sorted(done.stdout.splitlines())


def test_a_red_target_is_reported(tmp_path: Path) -> None:
    """A target that does not compile makes the pipeline fail, and its message is shown."""
    with (
        ServerProcess(tmp_path) as server,
        in_background(sys.executable, EXAMPLE, "runner", server.address, cwd=tmp_path),
    ):
        done = run(sys.executable, EXAMPLE, "pipeline", server.address, "a", "broken", cwd=tmp_path)
    assert done.returncode != 0
    assert "broken does not compile" in done.stdout
