"""The start of the program."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = """
import os, signal
if {now}:
    os.kill(os.getpid(), signal.SIGINT)

def main():
    os.kill(os.getpid(), signal.SIGINT)
    return 0
"""
START = (
    "import signal, sys; {before}; sys.path.insert(0, sys.argv.pop()); import turboci_command; turboci_command.main()"
)


def started(folder: Path, *, now: bool, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program with commands that interrupt themselves, while they are loaded or when they run."""
    (folder / "ci" / "cli").mkdir(parents=True)
    for package in ("ci", "ci/cli"):
        (folder / package / "__init__.py").touch()
    (folder / "ci" / "cli" / "main.py").write_text(COMMANDS.format(now=now))
    before = before or "signal.signal(signal.SIGINT, signal.default_int_handler)"
    return subprocess.run(
        [sys.executable, "-P", "-c", START.format(before=before), str(folder)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_ctrl_c_while_it_is_loaded_leaves_no_traceback(tmp_path: Path) -> None:
    """The program ends as the signal ends any other one; shells make 130 of it."""
    ended = started(tmp_path, now=True)
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


def test_commands_get_ctrl_c_as_python_has_it(tmp_path: Path) -> None:
    """Once they are loaded it is a KeyboardInterrupt again, which they handle."""
    ended = started(tmp_path, now=False)
    assert "KeyboardInterrupt" in ended.stderr


@pytest.mark.parametrize("now", [True, False])
def test_in_the_background_ctrl_c_stays_ignored(tmp_path: Path, now: bool) -> None:
    """Whoever started it wanted it so."""
    ended = started(tmp_path, now=now, before="signal.signal(signal.SIGINT, signal.SIG_IGN)")
    assert (ended.returncode, ended.stderr) == (0, "")
