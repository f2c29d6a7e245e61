"""Executing a DAG: what is written, and when."""

from __future__ import annotations

import asyncio
import copy
import pickle
from datetime import UTC, datetime

import pytest
from anyio import wait_all_tasks_blocked

import ci
from ci import CheckState, ExecutionMode
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
