"""Handlers that add children to their stage, on a real orchestrator in this process and behind a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

import ci
from ci import ConcludedReason, ExecutionMode, Outcome

Plan: TypeAlias = Callable[[ci.StageContext], Awaitable[ci.HandlerResult]]
Start: TypeAlias = Callable[[Plan], AbstractAsyncContextManager[ci.Orchestrator]]


RAN: list[str] = []
"""Stages in the order in which their handlers ran in the present test, those of the worker alone."""


def runners_of(plan: Plan) -> list[ci.Runner]:
    """Return a runner that adds children as `plan` says, and one that works on them as their arguments say."""
    RAN.clear()
    planner, worker = ci.Runner("planner"), ci.Runner("worker")

    @worker.handler
    async def work(stage: ci.StageContext) -> dict[str, object]:
        RAN.append(stage.stage_id)
        if stage.args.get("fail"):
            raise ci.StageFailed("told to fail")
        return {"by": stage.stage_id}

    planner.handler(plan)
    return [planner, worker]


@pytest.fixture
def start(orchestrator: ci.Orchestrator) -> Start:
    @asynccontextmanager
    async def hosting(plan: Plan) -> AsyncIterator[ci.Orchestrator]:
        for runner in runners_of(plan):
            await orchestrator.host(runner)
        yield orchestrator

    return hosting


async def completed(orch: ci.Orchestrator, mode: ExecutionMode = ExecutionMode.SYNC) -> ci.WorkflowResult:
    """Run one step whose stage adds children, and a stage after it."""
    dag = ci.DAG("growing")
    step = dag.step("plan", "planner")
    if mode is ExecutionMode.ASYNC:
        step.async_()
    dag.stage("after").runner("worker").after(ci.stage("plan").finished)
    execution = await dag.execute(orch)
    return await execution.wait_for_completion(timeout=30, raise_on_failure=False)


@pytest.mark.parametrize("mode", list(ExecutionMode))
async def test_a_stage_with_children_ends_after_them(start: Start, mode: ExecutionMode) -> None:
    """The group finishes: the stage is FINAL after its last child, its own answer counted at once."""

    async def plan(stage: ci.StageContext) -> dict[str, object]:
        for target in ("app", "docs"):
            built = await stage.add_check(f"built:{target}").kind("build")
            await stage.add_stage(f"build:{target}").runner("worker").arg("target", target).assigns(built)
        return {"targets": 2}

    async with start(plan) as orch:
        result = await completed(orch, mode)
        assert result.ok
        assert result.checks["plan"].value("targets", int) == 2
        assert result.checks["built:app"].value("by", str) == "build:app"
        assert (sorted(RAN[:2]), RAN[2:]) == (["build:app", "build:docs"], ["after"])
        [attempt] = result.stages["plan"].attempts
        assert attempt.state is ci.AttemptState.COMPLETE


async def test_a_failed_child_fails_the_group(start: Start) -> None:
    """The group fails: the stage is FAILED / GROUP_FAILED, while the check that it answered itself stays as it was."""

    async def plan(stage: ci.StageContext) -> None:
        await stage.add_stage("good").runner("worker")
        await stage.add_stage("bad").runner("worker").arg("fail", True)

    async with start(plan) as orch:
        result = await completed(orch)
    stage = result.stages["plan"]
    assert (stage.outcome, stage.concluded_reason) == (Outcome.FAILED, ConcludedReason.GROUP_FAILED)
    assert result.stages["good"].outcome is Outcome.SUCCEEDED
    assert result.checks["plan"].outcome is Outcome.SUCCEEDED


async def test_the_last_child_can_speak_for_the_group(start: Start) -> None:
    """A check of the parent that a child answers, too, is left to it; what the parent returned is in its details."""

    async def plan(stage: ci.StageContext) -> dict[str, object]:
        part = await stage.add_stage("part").runner("worker")
        await stage.add_stage("sum").runner("worker").arg("fail", True).after(part).assigns("plan")
        return {"parts": 1}

    async with start(plan) as orch:
        result = await completed(orch)
    check = result.checks["plan"]
    assert check.outcome is Outcome.FAILED
    assert [(each.stage_id, each.failure) for each in check.results] == [("sum", "told to fail")]
    assert result.stages["plan"].attempts[0].details == {"parts": 1}


async def test_open_children_are_written_when_the_handler_returns(start: Start) -> None:
    """After a bare await settings count until the end; stages and their checks are written together."""

    async def plan(stage: ci.StageContext) -> None:
        child = await stage.add_stage("child")
        built = await stage.add_check("built")
        child.runner("worker").assigns(built)
        built.kind("late").depends_on("gate")
        gate = await stage.add_check("gate")
        await stage.add_stage("open gate").runner("worker").assigns(gate)

    async with start(plan) as orch:
        result = await completed(orch)
        assert result.ok
        assert result.checks["built"].kind == "late"
    assert RAN == ["open gate", "child", "after"]


async def test_a_plain_function_adds_children_without_await(start: Start) -> None:
    """It runs in a thread and cannot await: what it adds is written when it returns, and nothing warns."""

    def plan(stage: ci.StageContext) -> None:
        stage.add_check("built")
        stage.add_stage("child").runner("worker").assigns("built")

    async with start(plan) as orch:  # type: ignore[arg-type]
        result = await completed(orch)
    assert result.ok
    assert result.checks["built"].value("by", str) == "child"


async def test_wrong_children_make_the_answer_red(start: Start) -> None:
    """A handler that leaves a child without a runner has failed; nothing of what it left open is written."""

    async def plan(stage: ci.StageContext) -> None:
        await stage.add_stage("child")

    async with start(plan) as orch:
        result = await completed(orch)
    assert "child" not in result.stages
    assert result.stages["plan"].outcome is Outcome.FAILED
    assert "stage 'child' has no runner type, so nobody would execute it" in str(
        result.checks["plan"].results[0].failure
    )


async def test_a_failed_handler_leaves_no_open_children_behind(start: Start) -> None:
    """What a handler had not committed when it failed is dropped; what it had awaited whole is in the plan."""

    async def plan(stage: ci.StageContext) -> None:
        await stage.add_stage("written").runner("worker")
        (await stage.add_stage("open")).runner("worker")
        await stage.add_check("never said")
        raise ci.StageFailed("changed my mind")

    async with start(plan) as orch:
        result = await completed(orch)
    assert set(result.stages) == {"plan", "after", "written"}
    assert set(result.checks) == {"plan"}


async def test_the_next_attempt_says_the_same_again(start: Start) -> None:
    """Children of an attempt that failed and is repeated are not added twice, and the stage waits for them."""

    async def plan(stage: ci.StageContext) -> None:
        built = await stage.add_check("built").kind("build")
        await stage.add_stage("child").runner("worker").arg("n", 1).assigns(built)
        if stage.attempt == 1:
            raise ci.StageFailed("not yet")

    async with start(plan) as orch:
        dag = ci.DAG("again")
        dag.step("plan", "planner").retry(max_attempts=2, retry_on=ci.RetryOn.FAILED, initial_backoff=0.001)
        result = await (await dag.execute(orch)).wait_for_completion(timeout=30)
    assert len(result.stages["plan"].attempts) == 2
    assert len(result.stages["child"].attempts) == 1


async def test_children_nest(start: Start) -> None:
    """A child that adds children itself keeps its parent waiting."""

    async def plan(stage: ci.StageContext) -> None:
        depth = stage.args.get("depth", 0)
        assert isinstance(depth, int)
        if depth < 3:
            await stage.add_stage(f"level {depth + 1}").runner("planner").arg("depth", depth + 1)
        else:
            await stage.add_stage("leaf").runner("worker")

    async with start(plan) as orch:
        result = await completed(orch)
        assert result.ok
    assert RAN == ["leaf", "after"]
