"""Executing a DAG, on every orchestrator."""

from __future__ import annotations

import asyncio

import pytest

import ci
from ci import CheckState, ExecutionMode, Outcome
from tests.dsl.by_hand import ByHand
from tests.dsl.conftest import PATIENT


async def test_what_is_set_is_what_is_stored(orchestrator: ci.Orchestrator) -> None:
    """The settings of nodes are read back from the orchestrator as they were made."""
    dag = ci.DAG("release")
    plan = dag.check("plan").kind("plan").option("depth", 3)
    dag.check("extra").depends_on_any(plan, ci.stage("exec:plan").finished)
    build = dag.check("build").depends_on(plan)
    dag.stage("exec:plan").runner("planner").sync().assigns(plan)
    stage = dag.stage("exec:build").runner("builder").async_().arg("jobs", 4).args({"opt": [1, None, 2.5]})
    stage.assigns(build).after("exec:plan").retry(max_attempts=5).timeout(7).priority(3)
    execution = await dag.execute(orchestrator)
    first, second, third = await execution.query_checks()
    assert (first.kind, first.options) == ("plan", {"depth": 3})
    assert second.dependencies == ci.depends_on_any("plan", ci.stage("exec:plan").finished)
    assert third.dependencies == ci.depends_on("plan")
    stored = await execution.get_stage(stage)
    assert (stored.runner_type, stored.execution_mode) == ("builder", ExecutionMode.ASYNC)
    assert (stored.args, stored.priority, stored.timeout) == ({"jobs": 4, "opt": [1, None, 2.5]}, 3, 7.0)
    assert stored.assignments == (ci.Assignment("build"),)
    assert stored.dependencies == ci.depends_on_stages("exec:plan")
    assert stored.retry == ci.RetryPolicy(max_attempts=5)
    assert (await orchestrator.get_work_plan(execution.work_plan_id)).name == "release"


async def test_a_function_runs_in_this_process(orchestrator: ci.Orchestrator) -> None:
    """A function step sees its stage and answers its check; what it raises is a red answer with the line."""
    dag = ci.DAG()

    @dag.function()
    async def plan(stage: ci.StageContext) -> dict[str, object]:
        await stage.progress(50, "half")
        return {"stage": stage.stage_id, "attempt": stage.attempt}

    @dag.function(id="broken")
    def broken(stage: ci.StageContext) -> None:
        raise ValueError(stage.stage_id)

    execution = await dag.execute(orchestrator)
    assert (await execution.wait_for_check(plan.check, timeout=30)).data == {"stage": "plan", "attempt": 1}
    assert "ValueError: broken" in str((await execution.wait_for_check("broken", timeout=30)).cause)
    assert [entry.message for entry in (await execution.get_stage("plan")).attempts[0].progress] == ["half"]


async def test_a_written_node_takes_no_settings(by_hand: ByHand) -> None:
    """A setting after execute names node, setting and rule, and changes nothing."""
    dag = ci.DAG()
    check = dag.check("a").kind("kept")
    execution = await dag.execute(by_hand.orchestrator)
    with pytest.raises(ci.NodeWritten):
        check.kind("late")
    assert (await execution.get_check(check)).kind == "kept"


async def test_a_dag_is_executed_once(orchestrator: ci.Orchestrator) -> None:
    """A second execution is refused with what to do."""
    dag = ci.DAG("x")
    dag.check("a")
    await dag.execute(orchestrator)
    with pytest.raises(ci.InvalidState, match="DAG 'x' was executed before; a DAG is executed once; build a new one"):
        await dag.execute(orchestrator)


async def test_nothing_is_written_when_there_are_problems(orchestrator: ci.Orchestrator) -> None:
    """A DAG with problems makes no plan at all."""
    before = [plan.id for plan in (await orchestrator.list_work_plans()).plans]
    dag = ci.DAG("wrong")
    dag.check("a").depends_on("b")
    dag.stage("s")
    with pytest.raises(ci.DAGValidationError) as caught:
        await dag.execute(orchestrator)
    assert len(caught.value.problems) == 2
    assert [plan.id for plan in (await orchestrator.list_work_plans()).plans] == before


async def test_a_block_that_ends_red_raises(by_hand: ByHand) -> None:
    """Leaving the block of a plan that failed raises, and the error has the result."""
    dag = ci.DAG()
    dag.step("a", "hand")
    by_hand.stage("a", failure="red", data={"n": 1})
    with pytest.raises(ci.WorkflowFailed) as caught:
        async with dag.execute(by_hand.orchestrator, pace=PATIENT):
            pass
    check = caught.value.result.checks["a"]
    assert (check.outcome, check.data) == (Outcome.FAILED, {"n": 1})


async def test_a_block_that_is_left_by_an_exception_cancels_the_plan(by_hand: ByHand) -> None:
    """The plan of a block that failed is cancelled, and its nodes say by what."""
    dag = ci.DAG()
    dag.step("a", "hand")
    execution: ci.WorkflowExecution | None = None
    with pytest.raises(ZeroDivisionError):
        async with dag.execute(by_hand.orchestrator, pace=PATIENT) as execution:
            raise ZeroDivisionError
    assert execution is not None
    result = await execution.wait_for_completion(timeout=30, raise_on_failure=False)
    assert result.checks["a"].outcome is Outcome.CANCELLED
    assert "its block was left by ZeroDivisionError" in str(result.stages["a"].cause)


async def test_a_block_that_is_cancelled_cancels_the_plan(by_hand: ByHand) -> None:
    """Cancelling the task inside the block ends the work; outside of one it does not."""
    inside, outside = ci.DAG(), ci.DAG()
    inside.step("a", "hand")
    outside.step("b", "hand")
    entered: asyncio.Future[ci.WorkflowExecution] = asyncio.get_running_loop().create_future()

    async def block() -> None:
        async with inside.execute(by_hand.orchestrator, pace=PATIENT) as execution:
            entered.set_result(execution)

    blocked = asyncio.create_task(block())
    execution = await outside.execute(by_hand.orchestrator, pace=PATIENT)
    waiting = asyncio.create_task(execution.wait_for_completion())
    left = await entered
    for task in (blocked, waiting):
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
    assert await left.status() is ci.PlanStatus.CANCELLED
    assert await execution.status() is ci.PlanStatus.RUNNING


async def test_questions_to_the_plan(by_hand: ByHand) -> None:
    """Nodes can be asked for by node, reference and id, and by state."""
    dag = ci.DAG()
    a = dag.check("a")
    step = dag.step("s", "hand").after(a)
    execution = await dag.execute(by_hand.orchestrator)
    assert (await execution.get_check(a)).id == "a"
    assert (await execution.get_check(ci.check("a"))).id == "a"
    assert (await execution.get_stage("s")).id == "s"
    assert (await execution.get_stage(step)).id == "s"
    assert [stage.id for stage in await execution.query_stages(ci.StageState.PLANNED)] == ["s"]
    await by_hand.check(execution.work_plan_id, "a")
    assert [check.id for check in await execution.query_checks(CheckState.FINAL)] == ["a"]
    assert [check.id for check in await execution.query_checks()] == ["a", "s"]
    with pytest.raises(ci.InvalidArgument, match="stage 's' is no check; give a check, its reference or its id"):
        await execution.get_check(ci.stage("s"))


async def test_an_id_that_nobody_has_is_not_found_at_once(by_hand: ByHand) -> None:
    """Waiting for or asking about an unknown id fails at once with a near miss."""
    dag = ci.DAG()
    dag.check("build")
    execution = await dag.execute(by_hand.orchestrator)
    with pytest.raises(ci.NotFound) as caught:
        await execution.wait_for_check("biuld")
    assert str(caught.value) == (
        f"check 'biuld' is not in work plan '{execution.work_plan_id}' (did you mean 'build'?); it has 1 check"
    )
    with pytest.raises(ci.NotFound):
        await execution.get_stage("build")


async def test_reasons_are_those_of_the_orchestrator(by_hand: ByHand) -> None:
    """`why` answers for the whole plan, or for one node and what it waits for in turn, by object or id."""
    dag = ci.DAG()
    node = dag.check("a")
    dag.check("b").depends_on(node)
    execution = await dag.execute(by_hand.orchestrator)
    everything = await execution.why()
    assert [(reason.node, reason.kind) for reason in everything] == [
        (ci.check("a"), ci.ReasonKind.UNASSIGNED),
        (ci.check("b"), ci.ReasonKind.DEPENDENCY_OPEN),
    ]
    assert list(await execution.why(node)) == [everything[0]]
    assert [reason.node for reason in await execution.why("b")] == [ci.check("b"), ci.check("a")]


async def test_an_execution_is_drawn_with_states(by_hand: ByHand) -> None:
    """The picture has the nodes that others added, and says how far each of them is."""
    dag = ci.DAG()
    dag.step("a", "hand")
    execution = await dag.execute(by_hand.orchestrator)
    await by_hand.orchestrator.write_nodes(execution.work_plan_id, checks=[ci.CheckWrite(id="added")])
    by_hand.stage("a")
    await execution.wait_for_check("a", timeout=30)
    for picture in (await execution.to_mermaid(), await execution.to_dot()):
        assert "added" in picture
        assert "SUCCEEDED" in picture


def test_a_script_runs_in_its_process_and_on_a_server(server: str) -> None:
    """`ci.run` gives the same result on both; the address is all that is different."""
    results: list[dict[str, str]] = []
    for address in (None, server):
        dag = ci.DAG("script")
        first = dag.shell("first", "echo one")
        dag.shell("second", "echo two").after(first)
        result = ci.run(dag, connect=address)
        assert result.ok
        results.append({id: check.value("output", str) for id, check in result.checks.items()})
    assert results[0] == results[1] == {"first": "one\n", "second": "two\n"}
