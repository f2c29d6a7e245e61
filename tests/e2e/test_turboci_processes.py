"""`turboci serve`, `turboci runner` and `turboci run --connect` as processes beside each other."""

from __future__ import annotations

import json
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.commands import running, serving
from tests.e2e.terminals import is_alive, start, turboci, until

SHELL = """
import ci
dag = ci.DAG("shell")
dag.shell("where", "echo $WHERE")
"""
BUILDER = """
import ci

builder = ci.Runner("builder")
other = ci.Runner("other")


@builder.handler
async def build(stage: ci.StageContext) -> dict[str, object]:
    return {"artifact": stage.arg("target", str) + ".tar"}
"""
BUILD = """
import ci
dag = ci.DAG("build")
dag.step("app", "builder", target="app")
"""


def test_server_runner_and_run_meet(tmp_path: Path) -> None:
    """A run that brings no runner is worked on by the shell runner of another process; all of them end with 0."""
    (tmp_path / "pipeline.py").write_text(SHELL)
    with serving(tmp_path) as (server, address), running("runner", "--connect", address, cwd=tmp_path) as runner:
        ended = turboci("run", "pipeline.py", "--connect", address, "--no-runner", cwd=tmp_path)
        assert (ended.code, ended.err) == (0, "")
        assert "✓ where  succeeded" in ended.out
        assert f"recorded in {address}, plan " in ended.out
        assert runner.stop(signal.SIGINT) == 0
        assert server.stop() == 0
    assert not (tmp_path / "turboci.db").exists()


def test_run_brings_its_own_runner(tmp_path: Path) -> None:
    """With --connect the commands run in the process of the run unless it says otherwise."""
    (tmp_path / "pipeline.py").write_text(SHELL)
    with serving(tmp_path) as (_, address):
        ended = turboci("run", "pipeline.py", "--connect", address, cwd=tmp_path)
        assert (ended.code, ended.err) == (0, "")


def test_orchestrator_that_dies(tmp_path: Path) -> None:
    """A run whose orchestrator was killed says so, and leaves within a moment when it is told to."""
    (tmp_path / "pipeline.py").write_text(SHELL.replace("echo $WHERE", "echo $$ > pid; exec sleep 300"))
    with (
        serving(tmp_path) as (server, address),
        running("run", "pipeline.py", "--connect", address, cwd=tmp_path) as run,
    ):
        until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
        server.stop(signal.SIGKILL)
        run.said(rf"orchestrator {address} cannot be reached \(.*\); trying again for 1m00s")
        assert run.stop(signal.SIGINT) == 130
        run.said(
            rf"^error: stopped by Ctrl-C; orchestrator {address} cannot be reached \(.*\), "
            "so the plan was not cancelled and goes on when it is back$"
        )
        assert not any("lease" in line or "Traceback" in line for line in run.lines)
    assert not is_alive(int((tmp_path / "pid").read_text()))


def newest_attempt(address: str, cwd: Path) -> str:
    """Return the state of the newest attempt of the only stage."""
    shown = json.loads(turboci("show", "latest", "--connect", address, "--json", cwd=cwd).out)
    state: str = shown["nodes"]["stages"][0]["attempts"][-1]["state"]
    return state


def test_orchestrator_that_comes_back(tmp_path: Path) -> None:
    """A run goes on when its orchestrator is there again, and what ran meanwhile counts: it is not done twice."""
    command = "echo $$ >> pids; until test -e go; do sleep 0.1; done"
    (tmp_path / "pipeline.py").write_text(SHELL.replace("echo $WHERE", command))
    with (
        serving(tmp_path) as (server, address),
        running("run", "pipeline.py", "--connect", address, cwd=tmp_path) as run,
    ):
        until(lambda: (tmp_path / "pids").exists() and bool((tmp_path / "pids").read_text()))
        until(lambda: newest_attempt(address, tmp_path) == "RUNNING")
        server.stop(signal.SIGKILL)
        run.said("cannot be reached")
        (tmp_path / "go").touch()
        with running("serve", "--port", address.partition(":")[2], "--db", "served.db", cwd=tmp_path):
            run.said(rf"orchestrator {address} is back after")
            run.said("where  succeeded")
            assert run.process.wait(timeout=30) == 0
    assert len((tmp_path / "pids").read_text().split()) == 1


@pytest.mark.parametrize("name", ["builders:builder", "builders:buildr", "builders", "nothing_there", "builders:build"])
def test_own_runner_by_name(tmp_path: Path, name: str) -> None:
    """`module:object` names a ci.Runner of the working directory; a name that is none is one line and exit code 2."""
    (tmp_path / "builders.py").write_text(BUILDER)
    (tmp_path / "pipeline.py").write_text(BUILD)
    said = {
        "builders:buildr": "error: module builders has no 'buildr' (did you mean 'builder'?); its runners",
        "builders": "error: module builders has 2 runners (builder, other); name one as builders:NAME",
        "nothing_there": "error: there is no module 'nothing_there'; it is looked for in ",
        "builders:build": "error: builders:build is a function; a ci.Runner is needed",
    }
    if name in said:
        ended = turboci("runner", name, cwd=tmp_path)
        assert ended.code == 2
        assert ended.err.startswith(said[name])
        return
    with serving(tmp_path) as (_, address), running("runner", name, "--connect", address, cwd=tmp_path) as runner:
        ended = turboci("run", "pipeline.py", "--connect", address, "--no-runner", cwd=tmp_path)
        assert (ended.code, ended.err) == (0, "")
        assert runner.stop() == 0


def test_runner_finishes_what_runs(tmp_path: Path) -> None:
    """SIGTERM lets the command of a runner end, and its result counts."""
    (tmp_path / "pipeline.py").write_text(SHELL.replace("echo $WHERE", "echo $$ > pid; sleep 1.5; echo done > done"))
    with serving(tmp_path) as (_, address), running("runner", "--connect", address, cwd=tmp_path) as runner:
        run = start("run", "pipeline.py", "--connect", address, "--no-runner", cwd=tmp_path)
        until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
        assert runner.stop() == 0
        assert any("finishing what runs" in line for line in runner.lines)
        out, err = run.communicate(timeout=20)
        assert (run.returncode, err) == (0, ""), out
        assert (tmp_path / "done").exists()


def test_runner_leaves_at_once_when_told_twice(tmp_path: Path) -> None:
    """The second signal ends a runner with 130, and its command with it."""
    (tmp_path / "pipeline.py").write_text(SHELL.replace("echo $WHERE", "echo $$ > pid; exec sleep 300"))
    with serving(tmp_path) as (_, address), running("runner", "--connect", address, cwd=tmp_path) as runner:
        run = start("run", "pipeline.py", "--connect", address, "--no-runner", cwd=tmp_path)
        try:
            until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
            runner.process.send_signal(signal.SIGTERM)
            runner.said("finishing what runs")
            assert runner.stop(signal.SIGINT) == 130
            until(lambda: not is_alive(int((tmp_path / "pid").read_text())))
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=30)


def test_runner_without_orchestrator(tmp_path: Path) -> None:
    """A runner that finds no orchestrator says so in one line."""
    ended = turboci("runner", "--connect", "127.0.0.1:1", cwd=tmp_path)
    assert ended.code == 2
    assert ended.err.startswith("error: orchestrator 127.0.0.1:1 cannot be reached")
    assert len(ended.err.splitlines()) == 1


def test_port_taken(tmp_path: Path) -> None:
    """A server whose port is taken says so in one line and does not start."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        for ended in (
            turboci("serve", "--port", port, cwd=tmp_path),
            turboci("serve", cwd=tmp_path, GRPC_PORT=port),
        ):
            assert ended.code == 1
            assert len(ended.err.splitlines()) == 1
            assert port in ended.err


def test_bad_setting(tmp_path: Path) -> None:
    """A setting that breaks its rule names flag or variable, the value and the rule."""
    by_flag = turboci("serve", "--port", "many", cwd=tmp_path)
    by_variable = turboci("serve", cwd=tmp_path, GRPC_PORT="many")
    assert (by_flag.code, by_variable.code) == (2, 2)
    assert by_flag.err.startswith("error: --port is 'many'; a whole number from 0 to 65,535")
    assert by_variable.err.startswith("error: GRPC_PORT is 'many'")


def test_version_and_help(tmp_path: Path) -> None:
    """`turboci version` names the version; every help page has an example."""
    assert re.fullmatch(r"turboci \d+\.\d+\.\d+ \(Python 3\.\d+\.\d+\)\n", turboci("version", cwd=tmp_path).out)
    for command in ("run", "serve", "runner", "version"):
        page = turboci(command, "--help", cwd=tmp_path).out
        assert f"    turboci {command}" in page


def test_no_command_is_usage(tmp_path: Path) -> None:
    """A word that is no command is exit code 2."""
    ended = turboci("rnu", cwd=tmp_path)
    assert ended.code == 2
    assert "No such command 'rnu'" in ended.err
