"""examples/first.py: the first file of a new user."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import ci
from tests.e2e.servers import ServerProcess
from tests.examples.running import EXAMPLES, ROOT, TURBOCI, run

FIRST = EXAMPLES / "first.py"
ENDED = ["succeeded fetch", "succeeded lint", "succeeded pack", "succeeded test"]


def test_it_is_ten_lines_for_four_commands() -> None:
    """Ten lines or fewer, blank ones counted, run four commands."""
    text = FIRST.read_text("utf-8")
    assert len(text.splitlines()) <= 10
    assert text.count("dag.shell(") == 4


def test_it_runs_in_one_process(tmp_path: Path) -> None:
    """`python first.py` says how each of the four commands ended, and leaves no file behind."""
    done = run(sys.executable, "-W", "error", FIRST, cwd=tmp_path)
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, ENDED)
    assert list(tmp_path.iterdir()) == []


async def test_one_argument_more_is_a_server(tmp_path: Path) -> None:
    """With `connect=ADDRESS` in its last line the same file runs on a server process, which has its plan then."""
    with ServerProcess(tmp_path) as server:
        text = FIRST.read_text("utf-8")
        assert text.count("ci.run(dag)") == 1
        changed = tmp_path / "first.py"
        changed.write_text(text.replace("ci.run(dag)", f'ci.run(dag, connect="{server.address}")'))
        done = run(sys.executable, "-W", "error", changed, cwd=tmp_path)
        assert (done.returncode, sorted(done.stdout.splitlines())) == (0, ENDED)
        async with ci.connect(server.address) as orch:
            (plan,) = (await orch.list_work_plans()).plans
    assert (plan.name, plan.status) == ("first", ci.PlanStatus.SUCCEEDED)


def test_unchanged_it_runs_on_a_server_by_the_command(tmp_path: Path) -> None:
    """`turboci run` takes it as it is, and `--connect ADDRESS` is the one argument more."""
    here = tmp_path / "here"
    here.mkdir()
    with ServerProcess(tmp_path) as server:
        for where in ((), ("--connect", server.address)):
            done = run(TURBOCI, "run", "--plain", *where, FIRST, cwd=here)
            assert done.returncode == 0, done.stdout


def test_a_script_without_its_server_says_so() -> None:
    """Nobody at the address is an error of its own."""
    dag = ci.DAG()
    dag.shell("a", "true")
    with pytest.raises(ci.OrchestratorUnavailable):
        ci.run(dag, connect="127.0.0.1:1")


def test_the_benchmark_times_it(tmp_path: Path) -> None:
    """The command prints four times, which grow, and puts them into the document between the marks."""
    document = tmp_path / "README.md"
    document.write_text("a\n<!-- first result: begin -->\nold\n<!-- first result: end -->\nb\n")
    done = run(sys.executable, "-m", "benchmarks.first_result", "--rounds", "1", "--readme", document, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    empty, imported, result, end = (float(each) for each in re.findall(r"\| (\d+\.\d+) +\|", done.stdout))
    assert 0 <= empty < imported
    assert empty < result <= end
    assert "old" not in document.read_text()
