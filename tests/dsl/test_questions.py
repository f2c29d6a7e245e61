"""What can be asked of an execution."""

from __future__ import annotations

from dataclasses import replace

import pytest

import ci
from ci import CheckState, Outcome
from tests.dsl.recording import RecordingOrchestrator


async def test_a_stage_of_an_execution_is_cancelled_by_node_or_id(port: RecordingOrchestrator) -> None:
    """`cancel_stage` hands plan, stage and reason on, and returns the stage."""
    dag = ci.DAG()
    build = dag.stage("build").runner("builder")
    execution = await dag.execute(port)
    assert (await execution.cancel_stage(build, "enough")).cause == "enough"
    assert (await execution.cancel_stage("build")).id == "build"


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
