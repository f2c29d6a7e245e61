"""Nodes that join a running plan from several tasks: what is written, in which calls and in which order."""

from __future__ import annotations

import asyncio
import logging

import pytest
from anyio import wait_all_tasks_blocked

import ci
from ci import CheckState
from tests.dsl.conftest import HASTY, PATIENT
from tests.dsl.recording import RecordingOrchestrator


async def running(port: RecordingOrchestrator, pace: ci.Pace = PATIENT) -> tuple[ci.DAG, ci.WorkflowExecution]:
    """Execute a DAG of one check."""
    dag = ci.DAG("hybrid")
    dag.check("plan")
    execution = await dag.execute(port, pace=pace)
    port.writes.clear()
    port.calls.clear()
    return dag, execution


def check(id: str, **fields: object) -> ci.CheckWrite:
    return ci.CheckWrite(id=id, **fields)  # type: ignore[arg-type]


def stage(id: str, *answers: str, **fields: object) -> ci.StageWrite:
    assignments = tuple(map(ci.Assignment, answers))
    return ci.StageWrite(id=id, runner_type="r", assignments=assignments, **fields)  # type: ignore[arg-type]


async def test_two_coroutines_add_at_once(port: RecordingOrchestrator) -> None:
    """Each commits its own nodes: what one writes leaves alone what the other has half defined."""
    dag, _ = await running(port)
    turn = asyncio.Event()

    async def slow() -> None:
        built = await dag.add_check("slow")
        exec_ = await dag.add_stage("exec:slow")
        exec_.runner("r")
        await turn.wait()
        built.kind("k")
        exec_.assigns(built)
        await dag.commit()

    async def quick() -> None:
        built = await dag.add_check("quick")
        exec_ = await dag.add_stage("exec:quick")
        exec_.runner("r").assigns(built)
        await dag.commit()
        turn.set()

    await asyncio.gather(slow(), quick())
    assert port.writes == [
        ((check("slow", state=CheckState.PLANNING),), ()),
        ((check("quick", state=CheckState.PLANNING),), ()),
        ((check("quick", state=CheckState.PLANNED),), (stage("exec:quick", "quick"),)),
        ((check("slow", state=CheckState.PLANNED, kind="k"),), (stage("exec:slow", "slow"),)),
    ]


async def test_a_stage_is_opened_before_its_checks(port: RecordingOrchestrator) -> None:
    """The stage arrives in the same call as the checks that were opened after it, and after them in that call."""
    dag, _ = await running(port)
    exec_ = (await dag.add_stage("exec")).runner("r")
    one, two = await dag.add_check("one"), dag.check("two")
    exec_.assigns(one, two)
    await dag.commit()
    assert port.writes == [
        ((check("one", state=CheckState.PLANNING),), ()),
        ((check("one", state=CheckState.PLANNED), check("two")), (stage("exec", "one", "two"),)),
    ]


async def test_an_await_between_two_settings_writes_nothing(port: RecordingOrchestrator) -> None:
    """Others may wait, look and commit meanwhile: the node is written once, with both settings."""
    dag, execution = await running(port)

    async def others() -> None:
        await dag.commit()
        await execution.query_checks()
        await execution.get_check("plan")
        await execution.why()

    exec_ = dag.stage("exec").runner("r")
    await asyncio.create_task(others())
    await wait_all_tasks_blocked()
    exec_.arg("n", 1)
    await dag.add_check("other").kind("k")
    exec_.arg("m", 2)
    await dag.commit()
    assert port.writes == [((check("other", kind="k"),), ()), ((), (stage("exec", args={"n": 1, "m": 2}),))]


async def test_settings_after_the_await_are_never_lost(port: RecordingOrchestrator) -> None:
    """What is set on a reserved check between its await and any later commit is in the second write."""
    dag, execution = await running(port)
    built = await dag.add_check("built")
    built.kind("k").option("a", 1)
    await asyncio.sleep(0)
    built.option("b", 2).depends_on("plan")
    await execution.query_stages()
    assert port.writes[1:] == [
        (
            (
                check(
                    "built",
                    state=CheckState.PLANNED,
                    kind="k",
                    options={"a": 1, "b": 2},
                    dependencies=ci.depends_on("plan"),
                ),
            ),
            (),
        )
    ]


async def test_a_reservation_under_way_is_completed_by_whoever_writes_the_check(port: RecordingOrchestrator) -> None:
    """A stage of another task that answers the check by its id takes it along and says its state."""
    dag, _ = await running(port)
    port.gate = asyncio.Event()
    reserving = asyncio.ensure_future(dag.add_check("built"))
    await wait_all_tasks_blocked()
    port.gate.set()
    await dag.add_stage("exec").runner("r").assigns("built")
    await reserving
    assert port.writes[-1] == ((check("built", state=CheckState.PLANNED),), (stage("exec", "built"),))


async def test_open_nodes_of_two_tasks_may_depend_on_each_other(port: RecordingOrchestrator) -> None:
    """Each task writes its own; an edge to what is not written yet waits for it."""
    dag, _ = await running(port)
    second_may = asyncio.Event()

    async def first() -> None:
        dag.check("first").depends_on("second")
        await dag.commit()
        second_may.set()

    async def second() -> None:
        node = dag.check("second")
        await second_may.wait()
        node.kind("k")

    await asyncio.gather(second(), first())
    await wait_all_tasks_blocked()
    assert port.writes == [
        ((check("first", dependencies=ci.depends_on("second")),), ()),
        ((check("second", kind="k"),), ()),
    ]


async def test_a_function_step_can_be_added(port: RecordingOrchestrator) -> None:
    """Its runner is hosted before the step is written."""
    dag, execution = await running(port)

    @dag.function()
    def work(stage: ci.StageContext) -> None: ...

    await execution.query_checks()
    assert port.calls == ["host", "write_nodes", "query_nodes"]
    [runner] = port.hosted
    [(_, (written,))] = port.writes
    assert (written.id, written.runner_type) == ("work", runner.runner_type)


async def test_a_callback_can_add_nodes(port: RecordingOrchestrator) -> None:
    """What a callback adds is written when it has returned: no task will come back for it, and somebody may wait."""
    dag, execution = await running(port)

    def add() -> None:
        dag.stage("exec").runner("r").assigns(dag.check("built").kind("k"))

    waiting = asyncio.create_task(execution.wait_for_completion())
    await wait_all_tasks_blocked()
    asyncio.get_running_loop().call_soon(add)
    await wait_all_tasks_blocked()
    assert port.writes == [((check("built", kind="k"),), (stage("exec", "built"),))]
    await port.finish(ci.check("plan"), ci.check("built"), ci.stage("exec"))
    assert (await waiting).ok


async def test_why_names_what_others_are_adding(port: RecordingOrchestrator) -> None:
    """Nodes that another task has not committed are reasons with their lines, before those of the orchestrator."""
    known = ci.Reason(ci.check("plan"), ci.ReasonKind.UNASSIGNED, "no stage is assigned to check 'plan'")
    port.explanation = ci.Explanation(reasons=(known,))
    dag, execution = await running(port)
    proceed = asyncio.Event()

    async def add() -> None:
        dag.check("late")
        await proceed.wait()

    adding = asyncio.create_task(add())
    await wait_all_tasks_blocked()
    late, plan = await execution.why()
    assert (late.node, late.kind, plan) == (ci.check("late"), ci.ReasonKind.NOT_COMMITTED, known)
    assert str(late).startswith("check 'late' is not committed yet (tests/dsl/test_hybrid.py:")
    assert list(await execution.why("late")) == [late]
    assert list(await execution.why("plan")) == [known]
    proceed.set()
    await adding


async def test_one_reminder_is_logged(port: RecordingOrchestrator, caplog: pytest.LogCaptureFixture) -> None:
    """Nodes that stay open while somebody waits are named once, with their lines; the wait goes on."""
    dag, execution = await running(port, HASTY)
    proceed = asyncio.Event()

    async def add() -> None:
        node = dag.stage("late")
        await proceed.wait()
        node.runner("r")

    adding = asyncio.create_task(add())
    await wait_all_tasks_blocked()
    waiting = asyncio.create_task(execution.wait_for_completion())
    await port.finish(ci.check("plan"))
    await port.has_heard("query_nodes", port.calls.count("query_nodes") + 8)
    proceed.set()
    await adding
    await wait_all_tasks_blocked()
    await port.finish(ci.stage("late"))
    await waiting
    said = [record for record in caplog.records if "being added" in record.message]
    assert [record.levelno for record in said] == [logging.WARNING]
    assert "stage 'late' is not committed yet (tests/dsl/test_hybrid.py:" in said[0].message


async def test_a_draft_that_is_dropped_is_written_with_the_rest(port: RecordingOrchestrator) -> None:
    """The warning names the call and the line of the user; the settings that were made are not lost."""
    dag, _ = await running(port)
    with pytest.warns(RuntimeWarning, match=r"dag\.add_stage\('exec'\) was never awaited; the stage stays open"):
        dag.add_stage("exec").runner("r").arg("n", 1)
    await dag.commit()
    assert port.writes == [((), (stage("exec", args={"n": 1}),))]


async def test_no_stage_starts_half_defined() -> None:
    """On a real orchestrator tasks that add at once, with pauses between settings, never show a runner half a stage."""
    seen: dict[str, dict[str, object]] = {}
    runner = ci.Runner("r")

    @runner.handler
    async def work(stage: ci.StageContext) -> None:
        seen[stage.stage_id] = dict(stage.args) | {"checks": stage.check_ids}

    async def add(dag: ci.DAG, execution: ci.WorkflowExecution, number: int) -> None:
        node = await dag.add_stage(f"s{number}")
        node.runner(runner)
        await asyncio.sleep(0)
        built = await dag.add_check(f"c{number}")
        node.arg("n", number)
        await asyncio.sleep(0)
        node.assigns(built)
        await execution.wait_for_check(built, timeout=30)

    async with ci.local(runners=[runner]) as orch:
        dag = ci.DAG()
        dag.check("open").external()
        async with dag.execute(orch) as execution:
            await asyncio.gather(*[add(dag, execution, number) for number in range(20)])
            await orch.write_nodes(execution.work_plan_id, checks=[ci.new_check("open").result({}).final().build()])
    assert seen == {f"s{number}": {"n": number, "checks": (f"c{number}",)} for number in range(20)}
