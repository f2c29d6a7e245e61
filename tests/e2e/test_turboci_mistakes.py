"""What `turboci run` says to people who have made a mistake."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.e2e.pipelines import HELLO, LONG, all_written, written
from tests.e2e.terminals import start, turboci, until


def test_error_in_main(tmp_path: Path) -> None:
    """An exception of the user's `main` is their traceback, without our frames, and exit code 1."""
    ended = turboci("run", written(tmp_path, "async def main():\n    raise ValueError('boom')\n"), cwd=tmp_path)
    assert ended.code == 1
    assert ended.err.startswith("Traceback (most recent call last):")
    assert "ValueError: boom" in ended.err
    assert "session.py" not in ended.err
    assert "error: pipeline.py raised ValueError" in ended.err


def test_id_with_a_typing_error(tmp_path: Path) -> None:
    """An unknown id in `main` is one line with the place in the file and a near miss."""
    file = written(
        tmp_path,
        "import ci\nasync def main(orch):\n    dag = ci.DAG()\n    dag.shell('build', 'true')\n"
        "    execution = await dag.execute(orch)\n    await execution.wait_for_check('biuld')\n",
    )
    ended = turboci("run", file, cwd=tmp_path)
    assert ended.code == 1
    (line,) = ended.err.splitlines()
    assert line.startswith("error: pipeline.py:6: check 'biuld' is not in work plan")
    assert line.endswith("(did you mean 'build'?); it has 1 check")


def test_main_that_does_not_wait(tmp_path: Path) -> None:
    """A `main` that returns before its plan has ended is told so; what is under way is cancelled."""
    file = written(
        tmp_path,
        "import ci\nasync def main(orch):\n    dag = ci.DAG()\n    dag.shell('slow', 'sleep 300')\n"
        "    await dag.execute(orch)\n",
    )
    ended = turboci("run", file, cwd=tmp_path)
    assert ended.code == 1
    assert "slow" in ended.out
    assert "cancelled  the workflow has ended before its plan" in re.sub(r" +\d\S+s", "", ended.out)


def test_invalid_dag(tmp_path: Path) -> None:
    """All problems of a DAG are listed with file and line, nothing is started, exit code 2."""
    file = written(
        tmp_path,
        "import ci\ndag = ci.DAG('bad')\ndag.shell('a', 'true').after('nope')\ndag.stage('b')\n",
    )
    ended = turboci("run", file, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    head, *problems = ended.err.splitlines()
    assert head == "error: DAG 'bad' has 2 problems; nothing was written"
    assert [line.split()[0] for line in problems] == ["pipeline.py:3:", "pipeline.py:4:"]
    assert not (tmp_path / "turboci.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.py"], "error: nowhere.py does not exist; name a Python file"),
        (["empty.py"], "error: empty.py has nothing to run: a DAG at module level is needed:"),
        (["hello.py", "--dag", "helo"], "error: hello.py has no DAG 'helo' (did you mean 'hello'?); it has: dag"),
        (["hello.py", "--connect", "127.0.0.1:1"], "error: orchestrator 127.0.0.1:1 cannot be reached"),
        (["hello.py", "--connect", "nonsense"], "error: address 'nonsense' of the orchestrator has no port"),
        (["hello.py", "--db", "no/such/folder.db"], "error: no/such/folder.db cannot be created"),
        (["hello.py", "--no-runner"], "Error: --no-runner goes with --connect"),
        (["hello.py", "--jobs", "0"], "Error: Invalid value for '--jobs'"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    """A mistake is answered by exit code 2 and a line on stderr that says what to do, without a traceback."""
    written(tmp_path, HELLO, "hello.py")
    written(tmp_path, "", "empty.py")
    ended = turboci("run", *arguments, cwd=tmp_path)
    assert ended.code == 2
    assert any(line.startswith(said) for line in ended.err.splitlines()), ended.err
    assert "Traceback" not in ended.err


def test_broken_file(tmp_path: Path) -> None:
    """A file that fails while it is loaded shows the user's traceback and exit code 2."""
    ended = turboci("run", written(tmp_path, "import ci\ndag = ci.DAG(\n"), cwd=tmp_path)
    assert ended.code == 2
    assert "SyntaxError" in ended.err
    assert ended.err.splitlines()[-1] == "error: pipeline.py cannot be loaded"


def test_database_in_use(tmp_path: Path) -> None:
    """A second run on the same database refuses to start and says who has it."""
    first = start("run", written(tmp_path, LONG), cwd=tmp_path)
    try:
        until(lambda: all_written(tmp_path, "first"))
        ended = turboci("run", written(tmp_path, HELLO, "hello.py"), cwd=tmp_path)
        assert ended.code == 2
        assert len(ended.err.splitlines()) == 1
        assert ended.err.startswith("error: turboci.db ")
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=30)
