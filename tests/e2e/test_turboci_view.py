"""The live view of `turboci run` in real terminals."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.e2e.pipelines import HELLO, THOUSAND, without_times, written
from tests.e2e.terminals import in_terminal

WIDE = """
import ci
dag = ci.DAG("wide")
build = dag.shell("build-of-the-whole-thing", "exit 3")
dag.shell("deploy", "true").after(build)
dag.shell("notify-everybody-who-has-waited-for-it", "true").after("deploy")
first = dag.shell("first", "sleep 0.5")
for number in range(32):
    dag.shell(f"test-{number}", "true").after(first)
"""
UP = "\x1b[1A\x1b[2K"


def test_live_tree_in_a_terminal(tmp_path: Path) -> None:
    """On a terminal the tree is redrawn in place, and the cursor is back at the end."""
    ended = in_terminal("run", written(tmp_path, HELLO.replace("sleep 0.3", "sleep 2")), cwd=tmp_path)
    assert ended.code == 0
    assert "\x1b[?25l" in ended.out
    assert ended.out.rindex("\x1b[?25h") > ended.out.rindex("\x1b[?25l")
    assert re.search(r"└─ [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] lint +\d\.\ds  linting", ended.plain)
    assert "1 running   1 waiting   1 of 3 nodes done" in ended.plain
    assert "TIME" not in without_times(ended.plain)


@pytest.mark.parametrize(("lines", "columns"), [(24, 80), (50, 200)])
def test_view_fits_its_screen(tmp_path: Path, lines: int, columns: int) -> None:
    """No line is wider and no frame higher than the screen; what does not fit is counted; every cause is readable."""
    ended = in_terminal("run", written(tmp_path, WIDE), "--jobs", "3", cwd=tmp_path, size=(lines, columns))
    assert ended.code == 1
    assert max(cell_len(line) for line in re.split(r"[\r\n]+", ended.plain)) <= columns
    redrawn = [len(codes) // len(UP) for codes in re.findall(rf"(?:{re.escape(UP)})+", ended.out)]
    assert 10 < max(redrawn) < lines
    assert ("… and 1" in ended.plain) == (lines < 40)
    _, summary = ended.plain.rsplit("wide: ", 1)
    assert "check 'build-of-the-whole-thing' is FAILED" in summary
    assert "check 'deploy' is SKIPPED" in summary


def test_resized_terminal(tmp_path: Path) -> None:
    """After the terminal has become smaller the view fits the new size, and the run goes on."""
    file = written(tmp_path, WIDE.replace("sleep 0.5", "sleep 2; echo ready; sleep 2"))
    smaller = (12, 50)
    ended = in_terminal("run", file, cwd=tmp_path, size=(50, 200), keys=[(lambda seen: "1 running" in seen, smaller)])
    assert ended.code == 1
    _, after = ended.out.split("ready", 1)
    frames, _ = after.rsplit("wide: ", 1)
    redrawn = [len(codes) // len(UP) for codes in re.findall(rf"(?:{re.escape(UP)})+", frames)]
    assert redrawn
    assert max(redrawn) < smaller[0]
    plain = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", frames)
    assert max(cell_len(line) for line in re.split(r"[\r\n]+", plain)) <= smaller[1]


def test_thousand_stages_stay_calm(tmp_path: Path) -> None:
    """The view is redrawn eight times a second at most, fits the screen, and counts what it leaves out."""
    begun = time.monotonic()
    ended = in_terminal("run", written(tmp_path, THOUSAND), cwd=tmp_path, timeout=110)
    assert ended.code == 0
    frames, summary = ended.out.rsplit("thousand: ", 1)
    assert frames.count("of 1,000 nodes done") <= 8 * (time.monotonic() - begun) + 2
    assert re.search(r"… and \d+ more: ", frames)
    assert max(cell_len(line) for line in re.split(r"[\r\n]+", ended.plain)) <= 80
    assert "1,000 succeeded" in summary
    assert len(summary.splitlines()) < 10


@pytest.mark.parametrize(
    ("flags", "more"),
    [(["--plain"], {}), ([], {"CI": "true"}), ([], {"JENKINS_URL": "http://x"}), ([], {"TERM": "dumb"})],
)
def test_terminal_without_live_view(tmp_path: Path, flags: list[str], more: dict[str, str]) -> None:
    """With --plain, in CI, and on a dumb terminal there are lines, and the cursor stays where it is."""
    ended = in_terminal("run", written(tmp_path, HELLO), *flags, cwd=tmp_path, more=more)
    assert ended.code == 0
    assert "\x1b[?25l" not in ended.out
    assert "\x1b[1A" not in ended.out
    assert "TIME  lint   running" in without_times(ended.plain)


def test_no_color(tmp_path: Path) -> None:
    """NO_COLOR takes the colours out, on a terminal too."""
    ended = in_terminal("run", written(tmp_path, HELLO), "--plain", cwd=tmp_path, more={"NO_COLOR": "1"})
    assert ended.code == 0
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", ended.out)
