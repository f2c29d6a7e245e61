"""`turboci run` as people use it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.pipelines import HELLO, RED, without_times, written
from tests.e2e.terminals import turboci

FORK = """
import os
import ci

dag = ci.DAG("fork")
dag.shell("verbosity", "echo [$GRPC_VERBOSITY] > verbosity")

@dag.function()
def fork(stage: ci.StageContext) -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_green_run_in_a_pipe(tmp_path: Path) -> None:
    """In a pipe each change is a line, then comes the summary; nothing on stderr, exit code 0, no colour codes."""
    ended = turboci("run", written(tmp_path, HELLO), cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert without_times(ended.out).splitlines() == [
        "hello: orchestrator at ADDRESS",
        "TIME  fetch  running",
        "TIME  fetch  succeeded  0.0s",
        "TIME  lint   running",
        "TIME  lint   succeeded  0.0s",
        "TIME  greet  running",
        "TIME  greet  succeeded  0.0s",
        "hello: 3 succeeded in 0.0s",
        "  ✓ fetch  succeeded   0.0s",
        "  ✓ lint   succeeded   0.0s",
        "  ✓ greet  succeeded   0.0s",
        "recorded in turboci.db, plan PLAN",
    ]


def test_failed_command(tmp_path: Path) -> None:
    """A failed command makes exit code 1, shows its last lines, and what depends on it does not run."""
    ended = turboci("run", written(tmp_path, RED), cwd=tmp_path)
    assert (ended.code, ended.err) == (1, "")
    lines = without_times(ended.out).splitlines()
    assert "TIME  build   FAILED  0.0s  command exited with 3" in lines
    assert "red: 1 succeeded, 1 failed, 1 skipped in 0.0s" in lines
    assert lines[-5:] == [
        "",
        "build FAILED: command exited with 3",
        "  │ compiling",
        "  │ oops",
        "recorded in turboci.db, plan PLAN",
    ]
    assert not (tmp_path / "deployed").exists()


def test_run_is_recorded_where_it_says(tmp_path: Path) -> None:
    """The plan is in the database of --db, or of SQLITE_PATH, under the id that is printed."""
    file = written(tmp_path, HELLO)
    for ended in (
        turboci("run", file, "--db", "x.db", cwd=tmp_path),
        turboci("run", file, cwd=tmp_path, SQLITE_PATH="x.db"),
    ):
        found = re.search(r"recorded in x.db, plan (\w+)", ended.out)
        assert found is not None
        with closing(sqlite3.connect(tmp_path / "x.db")) as database:
            assert database.execute("SELECT count(*) FROM work_plans WHERE id = ?", [found[1]]).fetchone() == (1,)
    assert not (tmp_path / "turboci.db").exists()


def test_dynamic_main(tmp_path: Path) -> None:
    """A file with `main` drives its DAGs itself, gets the arguments after --, and its plans are shown."""
    file = written(
        tmp_path,
        """
import sys
import ci

async def main(orch):
    dag = ci.DAG("dynamic")
    plan = dag.shell("plan", "true")
    async with dag.execute(orch) as execution:
        await execution.wait_for_check(plan.check)
        for name in sys.argv[1:]:
            dag.shell(name, f"echo {name}").after(plan)
""",
    )
    ended = turboci("run", file, "--", "--unit", "e2e", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "dynamic: 3 succeeded in" in ended.out
    assert "✓ --unit  succeeded" in ended.out


def test_red_node_in_main(tmp_path: Path) -> None:
    """A `main` whose plan failed ends with 1 and the summary, without a traceback of ours."""
    file = written(
        tmp_path,
        """
import ci

async def main(orch):
    dag = ci.DAG("dynamic")
    dag.shell("red", "exit 7")
    async with dag.execute(orch):
        pass
""",
    )
    ended = turboci("run", file, cwd=tmp_path)
    assert (ended.code, ended.err) == (1, "")
    assert "red FAILED: command exited with 7" in ended.out


def test_grpc_is_quiet(tmp_path: Path) -> None:
    """gRPC says nothing of a function that forks, and commands do not inherit how it is told to."""
    ended = turboci("run", written(tmp_path, FORK), cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert (tmp_path / "verbosity").read_text() == "[]\n"


def test_grpc_verbosity_of_the_user(tmp_path: Path) -> None:
    """Whoever sets gRPC's verbosity has the say, and commands see it."""
    assert turboci("run", written(tmp_path, FORK), cwd=tmp_path, GRPC_VERBOSITY="INFO").code == 0
    assert (tmp_path / "verbosity").read_text() == "[INFO]\n"


def test_stalled_plan(tmp_path: Path) -> None:
    """A plan that cannot go on says why and ends with 1 instead of waiting for ever."""
    ended = turboci("run", written(tmp_path, "import ci\ndag = ci.DAG()\ndag.check('approved')\n"), cwd=tmp_path)
    assert ended.code == 1
    assert "stands still" in ended.err
    assert "no stage is assigned to check 'approved'" in ended.err


def test_reason_of_what_waits(tmp_path: Path) -> None:
    """What waits for longer than five seconds says why."""
    ended = turboci(
        "run",
        written(tmp_path, "import ci\ndag = ci.DAG()\ndag.step('train', 'gpu')\n"),
        "--timeout",
        "8",
        cwd=tmp_path,
    )
    assert ended.code == 1
    assert "TIME  train  waiting  no live runner of type 'gpu'" in without_times(ended.out)
    assert ended.err == "error: timed out after 8.0s (--timeout)\n"
