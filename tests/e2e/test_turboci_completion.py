"""Completion, as bash asks for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.pipelines import HELLO, written
from tests.e2e.terminals import TURBOCI, environment, turboci

ASKED = """
eval "$(turboci completion bash)"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { IFS=" " printf 'bash completes: %s\n' "$2"; }
_turboci_completion turboci
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(folder: Path, *words: str) -> list[str]:
    """Return what bash offers for the last word."""
    path = f"{Path(TURBOCI).parent}:{environment()['PATH']}"
    done = subprocess.run(
        ["bash", "-c", ASKED, "bash", *words], cwd=folder, env=environment(PATH=path, TURBOCI_ADDRESS="127.0.0.1:1"),
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_commands_options_files_plans_and_stages(tmp_path: Path) -> None:
    """Of an orchestrator that is not there nothing is offered, and nothing is said on the line that is typed."""
    assert turboci("run", written(tmp_path, HELLO), cwd=tmp_path).code == 0
    assert completed(tmp_path, "turboci", "run") == ["run", "runner", "runners"]
    assert "--junit" in completed(tmp_path, "turboci", "run", "--j")
    assert "bash completes: default" in completed(tmp_path, "turboci", "run", "pipe")
    assert "bash completes: default" in completed(tmp_path, "turboci", "show", "--db", "tur")
    assert completed(tmp_path, "turboci", "show", "--db", "turboci.db", "he") == ["hello"]
    assert completed(tmp_path, "turboci", "logs", "--db", "turboci.db", "hello", "g") == ["greet"]
    assert completed(tmp_path, "turboci", "show", "he") == [""]
