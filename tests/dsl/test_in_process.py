"""What an orchestrator and its runners in one process do without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists the open sockets of a process")
def test_one_process_needs_no_socket_and_no_messages(tmp_path: Path) -> None:
    """Between DAG, orchestrator and runner there is neither; arguments are decoded once, by the handler that looks."""
    program = [sys.executable, "-m", "tests.dsl.in_process", str(tmp_path / "plan.db")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["given"] == [1, 2]
    # The name of this machine is part of the id of a runner.
    assert (said["sockets"], set(said["opened"]) - {"socket.gethostname"}) == ([], set())
    # Payloads are stored encoded, and nothing else of the wire is used.
    assert {name.partition(".")[0] for name in said["used"]} <= {"structs", "paths"}
    assert said["used"]["structs.decode"] == 2
