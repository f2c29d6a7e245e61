"""The DSL on the real orchestrator: in this process, and behind a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

import ci
from ci import Outcome


def worker() -> ci.Runner:
    """Return a runner that does what its arguments say."""
    runner = ci.Runner("work")

    @runner.handler
    async def work(stage: ci.StageContext) -> dict[str, object]:
        if stage.args.get("fail"):
            raise ci.StageFailed("told to fail", data={"output": "first\nlast"})
        return {"stage": stage.stage_id, **stage.args}

    return runner


@pytest.fixture
async def orch(orchestrator: ci.Orchestrator) -> ci.Orchestrator:
    for runner in (worker(), ci.ShellRunner()):
        await orchestrator.host(runner)
    return orchestrator


async def test_a_diamond_runs_in_order(orch: ci.Orchestrator) -> None:
    """Stages run after what they depend on, and their answers are the data of their checks."""
    dag = ci.DAG("diamond")
    top = dag.step("top", "work", n=1)
    left, right = dag.step("left", "work").after(top), dag.step("right", "work").after(top)
    dag.step("bottom", "work").after(left, right)
    execution = await dag.execute(orch)
    result = await execution.wait_for_completion(timeout=30)
    assert result.ok
    assert result.checks["top"].value("n", int) == 1
    order = [event.stage_id async for event in _stage_ends(execution)]
    assert (order[0], order[-1]) == ("top", "bottom")


async def test_the_first_failure_ends_a_plan_and_clean_up_runs(orch: ci.Orchestrator) -> None:
    """With `fail_fast` a red step cancels what waits, names itself as the cause, and stages with `always` run."""
    dag = ci.DAG("fast")
    dag.step("test", "work", fail=True)
    hold = dag.check("hold")
    dag.step("deploy", "work").after(hold)
    dag.step("clean", "work").after("deploy").always()
    execution = await dag.execute(orch, fail_fast=True)
    result = await execution.wait_for_completion(timeout=30, raise_on_failure=False)
    assert {id: check.outcome for id, check in result.checks.items()} == {
        "test": Outcome.FAILED,
        "hold": Outcome.CANCELLED,
        "deploy": Outcome.CANCELLED,
        "clean": Outcome.SUCCEEDED,
    }
    assert result.stages["clean"].always
    assert "'test' is FAILED" in str(result.stages["deploy"].cause)
    plan = await orch.get_work_plan(execution.work_plan_id)
    assert (plan.status, plan.fail_fast) == (ci.PlanStatus.FAILED, True)


async def test_a_deadline_ends_a_plan(orch: ci.Orchestrator) -> None:
    """What nobody answers in time is CANCELLED when the seconds are over, and the plan with it."""
    dag = ci.DAG("late")
    dag.check("never")
    execution = await dag.execute(orch, deadline=0.5)
    result = await execution.wait_for_completion(timeout=30, raise_on_failure=False)
    assert result.checks["never"].outcome is Outcome.CANCELLED
    assert await execution.status() is ci.PlanStatus.CANCELLED


async def test_a_stage_is_cancelled_alone(orch: ci.Orchestrator) -> None:
    """Cancelling one stage leaves the others of the plan."""
    dag = ci.DAG("one")
    hold = dag.check("hold")
    dag.stage("unwanted").runner("work").after_checks(hold)
    dag.step("wanted", "work")
    execution = await dag.execute(orch)
    cancelled = await execution.cancel_stage("unwanted", "not needed")
    assert cancelled.cause == "the stage was cancelled: not needed"
    assert (await execution.wait_for_check("wanted", timeout=30)).outcome is Outcome.SUCCEEDED
    await execution.cancel()


async def test_a_red_step_skips_what_comes_after(orch: ci.Orchestrator) -> None:
    """Check and stage of a step after a red one are SKIPPED; clean-up after `finished` runs."""
    dag = ci.DAG("red")
    test = dag.step("test", "work", fail=True)
    dag.step("deploy", "work").after(test)
    dag.step("verify", "work").after("deploy")
    dag.step("clean", "work").after(test.finished)
    dag.step("report", "work").after(test.failed)
    execution = await dag.execute(orch)
    with pytest.raises(ci.WorkflowFailed) as caught:
        await execution.wait_for_completion(timeout=30)
    result = caught.value.result
    outcomes = {id: check.outcome for id, check in result.checks.items()}
    assert outcomes == {
        "test": Outcome.FAILED,
        "deploy": Outcome.SKIPPED,
        "verify": Outcome.SKIPPED,
        "clean": Outcome.SUCCEEDED,
        "report": Outcome.SUCCEEDED,
    }
    assert result.stages["deploy"].outcome is Outcome.SKIPPED
    assert result.stages["deploy"].attempts == ()
    assert str(caught.value).splitlines() == [
        "workflow 'red' failed: of 10 nodes 1 FAILED, 4 SKIPPED",
        "  check 'test' FAILED: told to fail",
        "    | first",
        "    | last",
        "  check 'deploy' SKIPPED",
        "    because check 'test' FAILED: told to fail",
        "  check 'verify' SKIPPED",
        "    because check 'deploy' SKIPPED",
        "    because check 'test' FAILED: told to fail",
    ]


async def test_a_step_with_another_check_does_not_start_before(orch: ci.Orchestrator) -> None:
    """The dependencies of a step hold its stage back, also when it answers more than its own check."""
    dag = ci.DAG()
    test = dag.step("test", "work", fail=True)
    coverage = dag.check("coverage")
    dag.step("deploy", "work").assigns(coverage).after(test)
    execution = await dag.execute(orch)
    result = await execution.wait_for_completion(timeout=30, raise_on_failure=False)
    assert result.stages["deploy"].attempts == ()
    assert result.checks["coverage"].outcome is Outcome.SKIPPED


async def test_alternatives(orch: ci.Orchestrator) -> None:
    """One success is enough for an OR."""
    dag = ci.DAG()
    good, bad = dag.step("good", "work"), dag.step("bad", "work", fail=True)
    dag.step("any", "work").after_any(good, bad)
    dag.step("both", "work").after_at_least(2, good, bad)
    execution = await dag.execute(orch)
    result = await execution.wait_for_completion(timeout=30, raise_on_failure=False)
    assert result.checks["any"].outcome is Outcome.SUCCEEDED
    assert result.checks["both"].outcome is Outcome.SKIPPED


async def test_a_plan_grows_while_it_runs(orch: ci.Orchestrator) -> None:
    """A function plans, and the DAG adds a step for each target it has found; leaving the block waits for all."""
    dag = ci.DAG("grows")

    @dag.function()
    def plan(stage: ci.StageContext) -> dict[str, object]:
        return {"targets": ["a", "b"]}

    async with dag.execute(orch) as execution:
        planned = await execution.wait_for_check(plan.check)
        builds = [
            dag.step(f"build:{target}", "work", target=target).after(plan)
            for target in planned.value("targets", list[str])
        ]
        dag.step("pack", "work").after(*builds)
        reserved = await dag.add_check("reserved")
        await dag.add_stage("exec:reserved").runner("work").assigns(reserved).after(plan)
    result = await execution.wait_for_completion()
    assert list(result.checks) == ["plan", "reserved", "build:a", "build:b", "pack"]
    assert result.checks["build:b"].value("target", str) == "b"


async def test_a_check_that_nobody_answers_stalls(orch: ci.Orchestrator) -> None:
    """Waiting for what cannot come ends with the reason."""
    dag = ci.DAG()
    dag.check("nobody")
    execution = await dag.execute(orch)
    with pytest.raises(ci.WorkflowStalled, match="no stage is assigned to check 'nobody'"):
        await execution.wait_for_completion(timeout=30)


async def test_leaving_by_an_exception_stops_the_work(orch: ci.Orchestrator) -> None:
    """Running work of a block that failed is cancelled."""
    dag = ci.DAG()
    started = asyncio.Event()
    ended = asyncio.Event()

    @dag.function()
    async def hang(stage: ci.StageContext) -> None:
        started.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    launch = dag.execute(orch)
    execution = await launch.__aenter__()
    await started.wait()
    await launch.__aexit__(ZeroDivisionError, ZeroDivisionError(), None)
    await ended.wait()
    result = await execution.wait_for_completion(timeout=30, raise_on_failure=False)
    assert result.checks["hang"].outcome is Outcome.CANCELLED


async def test_plans_in_a_file_outlive_the_orchestrator(tmp_path: Path) -> None:
    """What ran on a file can be asked about by the next process."""
    path = tmp_path / "turboci.db"
    async with ci.local(path, runners=[worker()]) as orch:
        dag = ci.DAG("kept")
        dag.step("a", "work")
        execution = await dag.execute(orch)
        await execution.wait_for_completion(timeout=30)
    async with ci.local(path) as orch:
        nodes = await orch.query_nodes(execution.work_plan_id)
        assert [check.outcome for check in nodes.checks] == [Outcome.SUCCEEDED]
        assert (await orch.get_work_plan(execution.work_plan_id)).name == "kept"


async def test_a_fan_of_300_completes(orch: ci.Orchestrator) -> None:
    """One stream feeds three hundred waits."""
    dag = ci.DAG()
    root = dag.step("root", "work")
    steps = [dag.step(f"s{number}", "work").after(root) for number in range(300)]
    execution = await dag.execute(orch)
    checks = await asyncio.gather(*(execution.wait_for_check(step.check, timeout=60) for step in steps))
    assert {check.outcome for check in checks} == {Outcome.SUCCEEDED}


async def test_a_runner_is_hosted_while_a_plan_waits_for_it(orch: ci.Orchestrator) -> None:
    """A stage whose runner type nobody has waits and says so; it starts as soon as a runner is hosted here."""
    late = ci.Runner("late")

    @late.handler
    async def work(stage: ci.StageContext) -> dict[str, object]:
        return {"by": stage.stage_id}

    dag = ci.DAG("late")
    step = dag.step("step", late)
    execution = await dag.execute(orch)
    assert [reason.kind for reason in await execution.why(step)] == [ci.ReasonKind.NO_RUNNER]
    await orch.host(late)
    assert (await execution.wait_for_check(step.check, timeout=30)).value("by", str) == "step"


async def test_a_function_joins_a_running_plan(orch: ci.Orchestrator) -> None:
    """A function step that is added while the plan runs has its runner when it is ready, and may grow children."""
    dag = ci.DAG("joining")
    first = dag.step("first", "work")
    async with dag.execute(orch) as execution:
        await execution.wait_for_check(first.check, timeout=30)

        @dag.function()
        async def second(stage: ci.StageContext) -> dict[str, object]:
            found = await stage.check("first")
            await stage.add_stage("child").runner("work").after(first)
            return {"after": found.value("stage", str)}

        check = await execution.wait_for_check(second.check, timeout=30)
        assert check.value("after", str) == "first"
        child = await execution.wait_for_stage("child", timeout=30)
        assert (child.outcome, child.parent_stage_id) == (Outcome.SUCCEEDED, "second")


async def test_a_stream_of_events_can_be_left(orch: ci.Orchestrator) -> None:
    """Whoever has seen enough closes the stream, the same way on every orchestrator; nothing comes after that."""
    dag = ci.DAG()
    dag.check("question").external()
    execution = await dag.execute(orch)
    async with aclosing(execution.events(after_sequence=0)) as events:
        async for event in events:
            assert event.sequence == 1
            break
    with pytest.raises(StopAsyncIteration):
        await anext(aiter(events))
    await execution.cancel()


async def _stage_ends(execution: ci.WorkflowExecution) -> AsyncIterator[ci.StageChanged]:
    async with aclosing(execution.events(after_sequence=0)) as events:
        async for event in events:
            if isinstance(event, ci.StageChanged) and event.new_state is ci.StageState.FINAL:
                yield event
            if isinstance(event, ci.PlanCompleted):
                return
