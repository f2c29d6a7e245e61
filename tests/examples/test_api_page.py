"""docs/api.md: the program that its examples make is run as it stands there."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.dsl.api_page import sections
from tests.e2e.servers import ServerProcess
from tests.examples.running import run


def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    """From first to last the examples run without an error, against an orchestrator in the process and a server."""
    with ServerProcess(tmp_path) as server:
        program = "\n\n".join(section.example for section in sections() if section.example)
        (tmp_path / "page.py").write_text(program.replace("localhost:50051", server.address))
        done = run(Path(sys.executable), "page.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
