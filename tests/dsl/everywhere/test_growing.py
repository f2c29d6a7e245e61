"""DAGs that grow while they run, on every orchestrator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import ci
from ci import CheckState
from tests.dsl.by_hand import ByHand
from tests.dsl.conftest import PATIENT


async def running(by_hand: ByHand, pace: ci.Pace = PATIENT) -> tuple[ci.DAG, ci.WorkflowExecution]:
    """Execute a DAG of one check."""
    dag = ci.DAG("growing")
    dag.check("plan")
    return dag, await dag.execute(by_hand.orchestrator, pace=pace)


async def stored(execution: ci.WorkflowExecution) -> list[str]:
    """Return what the orchestrator has, without a look that would commit anything."""
    nodes = await execution.orchestrator.query_nodes(execution.work_plan_id)
    return [f"check {check.id}" for check in nodes.checks] + [f"stage {stage.id}" for stage in nodes.stages]


async def test_nodes_after_execute_are_written_by_the_next_wait(by_hand: ByHand) -> None:
    """Nodes that are defined while the plan runs stay open, and are then written together."""
    dag, execution = await running(by_hand)
    build = dag.check("build").kind("build").depends_on("plan")
    dag.stage("exec:build").runner("hand").assigns(build)
    dag.step("test", "hand").after(build)
    assert await stored(execution) == ["check plan"]
    await by_hand.check(execution.work_plan_id, "plan")
    await execution.wait_for_check("plan", timeout=30)
    assert await stored(execution) == ["check plan", "check build", "check test", "stage exec:build", "stage test"]
    by_hand.stage("exec:build")
    by_hand.stage("test")
    assert (await execution.wait_for_completion(timeout=30)).ok


@pytest.mark.parametrize("look", ["commit", "get_check", "query_checks", "query_stages", "why", "to_mermaid"])
async def test_every_look_at_the_plan_commits(by_hand: ByHand, look: str) -> None:
    """Whoever looks at the plan finds what he has added."""
    dag, execution = await running(by_hand)
    dag.check("build")
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "commit": dag.commit,
        "get_check": lambda: execution.get_check("plan"),
        "query_checks": execution.query_checks,
        "query_stages": execution.query_stages,
        "why": execution.why,
        "to_mermaid": execution.to_mermaid,
    }
    await calls[look]()
    assert await stored(execution) == ["check plan", "check build"]


async def test_an_awaited_chain_writes_the_node_whole(by_hand: ByHand) -> None:
    """A check is written with its settings, a stage with the open checks that it answers; that was all."""
    dag, execution = await running(by_hand)
    open_check = dag.check("open")
    build = await dag.add_check("build").kind("build").depends_on("plan")
    assert await stored(execution) == ["check plan", "check build"]
    await dag.add_stage("exec").runner("hand").assigns(build, open_check)
    assert await stored(execution) == ["check plan", "check build", "check open", "stage exec"]
    check = await execution.get_check("build")
    assert (check.kind, check.dependencies) == ("build", ci.depends_on("plan"))
    with pytest.raises(ci.NodeWritten, match=r"check 'build' is written to the plan, option\(\) comes too late"):
        build.option("a", 1)


async def test_a_bare_await_reserves_a_check(by_hand: ByHand) -> None:
    """The check is stored PLANNING; what is set afterwards counts, and committing lets it go."""
    dag, execution = await running(by_hand)
    build = await dag.add_check("build")
    nodes = await execution.orchestrator.query_nodes(execution.work_plan_id, check_ids=["build"])
    assert nodes.checks[0].state is CheckState.PLANNING
    build.kind("build").depends_on("plan")
    stage = await dag.add_stage("exec")
    stage.runner("hand").assigns(build)
    assert await stored(execution) == ["check plan", "check build"]
    await dag.commit()
    check = await execution.get_check("build")
    assert (check.kind, check.state, check.dependencies) == ("build", CheckState.PLANNED, ci.depends_on("plan"))
    by_hand.stage("exec", data={"built": True})
    await by_hand.check(execution.work_plan_id, "plan")
    assert (await execution.wait_for_check(build, timeout=30)).data == {"built": True}


async def test_adding_never_writes_other_nodes(by_hand: ByHand) -> None:
    """A stage that is half defined is not written by the next add."""
    dag, execution = await running(by_hand)
    stage = await dag.add_stage("half")
    await dag.add_check("build").kind("build")
    assert await stored(execution) == ["check plan", "check build"]
    stage.runner("hand")
    await dag.commit()
    assert await stored(execution) == ["check plan", "check build", "stage half"]


async def test_before_execute_adding_only_builds(orchestrator: ci.Orchestrator) -> None:
    """The same calls work before and after execute."""
    dag = ci.DAG()
    build = await dag.add_check("build")
    build.kind("build")
    await dag.add_stage("exec").runner("nobody").assigns(build)
    await dag.commit()
    execution = await dag.execute(orchestrator)
    assert await stored(execution) == ["check build", "stage exec"]


async def test_added_nodes_are_validated_together(by_hand: ByHand) -> None:
    """A commit reports all problems of the open nodes, writes nothing, and leaves them open."""
    dag, execution = await running(by_hand)
    check = dag.check("build").depends_on("paln")
    stage = dag.stage("exec")
    with pytest.raises(ci.DAGValidationError) as caught:
        await dag.commit()
    assert [(problem.code, problem.node) for problem in caught.value.problems] == [
        ("CI005", "check 'build'"),
        ("CI016", "stage 'exec'"),
    ]
    assert "(did you mean 'plan'?)" in str(caught.value)
    assert await stored(execution) == ["check plan"]
    check.kind("still open")
    stage.runner("hand")
    with pytest.raises(ci.DAGValidationError):
        await dag.commit()
    dag.check("paln")
    await dag.commit()
    assert await stored(execution) == ["check plan", "check build", "check paln", "stage exec"]


async def test_added_nodes_may_depend_on_what_others_added(by_hand: ByHand) -> None:
    """A dependency that the DAG does not know is looked for in the plan."""
    dag, execution = await running(by_hand)
    await by_hand.orchestrator.write_nodes(execution.work_plan_id, checks=[ci.CheckWrite(id="found")])
    dag.check("after").depends_on("found")
    await dag.commit()
    assert await stored(execution) == ["check plan", "check found", "check after"]
    await by_hand.check(execution.work_plan_id, "found")
    assert (await execution.wait_for_check("found", timeout=30)).outcome is ci.Outcome.SUCCEEDED


async def test_a_cycle_through_written_nodes_is_found(by_hand: ByHand) -> None:
    """A new stage can close a cycle with nodes that are in the plan."""
    dag, _ = await running(by_hand)
    dag.check("later").depends_on("plan")
    await dag.commit()
    dag.stage("exec").runner("hand").assigns("plan").after(ci.check("later"))
    with pytest.raises(ci.DAGValidationError, match="dependencies form a cycle"):
        await dag.commit()


async def test_a_written_id_cannot_be_defined_again(by_hand: ByHand) -> None:
    """An id of the plan is taken, for a reserved check too."""
    dag, _ = await running(by_hand)
    with pytest.raises(ci.DAGValidationError, match="check 'plan' is defined twice"):
        await dag.add_check("plan")


async def test_nodes_are_committed_by_the_task_that_opened_them(by_hand: ByHand) -> None:
    """Another task that waits does not write what is half defined."""
    dag, execution = await running(by_hand)
    opened, proceed = asyncio.Event(), asyncio.Event()

    async def add() -> None:
        stage = dag.stage("exec")
        opened.set()
        await proceed.wait()
        stage.runner("hand")
        await dag.commit()

    adding = asyncio.create_task(add())
    await opened.wait()
    await execution.query_checks()
    assert await stored(execution) == ["check plan"]
    proceed.set()
    await adding
    assert await stored(execution) == ["check plan", "stage exec"]


async def test_what_a_task_left_open_is_written_when_it_ends(by_hand: ByHand) -> None:
    """A node of a task that is gone is waited for like any other."""
    dag, execution = await running(by_hand)

    async def add() -> None:
        dag.step("left", "hand")

    await asyncio.create_task(add())
    by_hand.stage("left")
    await by_hand.check(execution.work_plan_id, "plan")
    result = await execution.wait_for_completion(timeout=30)
    assert list(result.checks) == ["plan", "left"]


async def test_open_nodes_of_a_live_task_hold_up_completion(by_hand: ByHand) -> None:
    """A plan to which somebody is about to add something is neither complete nor stalled."""
    dag, execution = await running(by_hand, ci.Pace(quiet=0.05))
    opened, proceed = asyncio.Event(), asyncio.Event()

    async def add() -> None:
        check = dag.check("late")
        opened.set()
        await proceed.wait()
        check.kind("late")
        await dag.commit()

    adding = asyncio.create_task(add())
    await opened.wait()
    await by_hand.check(execution.work_plan_id, "plan")
    with pytest.raises(
        TimeoutError, match=r"check 'late' is not committed yet \(tests/dsl/everywhere/test_growing.py:"
    ):
        await execution.wait_for_completion(timeout=0.5)
    proceed.set()
    await adding
    await by_hand.check(execution.work_plan_id, "late")
    assert list((await execution.wait_for_completion(timeout=30)).checks) == ["plan", "late"]


async def test_leaving_the_block_commits_and_waits(by_hand: ByHand) -> None:
    """What is open at the end of the block is written, and waited for."""
    dag = ci.DAG()
    dag.step("plan", "hand")
    by_hand.stage("build")
    by_hand.stage("plan")
    async with dag.execute(by_hand.orchestrator, pace=PATIENT) as execution:
        dag.step("build", "hand").after("plan")
    assert execution.complete
    assert await execution.status() is ci.PlanStatus.SUCCEEDED


async def test_two_tasks_add_at_once(by_hand: ByHand) -> None:
    """Tasks that add nodes at the same time write their own, whole, and nothing is lost."""
    dag, execution = await running(by_hand)

    async def add(number: int) -> None:
        check = await dag.add_check(f"check:{number}")
        stage = await dag.add_stage(f"stage:{number}")
        check.kind("many").depends_on("plan")
        await asyncio.sleep(0)
        stage.runner("hand").assigns(check).arg("number", number)
        by_hand.stage(f"stage:{number}", data={"number": number})
        await dag.commit()

    await asyncio.gather(*(add(number) for number in range(20)))
    await by_hand.check(execution.work_plan_id, "plan")
    result = await execution.wait_for_completion(timeout=30)
    assert {check.value("number", int) for check in result.checks.values() if check.kind == "many"} == {*range(20)}
    assert all(stage.args["number"] == int(id.partition(":")[2]) for id, stage in result.stages.items())
