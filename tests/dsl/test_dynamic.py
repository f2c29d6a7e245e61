from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from anyio import wait_all_tasks_blocked

import ci
from ci import CheckState
from tests.dsl.conftest import HASTY, PATIENT
from tests.dsl.recording import RecordingOrchestrator


async def running(port: RecordingOrchestrator, pace: ci.Pace = PATIENT) -> tuple[ci.DAG, ci.WorkflowExecution]:
    """Execute a DAG of one check."""
    dag = ci.DAG("dynamic")
    dag.check("plan")
    execution = await dag.execute(port, pace=pace)
    port.writes.clear()
    return dag, execution


def written(port: RecordingOrchestrator) -> list[list[str]]:
    """Return what each call wrote."""
    return [
        [f"check {check.id}" for check in checks] + [f"stage {stage.id}" for stage in stages]
        for checks, stages in port.writes
    ]


async def test_nodes_after_execute_are_written_by_the_next_wait(port: RecordingOrchestrator) -> None:
    """Nodes that are defined while the plan runs stay open, and are then written together."""
    dag, execution = await running(port)
    build = dag.check("build").kind("build").depends_on("plan")
    dag.stage("exec:build").runner("builder").assigns(build)
    dag.shell("test", "pytest").after(build)
    assert written(port) == []
    await port.finish(ci.check("plan"))
    await execution.wait_for_check("plan")
    assert written(port) == [["check build", "check test", "stage exec:build", "stage test"]]


@pytest.mark.parametrize("look", ["commit", "get_check", "query_checks", "query_stages", "why", "to_mermaid"])
async def test_every_look_at_the_plan_commits(port: RecordingOrchestrator, look: str) -> None:
    """Whoever looks at the plan finds what he has added."""
    dag, execution = await running(port)
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
    assert written(port) == [["check build"]]


async def test_an_awaited_chain_writes_the_node_whole(port: RecordingOrchestrator) -> None:
    """A check is written with its settings, a stage with its settings and the open checks that it answers."""
    dag, _ = await running(port)
    open_check = dag.check("open")
    other = dag.check("other")
    build = await dag.add_check("build").kind("build").depends_on("plan")
    await dag.add_stage("exec").runner("builder").assigns(build, open_check)
    assert written(port) == [["check build"], ["check open", "stage exec"]]
    [check] = port.writes[0][0]
    assert check == ci.CheckWrite(id="build", kind="build", dependencies=ci.depends_on("plan"))
    other.kind("still open")


async def test_a_setting_after_an_awaited_chain_is_refused(port: RecordingOrchestrator) -> None:
    """The chain was the whole definition."""
    dag, _ = await running(port)
    build = await dag.add_check("build").kind("build")
    with pytest.raises(ci.NodeWritten, match=r"check 'build' is written to the plan, option\(\) comes too late"):
        build.option("a", 1)


async def test_a_bare_await_reserves_a_check(port: RecordingOrchestrator) -> None:
    """The check is stored PLANNING; what is set afterwards counts, and committing makes it PLANNED."""
    dag, _ = await running(port)
    build = await dag.add_check("build")
    assert port.writes == [((ci.CheckWrite(id="build", state=CheckState.PLANNING),), ())]
    build.kind("build").depends_on("plan")
    stage = await dag.add_stage("exec")
    stage.runner("builder").assigns(build)
    assert len(port.writes) == 1
    await dag.commit()
    assert port.writes[1] == (
        (ci.CheckWrite(id="build", state=CheckState.PLANNED, kind="build", dependencies=ci.depends_on("plan")),),
        (ci.StageWrite(id="exec", runner_type="builder", assignments=(ci.Assignment("build"),)),),
    )


async def test_a_reserved_check_can_stay_open_on_purpose(port: RecordingOrchestrator) -> None:
    """Who asks for PLANNING gets it."""
    dag, _ = await running(port)
    build = await dag.add_check("build")
    build.state(CheckState.PLANNING)
    await dag.commit()
    assert port.writes[1][0] == (ci.CheckWrite(id="build", state=CheckState.PLANNING),)


async def test_adding_never_writes_other_nodes(port: RecordingOrchestrator) -> None:
    """A stage that is half defined is not written by the next add."""
    dag, _ = await running(port)
    stage = await dag.add_stage("half")
    await dag.add_check("build").kind("build")
    assert written(port) == [["check build"]]
    stage.runner("builder")
    await dag.commit()
    assert written(port) == [["check build"], ["stage half"]]


async def test_before_execute_adding_only_builds(port: RecordingOrchestrator) -> None:
    """The same calls work before and after execute."""
    dag = ci.DAG()
    build = await dag.add_check("build")
    build.kind("build")
    await dag.add_stage("exec").runner("builder").assigns(build)
    await dag.commit()
    assert port.calls == []
    await dag.execute(port)
    assert written(port) == [["check build", "stage exec"]]
    assert port.writes[0][0] == (ci.CheckWrite(id="build", kind="build"),)


async def test_added_nodes_are_validated_together(port: RecordingOrchestrator) -> None:
    """A commit reports all problems of the open nodes, writes nothing, and leaves them open."""
    dag, _ = await running(port)
    dag.check("build").depends_on("paln")
    stage = dag.stage("exec")
    with pytest.raises(ci.DAGValidationError) as caught:
        await dag.commit()
    assert [(problem.code, problem.node) for problem in caught.value.problems] == [
        ("CI005", "check 'build'"),
        ("CI016", "stage 'exec'"),
    ]
    assert "(did you mean 'plan'?)" in str(caught.value)
    assert written(port) == []
    stage.runner("builder")


async def test_added_nodes_may_depend_on_what_runners_added(port: RecordingOrchestrator) -> None:
    """A dependency that the DAG does not know is looked for in the plan."""
    dag, _ = await running(port)
    port.add(ci.Check(id="found", work_plan_id="plan-1", state=CheckState.PLANNED))
    dag.check("after").depends_on("found")
    await dag.commit()
    assert written(port) == [["check after"]]


async def test_a_cycle_through_written_nodes_is_found(port: RecordingOrchestrator) -> None:
    """A new stage can close a cycle with nodes that are in the plan."""
    dag, _ = await running(port)
    dag.check("later").depends_on("plan")
    await dag.commit()
    dag.stage("exec").runner("r").assigns("plan").after(ci.check("later"))
    with pytest.raises(ci.DAGValidationError, match="dependencies form a cycle"):
        await dag.commit()


async def test_a_written_id_cannot_be_defined_again(port: RecordingOrchestrator) -> None:
    """An id of the plan is taken, for a reserved check too."""
    dag, _ = await running(port)
    with pytest.raises(ci.DAGValidationError, match="check 'plan' is defined twice"):
        await dag.add_check("plan")


async def test_a_failed_commit_can_be_repeated(port: RecordingOrchestrator) -> None:
    """Nodes whose write failed are open again."""
    dag, _ = await running(port)
    build = dag.check("build")
    port.errors["write_nodes"] = [ci.OrchestratorUnavailable("orchestrator", "is away")]
    with pytest.raises(ci.OrchestratorUnavailable):
        await dag.commit()
    build.kind("build")
    await dag.commit()
    assert port.writes == [((ci.CheckWrite(id="build", kind="build"),), ())]


async def test_nodes_are_committed_by_the_task_that_opened_them(port: RecordingOrchestrator) -> None:
    """Another task that waits does not write what is half defined."""
    dag, execution = await running(port)
    proceed = asyncio.Event()

    async def add() -> None:
        stage = dag.stage("exec")
        await proceed.wait()
        stage.runner("builder")
        await dag.commit()

    adding = asyncio.create_task(add())
    await wait_all_tasks_blocked()
    await execution.query_checks()
    assert written(port) == []
    proceed.set()
    await adding
    assert written(port) == [["stage exec"]]


async def test_nodes_are_committed_when_their_task_ends(port: RecordingOrchestrator) -> None:
    """What a task has left open is written."""
    dag, _ = await running(port)

    async def add() -> None:
        dag.check("build")

    await asyncio.create_task(add())
    await wait_all_tasks_blocked()
    assert written(port) == [["check build"]]


async def test_what_a_task_left_open_and_wrong_fails_those_who_wait(
    port: RecordingOrchestrator, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in nodes that nobody is left to hear of reaches the waiters."""
    dag, execution = await running(port)
    waiting = asyncio.create_task(execution.wait_for_completion())
    await wait_all_tasks_blocked()

    async def add() -> None:
        dag.stage("exec")

    await asyncio.create_task(add())
    with pytest.raises(ci.DAGValidationError, match="stage 'exec' has no runner type"):
        await waiting
    assert "nodes that a task has left open cannot be written" in caplog.text


async def test_open_nodes_of_a_live_task_hold_up_completion(port: RecordingOrchestrator) -> None:
    """A plan to which somebody is about to add something is neither complete nor stalled."""
    port.explanation = ci.Explanation(stalled=True)
    dag, execution = await running(port, HASTY)
    proceed = asyncio.Event()

    async def add() -> None:
        check = dag.check("late")
        await proceed.wait()
        check.kind("late")
        await dag.commit()

    adding = asyncio.create_task(add())
    await wait_all_tasks_blocked()
    await port.finish(ci.check("plan"))
    with pytest.raises(TimeoutError, match=r"check 'late' is not committed yet \(tests/dsl/test_dynamic.py:\d+\)"):
        await execution.wait_for_completion(timeout=0.1)
    proceed.set()
    await adding
    port.explanation = ci.Explanation()
    await port.finish(ci.check("late"))
    assert list((await execution.wait_for_completion()).checks) == ["plan", "late"]


async def test_nodes_that_are_on_their_way_take_no_settings(port: RecordingOrchestrator) -> None:
    """A setting made while the write is under way would be lost, so it is refused; a failed write opens them again."""
    dag, _ = await running(port)
    nodes: list[ci.CheckNode] = []

    async def add() -> None:
        nodes.append(dag.check("build"))
        await dag.commit()

    port.gate = asyncio.Event()
    adding = asyncio.create_task(add())
    await wait_all_tasks_blocked()
    with pytest.raises(ci.NodeWritten):
        nodes[0].kind("late")
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    nodes[0].kind("open again")
    port.gate.set()
    await dag.commit()
    assert port.writes == [((ci.CheckWrite(id="build", kind="open again"),), ())]


async def test_leaving_the_block_commits_and_waits(port: RecordingOrchestrator) -> None:
    """What is open at the end of the block is written, and waited for."""
    dag = ci.DAG()
    dag.check("plan")

    async def finish_when_written() -> None:
        await wait_all_tasks_blocked()
        await port.finish(ci.check("plan"), ci.check("build"))

    async with dag.execute(port, pace=PATIENT):
        dag.check("build")
        finishing = asyncio.create_task(finish_when_written())
    await finishing
    assert written(port) == [["check plan"], ["check build"]]


async def test_a_dropped_draft_warns_at_the_line_of_the_user(port: RecordingOrchestrator) -> None:
    """Forgetting the await is said, and the node is not lost."""
    dag, _ = await running(port)
    with pytest.warns(
        RuntimeWarning, match=r"dag.add_check\('build'\) was never awaited; the check stays open"
    ) as caught:
        dag.add_check("build")
    assert caught[0].filename == __file__
    await dag.commit()
    assert written(port) == [["check build"]]


async def test_a_draft_is_awaited_once(port: RecordingOrchestrator) -> None:
    """The node comes from the first await."""
    dag, _ = await running(port)
    draft = dag.add_check("build")
    await draft
    with pytest.raises(ci.InvalidState, match="check 'build' was awaited before; keep the node that the await gave"):
        await draft


async def test_a_draft_is_not_a_node(port: RecordingOrchestrator) -> None:
    """A draft where a node is wanted is a clear error: the await is missing."""
    dag, _ = await running(port)
    draft = dag.add_check("build")
    with pytest.raises(ci.InvalidArgument, match=r"depends_on\(\) is given .* which is no node"):
        dag.check("after").depends_on(draft)  # type: ignore[arg-type]
    await draft
