"""`turboci run` as people use it."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.e2e.terminals import Ended, in_terminal, is_alive, start, turboci, until

HELLO = """
import ci
dag = ci.DAG("hello")
fetch = dag.shell("fetch", "echo fetching")
lint = dag.shell("lint", "echo linting; sleep 0.3").after(fetch)
dag.shell("greet", "echo hello").after(lint)
"""
RED = """
import ci
dag = ci.DAG("red")
build = dag.shell("build", "echo compiling; echo oops >&2; exit 3")
dag.shell("deploy", "touch deployed").after(build)
dag.shell("other", "true")
"""
LONG = """
import ci
dag = ci.DAG("long")
first = dag.shell("first", "echo $$ > first.pid; sleep 300 & echo $! > background.pid; wait")
dag.shell("stubborn", "trap '' TERM; echo $$ > stubborn.pid; sleep 300; sleep 300")
dag.shell("later", "touch later").after(first)
"""

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
THOUSAND = """
import ci

dag = ci.DAG("thousand")
work = ci.Runner("noop", max_concurrent=16)


@work.handler
async def nothing(stage: ci.StageContext) -> None:
    return None


async def main(orch):
    await orch.host(work)
    first = dag.step("first", "noop")
    for number in range(999):
        dag.step(f"stage-{number}", "noop").after(first)
    async with dag.execute(orch):
        pass
"""
UP = "\x1b[1A\x1b[2K"


def written(folder: Path, text: str, name: str = "pipeline.py") -> str:
    (folder / name).write_text(text)
    return name


def without_times(text: str) -> str:
    """Return the output without times of day, durations, ports and plan ids."""
    text = re.sub(r"^\d\d:\d\d:\d\d", "TIME", text, flags=re.MULTILINE)
    text = re.sub(r"\b\d+\.\d+s", "0.0s", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "PLAN", text)


def pids(folder: Path, *names: str) -> list[int]:
    return [int((folder / f"{name}.pid").read_text()) for name in names]


def all_written(folder: Path, *names: str) -> bool:
    return all((folder / f"{name}.pid").exists() and (folder / f"{name}.pid").read_text().strip() for name in names)


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
        with sqlite3.connect(tmp_path / "x.db") as database:
            assert database.execute("SELECT count(*) FROM work_plans WHERE id = ?", [found[1]]).fetchone() == (1,)
    assert not (tmp_path / "turboci.db").exists()


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


def test_timeout_cancels(tmp_path: Path) -> None:
    """--timeout cancels the plan, stops the commands and ends with 1."""
    ended = turboci("run", written(tmp_path, LONG), "--timeout", "2", cwd=tmp_path)
    assert ended.code == 1
    assert "long: 3 cancelled in" in ended.out
    assert not any(is_alive(pid) for pid in pids(tmp_path, "first", "background", "stubborn"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_first_signal_cancels_and_waits(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and its kin cancel the plan; when the command is gone so are its children, stubborn ones included."""
    command = start("run", written(tmp_path, LONG), cwd=tmp_path)
    with ended_after(command, lambda: all_written(tmp_path, "first", "background", "stubborn"), [number]) as ended:
        assert ended.code == 130
        assert "long: 3 cancelled in" in ended.out
        assert ended.err == f"error: stopped by {'Ctrl-C' if number is signal.SIGINT else number.name}\n"
        assert not any(is_alive(pid) for pid in pids(tmp_path, "first", "background", "stubborn"))
        assert not (tmp_path / "later").exists()


def test_second_signal_leaves_at_once(tmp_path: Path) -> None:
    """The second Ctrl-C does not wait; the children are killed all the same."""
    command = start("run", written(tmp_path, LONG), cwd=tmp_path)
    ready = lambda: all_written(tmp_path, "first", "background", "stubborn")  # noqa: E731
    with ended_after(command, ready, [signal.SIGINT, signal.SIGINT]) as ended:
        assert ended.code == 130
        assert "left at once" in ended.err
        until(lambda: not any(is_alive(pid) for pid in pids(tmp_path, "first", "background", "stubborn")))


def test_ctrl_c_in_a_terminal(tmp_path: Path) -> None:
    """Ctrl-C in the terminal reaches us and not the commands, and leaves the cursor visible."""
    ready = lambda seen: all_written(tmp_path, "first", "stubborn")  # noqa: E731
    ended = in_terminal("run", written(tmp_path, LONG), cwd=tmp_path, keys=[(ready, b"\x03")])
    assert ended.code == 130
    assert "stopped by Ctrl-C; waiting for the commands to end" in ended.plain
    assert ended.out.rindex("\x1b[?25h") > ended.out.rindex("\x1b[?25l")
    assert not any(is_alive(pid) for pid in pids(tmp_path, "first", "stubborn"))


def test_killed_run_does_not_haunt_the_next(tmp_path: Path) -> None:
    """After kill -9 the next run on the database does its own work, and what was left of the other does not run."""
    command = start("run", written(tmp_path, LONG), cwd=tmp_path)
    until(lambda: all_written(tmp_path, "first", "background", "stubborn"))
    command.kill()
    command.communicate()
    until(lambda: not any(is_alive(pid) for pid in pids(tmp_path, "first", "background", "stubborn")))
    for left in tmp_path.glob("*.pid"):
        left.unlink()
    ended = turboci("run", written(tmp_path, HELLO, "hello.py"), cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert list(tmp_path.glob("*.pid")) == []


def test_closed_pipe(tmp_path: Path) -> None:
    """Ctrl-C after the reader has gone away ends the run in order: no traceback, no children left."""
    command = start("run", written(tmp_path, LONG), cwd=tmp_path)
    assert command.stdout is not None
    assert command.stderr is not None
    until(lambda: all_written(tmp_path, "first", "background"))
    command.stdout.close()
    command.send_signal(signal.SIGINT)
    assert command.wait(timeout=30) == 130
    assert "Traceback" not in command.stderr.read()
    command.stderr.close()
    assert not any(is_alive(pid) for pid in pids(tmp_path, "first", "background"))


def test_reader_leaves(tmp_path: Path) -> None:
    """A reader that goes away ends the run at the next line, as a terminal that is closed does."""
    command = start("run", written(tmp_path, LONG), cwd=tmp_path)
    assert command.stdout is not None
    assert command.stderr is not None
    command.stdout.readline()
    command.stdout.close()
    assert command.wait(timeout=30) == 130
    assert "Traceback" not in command.stderr.read()
    command.stderr.close()


@contextmanager
def ended_after(
    command: subprocess.Popen[str], ready: Callable[[], bool], signals: list[signal.Signals]
) -> Iterator[Ended]:
    """Send the signals once the condition holds, a moment apart, and yield how the command ended."""
    try:
        until(ready)
        for index, number in enumerate(signals):
            if index:
                assert command.stdout is not None
                while "waiting for the commands to end" not in command.stdout.readline():
                    pass
            command.send_signal(number)
        out, err = command.communicate(timeout=30)
    finally:
        if command.poll() is None:
            command.kill()
            command.communicate()
    yield Ended(command.returncode, out, err)
