from __future__ import annotations

import asyncio
import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from anyio import wait_all_tasks_blocked

import ci
from ci import CheckState, ExecutionMode, Outcome
from tests.dsl.recording import RecordingOrchestrator


async def test_execute_creates_a_plan_and_writes_once(port: RecordingOrchestrator) -> None:
    """Executing is one plan with the name of the DAG and an idempotency key, and one write of all nodes."""
    dag = ci.DAG("release")
    plan = dag.check("plan").kind("plan").option("depth", 3)
    build = dag.check("build").depends_on(plan)
    dag.stage("exec:plan").runner("planner").sync().assigns(plan)
    dag.stage("exec:build").runner("builder").async_().arg("jobs", 4).assigns(build).after("exec:plan")
    execution = await dag.execute(port)
    assert port.calls == ["create_work_plan", "write_nodes"]
    [(metadata, key)] = port.created
    assert metadata == {"name": "release"}
    assert key
    assert port.writes == [
        (
            (
                ci.CheckWrite(id="plan", kind="plan", options={"depth": 3}),
                ci.CheckWrite(id="build", dependencies=ci.depends_on("plan")),
            ),
            (
                ci.StageWrite(
                    id="exec:plan",
                    runner_type="planner",
                    execution_mode=ExecutionMode.SYNC,
                    assignments=(ci.Assignment("plan"),),
                ),
                ci.StageWrite(
                    id="exec:build",
                    runner_type="builder",
                    execution_mode=ExecutionMode.ASYNC,
                    args={"jobs": 4},
                    assignments=(ci.Assignment("build"),),
                    dependencies=ci.depends_on_stages("exec:plan"),
                ),
            ),
        )
    ]
    assert (execution.work_plan_id, execution.dag, execution.orchestrator) == ("plan-1", dag, port)


async def test_what_ends_a_plan_early_is_said_when_it_is_created(port: RecordingOrchestrator) -> None:
    """A deadline is a time, or seconds from the start; without one, and without `fail_fast`, nothing is asked for."""
    at = datetime(2030, 1, 2, tzinfo=UTC)
    for limits in ({}, {"deadline": at}, {"deadline": 60, "fail_fast": True}):
        dag = ci.DAG()
        dag.check("a")
        await dag.execute(port, **limits)
    assert port.limits[:2] == [(None, False), (at, False)]
    [(deadline, fail_fast)] = port.limits[2:]
    assert deadline is not None
    assert fail_fast
    assert 50 < (deadline - datetime.now(UTC)).total_seconds() <= 60


@pytest.mark.parametrize("deadline", [0, -1.5, float("nan"), float("inf"), datetime(2030, 1, 2)])
def test_what_is_no_deadline_is_refused(port: RecordingOrchestrator, deadline: float | datetime) -> None:
    """Seconds that are not positive, and times without a zone, are refused before anything is written."""
    with pytest.raises(ci.InvalidArgument, match="deadline"):
        ci.DAG().execute(port, deadline=deadline)
    assert port.calls == []


async def test_a_stage_of_an_execution_is_cancelled_by_node_or_id(port: RecordingOrchestrator) -> None:
    """`cancel_stage` hands plan, stage and reason on, and returns the stage."""
    dag = ci.DAG()
    build = dag.stage("build").runner("builder")
    execution = await dag.execute(port)
    assert (await execution.cancel_stage(build, "enough")).cause == "enough"
    assert (await execution.cancel_stage("build")).id == "build"


async def test_all_settings_of_nodes_are_written(port: RecordingOrchestrator) -> None:
    """The settings of nodes arrive like those of the builders."""
    dag = ci.DAG()
    a, b, c = (dag.check(id) for id in "abc")
    dag.check("any").depends_on_any(a, b.finished).state(CheckState.PLANNING).options({"x": 1})
    dag.check("some").depends_on_at_least(2, a, b.failed, c)
    dag.stage("s").runner("r").args({"k": [1]}).after_checks("a", b.finished).retry(max_attempts=2).timeout(5).priority(
        1
    )
    dag.stage("t").runner("r").after_any(a, "s")
    dag.stage("u").runner("r").after_at_least(1, a, b).assigns(ci.assigns_with_goal("c", CheckState.WAITING))
    await dag.execute(port)
    [(checks, (s, t, u))] = port.writes
    any_, some = checks[3:]
    assert any_.dependencies == ci.depends_on_any("a", ci.check("b").finished)
    assert (any_.state, any_.options) == (CheckState.PLANNING, {"x": 1})
    assert some.dependencies == ci.depends_on_at_least(2, "a", ci.check("b").failed, "c")
    assert s.dependencies == ci.depends_on("a", ci.check("b").finished)
    assert (s.args, s.retry, s.timeout, s.priority) == ({"k": [1]}, ci.RetryPolicy(max_attempts=2), 5.0, 1)
    assert t.dependencies == ci.depends_on_any("a", ci.stage("s"))
    assert u.dependencies == ci.depends_on_at_least(1, "a", "b")
    assert u.assignments == (ci.Assignment("c", CheckState.WAITING),)


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


async def test_a_dag_is_executed_once(port: RecordingOrchestrator) -> None:
    """A second execution is refused with what to do."""
    dag = ci.DAG("x")
    dag.check("a")
    await dag.execute(port)
    with pytest.raises(ci.InvalidState, match="DAG 'x' was executed before; a DAG is executed once; build a new one"):
        await dag.execute(port)


async def test_an_execution_that_did_not_start_can_be_tried_again(port: RecordingOrchestrator) -> None:
    """After a failed write the DAG is as before, and the second try uses the same idempotency key."""
    dag = ci.DAG()
    check = dag.check("a")
    port.errors["write_nodes"] = [ci.OrchestratorUnavailable("orchestrator", "is away")]
    with pytest.raises(ci.OrchestratorUnavailable):
        await dag.execute(port)
    check.kind("still open")
    await dag.execute(port)
    assert port.created[0] == port.created[1]
    assert port.writes == [((ci.CheckWrite(id="a", kind="still open"),), ())]


async def test_a_written_node_takes_no_settings(port: RecordingOrchestrator) -> None:
    """A setting after execute names node, setting and rule, and changes nothing."""
    dag = ci.DAG()
    check = dag.check("a")
    stage = dag.stage("s").runner("r")
    await dag.execute(port)
    with pytest.raises(ci.NodeWritten) as caught:
        check.kind("late")
    assert str(caught.value) == (
        "check 'a' is written to the plan, kind() comes too late; "
        "make all settings before the node is executed, committed, waited for or awaited"
    )
    for late in (
        lambda: check.option("a", 1),
        lambda: check.options({}),
        lambda: check.state(CheckState.PLANNED),
        lambda: check.depends_on("b"),
        lambda: stage.runner("x"),
        stage.sync,
        stage.async_,
        lambda: stage.arg("a", 1),
        lambda: stage.args({}),
        lambda: stage.assigns("a"),
        lambda: stage.after("b"),
        lambda: stage.retry(max_attempts=1),
        lambda: stage.timeout(1),
        lambda: stage.priority(1),
        stage.always,
    ):
        with pytest.raises(ci.NodeWritten):
            late()


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


async def test_nodes_dags_and_executions_are_not_copied(port: RecordingOrchestrator) -> None:
    """What belongs to a DAG refuses copy and pickle in a sentence."""
    dag = ci.DAG()
    check = dag.check("a")
    execution = await dag.execute(port)
    for thing in (dag, check, check.failed, execution):
        with pytest.raises(TypeError, match="cannot be copied or pickled; pass ids and values instead"):
            copy.copy(thing)
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            pickle.dumps(thing)


async def test_a_block_that_ends_waits_for_completion(port: RecordingOrchestrator) -> None:
    """Leaving the block normally waits until every node is FINAL."""
    dag = ci.DAG()
    dag.check("a")
    async with dag.execute(port) as execution:
        await port.finish(ci.check("a"))
    assert execution.complete
    assert port.cancelled == []


async def test_a_block_that_ends_red_raises(port: RecordingOrchestrator) -> None:
    """Leaving the block of a plan that failed raises, and cancels nothing: it is complete."""
    dag = ci.DAG()
    dag.check("a")
    with pytest.raises(ci.WorkflowFailed) as caught:
        async with dag.execute(port):
            await port.finish(ci.check("a"), outcome=Outcome.FAILED)
    assert caught.value.result.checks["a"].outcome is Outcome.FAILED
    assert port.cancelled == []


async def test_a_block_that_has_waited_does_not_wait_again(port: RecordingOrchestrator) -> None:
    """What the block has seen complete is not looked at again."""
    dag = ci.DAG()
    dag.check("a")
    async with dag.execute(port) as execution:
        await port.finish(ci.check("a"), outcome=Outcome.FAILED)
        result = await execution.wait_for_completion(raise_on_failure=False)
        assert not result.ok
        calls = len(port.calls)
    assert len(port.calls) == calls


async def test_a_block_that_is_left_by_an_exception_cancels_the_plan(port: RecordingOrchestrator) -> None:
    """The plan of a block that failed is cancelled, and the reason says by what."""
    dag = ci.DAG()
    dag.check("a")
    with pytest.raises(ZeroDivisionError):
        async with dag.execute(port):
            raise ZeroDivisionError
    assert port.cancelled == ["its block was left by ZeroDivisionError"]


async def test_a_block_that_is_cancelled_while_it_starts_cancels_the_plan(port: RecordingOrchestrator) -> None:
    """A write that may have arrived does not leave a plan behind that nobody knows."""
    dag = ci.DAG()
    dag.check("a")
    port.gate = asyncio.Event()

    async def start() -> None:
        async with dag.execute(port):
            raise AssertionError("the block is never entered")

    starting = asyncio.create_task(start())
    await wait_all_tasks_blocked()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert port.cancelled == ["its block was left by CancelledError"]


async def test_nodes_that_are_added_while_it_starts_join_later(port: RecordingOrchestrator) -> None:
    """What another task begins to define during the first write is not written half."""
    dag = ci.DAG()
    dag.check("a")
    port.gate = asyncio.Event()
    starting = asyncio.ensure_future(dag.execute(port))
    await wait_all_tasks_blocked()
    stage = dag.stage("late")
    port.gate.set()
    await starting
    assert port.writes == [((ci.CheckWrite(id="a"),), ())]
    stage.runner("r")
    await dag.commit()
    assert port.writes[1] == ((), (ci.StageWrite(id="late", runner_type="r"),))


async def test_an_error_of_the_cancellation_does_not_hide_the_cause(
    port: RecordingOrchestrator, caplog: pytest.LogCaptureFixture
) -> None:
    """If the plan cannot be cancelled that is logged, and the exception of the block stays."""
    dag = ci.DAG()
    dag.check("a")
    port.errors["cancel_work_plan"] = [ci.OrchestratorUnavailable("orchestrator", "is away")]
    with pytest.raises(ZeroDivisionError):
        async with dag.execute(port):
            raise ZeroDivisionError
    assert "work plan 'plan-1' could not be cancelled: orchestrator is away" in caplog.text


async def test_questions_to_the_plan(port: RecordingOrchestrator) -> None:
    """Nodes can be asked for by node, reference and id, and by state."""
    dag = ci.DAG()
    a = dag.check("a")
    step = dag.shell("s", "x")
    execution = await dag.execute(port)
    assert (await execution.get_check(a)).id == "a"
    assert (await execution.get_check(ci.check("a"))).id == "a"
    assert (await execution.get_stage("s")).id == "s"
    assert (await execution.get_stage(step)).id == "s"
    await port.finish(ci.check("a"))
    assert [check.id for check in await execution.query_checks(CheckState.FINAL)] == ["a"]
    assert [check.id for check in await execution.query_checks()] == ["a", "s"]
    assert [stage.id for stage in await execution.query_stages(ci.StageState.PLANNED)] == ["s"]
    await execution.cancel("enough")
    assert port.cancelled == ["enough"]
    assert await execution.status() is ci.PlanStatus.EMPTY


async def test_a_node_of_the_wrong_kind_is_refused(port: RecordingOrchestrator) -> None:
    """A stage is no check."""
    dag = ci.DAG()
    dag.check("a")
    execution = await dag.execute(port)
    with pytest.raises(ci.InvalidArgument, match="stage 's' is no check; give a check, its reference or its id"):
        await execution.get_check(ci.stage("s"))


async def test_an_id_that_nobody_has_is_not_found_at_once(port: RecordingOrchestrator) -> None:
    """Waiting for or asking about an unknown id fails at once with a near miss."""
    dag = ci.DAG()
    dag.check("build")
    execution = await dag.execute(port)
    with pytest.raises(ci.NotFound) as caught:
        await execution.wait_for_check("biuld")
    assert str(caught.value) == "check 'biuld' is not in work plan 'plan-1' (did you mean 'build'?); it has 1 check"
    with pytest.raises(ci.NotFound):
        await execution.get_stage("build")


async def test_a_node_that_a_runner_added_can_be_waited_for(port: RecordingOrchestrator) -> None:
    """Ids that the DAG does not know are looked for in the plan."""
    dag = ci.DAG()
    dag.check("a")
    execution = await dag.execute(port)
    port.add(ci.Check(id="new", work_plan_id="plan-1", state=CheckState.FINAL, outcome=Outcome.SUCCEEDED))
    await port.finish(ci.check("new"))
    assert (await execution.wait_for_check("new")).outcome is Outcome.SUCCEEDED


async def test_why_asks_the_orchestrator(port: RecordingOrchestrator) -> None:
    """Reasons come from the orchestrator, for the whole plan or for one node."""
    a, b = (ci.Reason(ci.check(id), ci.ReasonKind.UNASSIGNED, f"nobody answers {id}") for id in "ab")
    port.explanation = replace(port.explanation, reasons=(a, b))
    dag = ci.DAG()
    node = dag.check("a")
    dag.check("b")
    execution = await dag.execute(port)
    assert list(await execution.why()) == [a, b]
    assert list(await execution.why(node)) == [a]
    assert list(await execution.why("b")) == [b]
