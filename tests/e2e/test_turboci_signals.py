"""Ctrl-C, its kin, time that runs out, and readers that leave: how `turboci run` stops."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e.commands import running, serving
from tests.e2e.pipelines import HELLO, LONG, all_written, ended_after, pids, written
from tests.e2e.terminals import in_terminal, is_alive, start, turboci, until


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


@pytest.mark.parametrize("way", [[], ["--listen", "127.0.0.1:0"]])
def test_first_signal_waits_for_runners_elsewhere(tmp_path: Path, way: list[str]) -> None:
    """A command that another process runs has ended when the run has, and a line says meanwhile who stops what."""
    written(tmp_path, LONG)
    with (
        serving(tmp_path) as (_, address),
        running("runner", "--connect", address, *way, cwd=tmp_path),
        running("run", "pipeline.py", "--connect", address, "--no-runner", cwd=tmp_path) as run,
    ):
        until(lambda: all_written(tmp_path, "first", "background", "stubborn"))
        assert run.stop(signal.SIGINT) == 130
        assert not any(is_alive(pid) for pid in pids(tmp_path, "first", "background", "stubborn"))
        run.said(r"  still being stopped: (first, )?stubborn at runner shell@\S+$")
        run.said(r"^error: stopped by Ctrl-C$")


def test_second_signal_names_what_runs_elsewhere(tmp_path: Path) -> None:
    """Whoever leaves at once is told which stages may still run, and at which runner."""
    written(tmp_path, LONG)
    with (
        serving(tmp_path) as (_, address),
        running("runner", "--connect", address, cwd=tmp_path),
        running("run", "pipeline.py", "--connect", address, "--no-runner", cwd=tmp_path) as run,
    ):
        until(lambda: all_written(tmp_path, "first", "background", "stubborn"))
        run.process.send_signal(signal.SIGINT)
        run.said(r"still being stopped: stubborn at runner shell@\S+$")
        assert run.stop(signal.SIGINT) == 130
        run.said(r"the plan was not waited for; may still run: stubborn at runner shell@\S+$")


def test_what_always_runs_gets_its_time(tmp_path: Path) -> None:
    """The first Ctrl-C lets the clean-up of a cancelled plan finish."""
    clean_up = 'dag.stage("clean").runner("shell").arg("command", "sleep 12; touch cleaned").after(first.finished)'
    command = start("run", written(tmp_path, f"{LONG}{clean_up}.always()\n"), cwd=tmp_path)
    ready = lambda: all_written(tmp_path, "first", "background", "stubborn")  # noqa: E731
    with ended_after(command, ready, [signal.SIGINT]) as ended:
        assert ended.code == 130
        assert "  cleaning up: clean" in ended.out
        assert (tmp_path / "cleaned").exists()


def test_ctrl_c_in_a_terminal(tmp_path: Path) -> None:
    """Ctrl-C in the terminal reaches us and not the commands, and leaves the cursor visible."""
    ready = lambda seen: all_written(tmp_path, "first", "stubborn")  # noqa: E731
    ended = in_terminal("run", written(tmp_path, LONG), cwd=tmp_path, keys=[(ready, b"\x03")])
    assert ended.code == 130
    assert "stopped by Ctrl-C; waiting for what runs to stop" in ended.plain
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
    assert command.stderr.read() == "error: stopped: nobody reads its output any more\n"
    command.stderr.close()
