"""Short forms: steps, commands, functions, automatic ids."""

from __future__ import annotations

import pytest

import ci
from tests.dsl.recording import RecordingOrchestrator


async def test_a_step_is_a_check_and_the_stage_that_answers_it(port: RecordingOrchestrator) -> None:
    """As a dependency a step stands for its check, be it named by object or by id."""
    dag = ci.DAG()
    lint = dag.step("lint", "linter", strict=True)
    dag.step("test", "tester").after(lint)
    dag.step("docs", "writer").after("lint")
    dag.check("all").depends_on(lint.finished, "test")
    dag.stage("raw").runner("r").after(ci.stage("lint"))
    await dag.execute(port)
    [(checks, stages)] = port.writes
    assert [check.id for check in checks] == ["lint", "test", "docs", "all"]
    lint_stage, test, docs, raw = stages
    assert lint_stage == ci.StageWrite(
        id="lint", runner_type="linter", args={"strict": True}, assignments=(ci.Assignment("lint"),)
    )
    assert test.dependencies == ci.depends_on("lint")
    assert docs.dependencies == ci.depends_on("lint")
    assert raw.dependencies == ci.depends_on_stages("lint")
    assert checks[3].dependencies == ci.depends_on(ci.check("lint").finished, "test")


async def test_a_shell_step_is_a_step_on_the_shell_runner(port: RecordingOrchestrator) -> None:
    """A command is the argument of a stage of runner type shell."""
    dag = ci.DAG()
    dag.shell("a", "echo $X", cwd="/tmp", env={"X": "1"})
    dag.shell("b", ["ls", "-l"])
    await dag.execute(port)
    [(_, (a, b))] = port.writes
    assert (a.runner_type, a.args) == ("shell", {"command": "echo $X", "cwd": "/tmp", "env": {"X": "1"}})
    assert b.args == {"command": ["ls", "-l"]}


async def test_the_check_of_a_step(port: RecordingOrchestrator) -> None:
    """A step gives its check; another stage has none to give."""
    dag = ci.DAG()
    step = dag.shell("a", "x")
    assert step.check.ref == ci.check("a")
    assert step.check == step.check
    assert step.ref == ci.stage("a")
    with pytest.raises(ci.InvalidState, match=r"stage 's' is not a step and has no check of its own; use dag.step"):
        _ = dag.stage("s").check


async def test_automatic_ids_count_the_calls(port: RecordingOrchestrator) -> None:
    """Ids are numbered by kind and by runner, in order of calls."""
    dag = ci.DAG()
    assert [dag.auto_check("lint").id, dag.auto_check("test").id, dag.auto_check("lint").id] == [
        "lint#1",
        "test#1",
        "lint#2",
    ]
    assert [dag.auto_stage("lint").id, dag.auto_stage("lint").id] == ["lint#1", "lint#2"]
    await dag.execute(port)
    [(checks, stages)] = port.writes
    assert [check.kind for check in checks] == ["lint", "test", "lint"]
    assert [stage.runner_type for stage in stages] == ["lint", "lint"]


async def test_a_runner_names_its_type(port: RecordingOrchestrator) -> None:
    """A runner object may stand where a runner type is wanted."""
    runner = ci.Runner("builder")
    dag = ci.DAG()
    dag.step("a", runner)
    dag.stage("b").runner(runner)
    await dag.execute(port)
    assert [stage.runner_type for stage in port.writes[0][1]] == ["builder", "builder"]


async def test_a_function_is_a_step_on_a_runner_of_this_process(port: RecordingOrchestrator) -> None:
    """The runner of a function step is hosted before the nodes are written, under a type that nobody else has."""
    dag = ci.DAG()

    @dag.function()
    def plan(stage: ci.StageContext) -> dict[str, object]:
        return {"stage": stage.stage_id}

    dag.function(id="other")(lambda _stage: None)
    dag.check("after").depends_on(plan)
    await dag.execute(port)
    assert port.calls == ["create_work_plan", "host", "host", "write_nodes"]
    types = [runner.runner_type for runner in port.hosted]
    assert [stage.id for stage in port.writes[0][1]] == ["plan", "other"]
    assert [stage.runner_type for stage in port.writes[0][1]] == types
    assert len(set(types)) == 2


def test_a_function_without_a_name_needs_an_id() -> None:
    """A lambda does not say what the step is called."""
    with pytest.raises(ci.InvalidArgument, match=r'has no name; write dag.function\(id="..."\)'):
        ci.DAG().function()(lambda _stage: None)
