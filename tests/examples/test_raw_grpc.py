"""examples/raw_grpc.py."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.e2e.servers import ServerProcess
from tests.examples.running import EXAMPLES, run


def test_the_contract_works_without_the_dsl(tmp_path: Path) -> None:
    """The stubs alone create a plan, serve both modes, and see the plan finish."""
    with ServerProcess(tmp_path) as server:
        done = run(sys.executable, EXAMPLES / "raw_grpc.py", server.address, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines.index("run plan-stage, attempt 1") < lines.index("accept build-stage, attempt 1")
    assert {"check plan: CHECK_STATE_FINAL", "stage build-stage: STAGE_STATE_FINAL"} <= set(lines)


def test_without_a_server_the_example_fails(tmp_path: Path) -> None:
    """The exit code says that nothing was reached."""
    done = run(sys.executable, EXAMPLES / "raw_grpc.py", "127.0.0.1:1", cwd=tmp_path)
    assert done.returncode != 0
