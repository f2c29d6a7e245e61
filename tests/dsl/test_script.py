from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import ci
from ci.reporting import reported
from tests.e2e.servers import free_port


def test_a_dag_runs_from_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    """`ci.run` brings orchestrator and shell runner along, reports each node once, and returns the result."""
    dag = ci.DAG("hello")
    lint = dag.shell("lint", "echo linting")
    dag.shell("test", ["echo", "testing"]).after(lint)
    result = ci.run(dag)
    assert result.ok
    assert result.checks["lint"].value("output", str) == "linting\n"
    assert capsys.readouterr().err.splitlines() == ["succeeded lint", "succeeded test"]


def test_a_red_dag_raises(capsys: pytest.CaptureFixture[str]) -> None:
    """The error says which command failed, with its last lines."""
    dag = ci.DAG("red")
    test = dag.shell("test", "echo 3 tests failed; exit 3")
    dag.shell("deploy", "true").after(test)
    with pytest.raises(ci.WorkflowFailed) as caught:
        ci.run(dag)
    assert "check 'test' FAILED: command exited with 3\n    | 3 tests failed" in str(caught.value)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "failed    test: command exited with 3"
    assert lines[1].startswith("skipped   deploy: ")


def test_runners_can_be_brought_along() -> None:
    """Stages of other types run on the runners that are given."""
    runner = ci.Runner("greeter")

    @runner.handler
    def greet(stage: ci.StageContext) -> dict[str, object]:
        return {"greeting": f"hello, {stage.arg('name', str)}"}

    dag = ci.DAG()
    dag.step("greet", runner, name="world")
    assert ci.run(dag, runners=[runner]).checks["greet"].data == {"greeting": "hello, world"}


def test_a_coroutine_function_runs_from_a_script() -> None:
    """What `main` returns is what `ci.run` returns."""

    async def main() -> int:
        async with ci.local() as orch:
            plan = await orch.create_work_plan({"name": "x"})
            return len(plan.name)

    assert ci.run(main) == 1


def test_what_cannot_be_run_is_refused() -> None:
    """A plain function has nothing to await."""
    with pytest.raises(ci.InvalidArgument, match="give it a DAG, or a function that is defined with `async def`"):
        ci.run(lambda: 3)  # type: ignore[arg-type,return-value]
    with pytest.raises(ci.InvalidArgument, match=r"is given the coroutine _main\(\); give it the function itself"):
        ci.run(_main())  # type: ignore[call-overload]


async def _main() -> None:
    raise AssertionError("nobody awaits this")


def test_problems_come_without_our_frames() -> None:
    """The traceback of a wrong DAG ends in the user's file and in `run`."""
    dag = ci.DAG()
    dag.stage("s")
    with pytest.raises(ci.DAGValidationError) as caught:
        ci.run(dag)
    assert len(caught.traceback) == 2


def test_an_orchestrator_that_is_not_there_is_told_without_our_frames() -> None:
    """Neither are those of the event loop in between."""
    dag = ci.DAG()
    dag.shell("greet", "true")
    with pytest.raises(ci.OrchestratorUnavailable, match=r"cannot be reached \(connection refused\)") as caught:
        ci.run(dag, connect=f"127.0.0.1:{free_port()}")
    assert len(caught.traceback) == 2


def test_a_main_that_wants_an_orchestrator_is_told_where_to_get_it() -> None:
    """`turboci run` calls it with one, `ci.run` does not."""

    async def main(orch: ci.Orchestrator) -> None:
        raise AssertionError("nobody calls this")

    with pytest.raises(ci.InvalidArgument) as caught:
        ci.run(main)  # type: ignore[arg-type]
    error = caught.value
    assert (error.subject, error.problem) == ("run()", "cannot call main() (missing a required argument: 'orch')")
    assert error.hint == (
        "it is called without arguments: open an orchestrator in it, `async with ci.local() as orch`, "
        "or leave calling it to `turboci run FILE.py`"
    )


async def test_a_runner_that_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When nothing happens the reason is shown once, with what was probably meant; work that runs is none."""
    monkeypatch.setattr("ci.reporting.PATIENCE", 0.001)
    runner = ci.Runner("builder")

    @runner.handler
    async def hang(stage: ci.StageContext) -> None:
        await asyncio.get_running_loop().create_future()

    dag = ci.DAG()
    dag.step("build", "bulider")
    dag.step("test", runner)
    said = ""
    async with ci.local(runners=[runner]) as orch:
        execution = await dag.execute(orch)
        async with reported(execution):
            while "waiting" not in said:
                await execution.why()
                said += capsys.readouterr().err
            for _ in range(20):
                await execution.why()
            await execution.cancel()
    said += capsys.readouterr().err
    reason = "no live runner of type 'bulider' (did you mean 'builder'?); registered: 'builder'; stage 'build' waits"
    assert [line for line in said.splitlines() if line.startswith("waiting")] == [f"waiting   build: {reason}"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_commands(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM end the script without a traceback and leave no command behind."""
    started, fifo = tmp_path / "script.py", tmp_path / "started"
    os.mkfifo(fifo)
    started.write_text(
        f"import ci\ndag = ci.DAG('slow')\ndag.shell('wait', 'echo $$ > {fifo}; exec sleep 600')\nci.run(dag)\n"
    )
    script = subprocess.Popen([sys.executable, str(started)], stderr=subprocess.PIPE, text=True)
    try:
        command = int(fifo.read_text())
        script.send_signal(number)
        _, errors = script.communicate(timeout=30)
    finally:
        script.kill()
        script.wait()
    assert script.returncode == code
    assert errors.splitlines()[-1] == f"stopped by {number.name}"
    assert "Traceback" not in errors
    with pytest.raises(ProcessLookupError):
        os.kill(command, 0)
