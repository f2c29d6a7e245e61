"""What a handler adds to the plan, as the orchestrator is asked to write it."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable

import pytest

import ci
from ci.runner import Runner, StageContext
from tests.runner.fakes import RecordedPort, an_execution
from turboci.errors import DAGValidationError, OrchestratorUnavailable
from turboci.executions import Answer, CheckUpdate, Execution
from turboci.nodes import Check
from turboci.states import CheckState, StageState
from turboci.writes import CheckWrite, StageWrite


async def run(handler: Callable[..., object], port: RecordedPort, execution: Execution | None = None) -> Answer:
    runner = Runner("builder")
    runner.handler(handler)  # type: ignore[type-var]
    return await runner.run(execution or an_execution(checks=()), port)


def written(port: RecordedPort) -> list[list[str]]:
    return [[check.id for check in checks] + [stage.id for stage in stages] for checks, stages, _ in port.written]


async def test_children_are_written_for_the_attempt_and_its_stage() -> None:
    """Each awaited chain is one write that names the execution; stages name their parent; the answer waits."""
    port, execution = RecordedPort(), an_execution(checks=())

    async def plan(stage: StageContext) -> None:
        built = await stage.add_check("built").kind("build")
        await stage.add_stage("child").runner("r").assigns(built)

    answer = await run(plan, port, execution)
    assert port.written == [
        ((CheckWrite(id="built", kind="build"),), (), execution.execution_id),
        (
            (),
            (StageWrite(id="child", runner_type="r", assignments=(ci.Assignment("built"),), parent_stage_id="build"),),
            execution.execution_id,
        ),
    ]
    assert answer == Answer(stage_state=StageState.AWAITING_GROUP)


async def test_checks_alone_are_no_children() -> None:
    """A stage that only added checks is done when its handler is."""

    async def plan(stage: StageContext) -> None:
        await stage.add_check("question").kind("x")

    assert await run(plan, RecordedPort()) == Answer()


async def test_children_of_builders_count_too() -> None:
    """A stage that `write_nodes` gives this parent is a child like any other."""

    async def plan(stage: StageContext) -> None:
        child = ci.new_stage("child").runner_type("r").parent(stage.stage_id).assigns("built").build()
        await stage.write_nodes(stages=[child])

    answer = await run(plan, RecordedPort(), an_execution(checks=("built", "other")))
    assert answer.stage_state is StageState.AWAITING_GROUP
    assert [update.check_id for update in answer.check_updates] == ["other"]


async def test_a_check_that_a_child_answers_is_left_to_it() -> None:
    """What the handler returns says nothing of the check that a child is to end, unless the handler reports on it."""

    async def plan(stage: StageContext) -> dict[str, object]:
        await stage.add_stage("child").runner("r").assigns("left", "said")
        stage.report("said", {"n": 2})
        return {"n": 1}

    port = RecordedPort(checks=[Check(id=id, work_plan_id="plan", state=CheckState.WAITING) for id in ("left", "said")])
    answer = await run(plan, port, an_execution(checks=("left", "said")))
    final = CheckUpdate(check_id="said", state=CheckState.FINAL, data={"n": 2}, finalize=True)
    assert answer.check_updates == (final,)
    assert answer.details == {"n": 1}


async def test_two_coroutines_of_a_handler_add_at_once() -> None:
    """What one of them commits leaves alone what the other one has half defined."""
    port = RecordedPort(checks=[Check(id="plan", work_plan_id="plan", state=CheckState.FINAL)])
    half, looked = asyncio.Event(), asyncio.Event()

    async def slow(stage: StageContext) -> None:
        child = await stage.add_stage("slow")
        half.set()
        await looked.wait()
        child.runner("r")

    async def quick(stage: StageContext) -> None:
        await half.wait()
        (await stage.add_stage("quick")).runner("r")
        await stage.check("plan")
        looked.set()

    async def plan(stage: StageContext) -> None:
        await asyncio.gather(slow(stage), quick(stage))

    await run(plan, port)
    assert written(port) == [["quick"], ["slow"]]


@pytest.mark.parametrize("look", ["commit", "check", "return"])
async def test_open_children_are_written_together(look: str) -> None:
    """A bare await stores nothing; a commit, a look at the plan or the end of the handler writes all with one call."""
    port = RecordedPort(checks=[Check(id="plan", work_plan_id="plan", state=CheckState.FINAL)])

    async def plan(stage: StageContext) -> None:
        child = await stage.add_stage("child")
        built = await stage.add_check("built")
        child.runner("r").assigns(built)
        assert port.written == []
        if look == "commit":
            await stage.commit()
        elif look == "check":
            await stage.check("plan")
        if look != "return":
            with pytest.raises(ci.NodeWritten, match=r"check 'built' is written to the plan, kind\(\) comes too late"):
                built.kind("late")

    await run(plan, port)
    assert written(port) == [["built", "child"]]


async def test_problems_of_children_name_the_stage_and_the_lines() -> None:
    """A commit says what is wrong with all open nodes and where; they stay open."""
    port = RecordedPort()

    async def plan(stage: StageContext) -> None:
        child = (await stage.add_stage("child")).after(ci.check("nowhere"))
        with pytest.raises(DAGValidationError) as caught:
            await stage.commit()
        assert str(caught.value).startswith("stage 'build' has 2 problems")
        assert [problem.code for problem in caught.value.problems] == ["CI016", "CI005"]
        assert all(problem.where.startswith("tests/runner/test_children.py:") for problem in caught.value.problems)
        child.runner("r")
        with pytest.raises(DAGValidationError, match="stage 'child' depends on check 'nowhere'"):
            await stage.commit()

    assert (await run(plan, port)).failure is not None
    assert port.written == []


async def test_nodes_of_the_dag_can_be_named_by_children() -> None:
    """A handler in the process of the DAG may use its nodes: they stand for those of the plan with their ids."""
    dag = ci.DAG()
    lint = dag.check("lint")
    port = RecordedPort(checks=[Check(id="lint", work_plan_id="plan", state=CheckState.PLANNED)])

    async def plan(stage: StageContext) -> None:
        await stage.add_stage("child").runner("r").after(lint)

    await run(plan, port)
    [(_, (child,), _)] = port.written
    assert child.dependencies == ci.depends_on("lint")


async def test_a_child_that_cannot_be_written_makes_the_answer_red() -> None:
    """The handler hears of it where it awaits; what it leaves open is tried at its end."""
    port = RecordedPort()
    port.fail("write_nodes", OrchestratorUnavailable("orchestrator", "is away"))

    async def plan(stage: StageContext) -> None:
        (await stage.add_stage("child")).runner("r")

    assert (await run(plan, port)).failure == "OrchestratorUnavailable: orchestrator is away"


async def test_a_dropped_draft_of_a_coroutine_warns() -> None:
    """Forgetting the await is said at the line of the handler, and the child is written all the same."""
    port = RecordedPort()

    async def plan(stage: StageContext) -> None:
        with pytest.warns(RuntimeWarning, match=r"stage\.add_stage\('child'\) was never awaited; the stage stays open"):
            stage.add_stage("child").runner("r")

    await run(plan, port)
    assert written(port) == [["child"]]


async def test_a_plain_function_need_not_await() -> None:
    """In a thread there is nothing to await with."""
    port = RecordedPort()

    def plan(stage: StageContext) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            stage.add_stage("child").runner("r")

    assert (await run(plan, port)).stage_state is StageState.AWAITING_GROUP
    assert written(port) == [["child"]]
