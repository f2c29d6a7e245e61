"""Rehearsals: a real orchestrator with runners that do as they are told."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

import ci
from ci.testing import RecordingRunner, Rehearsal, VirtualClock
from tests.testing.pipelines import release, single

SYNC, ASYNC = ci.ExecutionMode.SYNC, ci.ExecutionMode.ASYNC


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal()


def test_what_nobody_speaks_of_succeeds(rehearsal: Rehearsal) -> None:
    """Every stage finds a runner and succeeds; a shell command is not run."""
    result = rehearsal.run(release())
    assert result.ok
    assert rehearsal.history[:5] == [
        "dispatched build",
        "completed build",
        "dispatched test",
        "completed test",
        "dispatched deploy",
    ]
    assert rehearsal.clock.elapsed == 0


def test_a_red_stage_skips_what_waits_for_its_success(rehearsal: Rehearsal) -> None:
    """A scripted failure is a red answer with its message and data; what follows it follows its conditions."""
    rehearsal.on("test").fail("2 tests failed", data={"red": 2})
    result = rehearsal.run(release())
    assert not result.ok
    assert result.checks["test"].cause == "stage 'test' (attempt 1): 2 tests failed"
    assert result.checks["test"].value("red", int) == 2
    assert result.stages["deploy"].outcome is ci.Outcome.SKIPPED
    assert result.stages["report"].outcome is ci.Outcome.SUCCEEDED
    rehearsal.history.assert_order("failed test", "dispatched report")
    rehearsal.history.assert_never("dispatched deploy")


def test_data_is_the_answer(rehearsal: Rehearsal) -> None:
    """What a script returns is the data of the checks."""
    rehearsal.on("build").succeed({"artifact": "app.tar", "size": 3})
    checks = rehearsal.run(release()).checks
    assert checks["build"].data == {"artifact": "app.tar", "size": 3}


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
def test_each_attempt_has_its_turn(rehearsal: Rehearsal, mode: ci.ExecutionMode) -> None:
    """Scripts go attempt by attempt, in both modes: lost, hanging until the deadline, and well in the end."""
    rehearsal.on("work").lose().hang().succeed({"n": 3}, after=5)
    began = time.monotonic()
    result = rehearsal.run(single(mode, timeout=3_000))
    assert time.monotonic() - began < 20
    first, second, third = result.stages["work"].attempts
    assert "attempt 1 of stage 'work' is lost, as the script says" in str(first.failure)
    assert second.failure == "the attempt ran into its deadline"
    assert third.failure is None
    assert result.checks["work"].data == {"n": 3}
    assert rehearsal.history == [*["dispatched work", "retried work"] * 2, "dispatched work", "completed work"]
    assert 3_005 < rehearsal.clock.elapsed < 3_010


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
def test_a_stage_that_always_hangs_times_out(rehearsal: Rehearsal, mode: ci.ExecutionMode) -> None:
    """The last turn is that of all later attempts, and the policy gives up after as many as it says."""
    rehearsal.on("work").hang()
    result = rehearsal.run(single(mode, timeout=60, max_attempts=2))
    assert result.stages["work"].concluded_reason is ci.ConcludedReason.TIMED_OUT
    assert len(rehearsal.runner.calls_of("work")) == 2


def test_a_missed_sign_of_life_takes_no_time(rehearsal: Rehearsal) -> None:
    """An ASYNC attempt that is silent for longer than its heartbeat is lost long before its deadline."""

    async def main(orch: ci.Orchestrator) -> None:
        async with ci.WorkflowContext(orch) as workflow:
            stage = ci.StageWrite(
                id="work", runner_type="worker", execution_mode=ASYNC, timeout=3_000.0, heartbeat_timeout=40.0,
                retry=ci.RetryPolicy(max_attempts=1),
            )  # fmt: skip
            await orch.write_nodes(workflow.work_plan_id, stages=[stage])
            await workflow.wait_for_completion()

    rehearsal.on("work").hang()
    result = rehearsal.run(main)
    assert "sent no sign of life in time" in str(result.stages["work"].cause)
    assert rehearsal.clock.elapsed == 40


def test_a_deadline_of_the_plan_is_virtual(rehearsal: Rehearsal) -> None:
    """A plan that nobody can finish is cancelled at its deadline, also when time is far ahead already."""

    async def main(orch: ci.Orchestrator) -> None:
        await rehearsal.clock.advance(86_400)
        dag = ci.DAG()
        dag.check("never")
        execution = await dag.execute(orch, deadline=600)
        await execution.wait_for_completion(raise_on_failure=False)

    result = rehearsal.run(main)
    assert result.checks["never"].outcome is ci.Outcome.CANCELLED
    assert 86_400 + 600 - 5 < rehearsal.clock.elapsed < 86_400 + 605


def test_functions_of_the_pipeline_work_for_real(rehearsal: Rehearsal) -> None:
    """A function step runs, and a script for its id takes its place."""

    async def main(orch: ci.Orchestrator) -> None:
        dag = ci.DAG("grows")

        @dag.function()
        def plan(stage: ci.StageContext) -> dict[str, object]:
            return {"targets": ["real"]}

        async with dag.execute(orch) as execution:
            planned = await execution.wait_for_check(plan.check)
            for target in planned.value("targets", list[str]):
                dag.step(f"build:{target}", "builder").after(plan)

    assert "build:real" in rehearsal.run(main).checks
    assert [call.stage_id for call in rehearsal.runner.calls] == ["plan", "build:real"]
    rehearsal.on("plan").succeed({"targets": ["scripted"]})
    assert "build:scripted" in rehearsal.run(main).checks


def test_real_runners_take_part(rehearsal: Rehearsal) -> None:
    """Time stands still while a real handler works, be it a coroutine or a function in a thread."""
    quick, slow = ci.Runner("builder"), ci.Runner("deployer")

    @quick.handler
    async def build(stage: ci.StageContext) -> dict[str, object]:
        await stage.progress(50, "half")
        return {"by": stage.stage_id}

    @slow.handler
    def deploy(stage: ci.StageContext) -> dict[str, object]:
        stage.cancelled.wait(0.1)
        return {"left": stage.deadline is not None and stage.deadline - time.time() > 500}

    rehearsal = Rehearsal(runners=[quick, slow])
    result = rehearsal.run(release())
    assert result.checks["build"].data == {"by": "build"}
    assert result.checks["deploy"].data == {"left": True}
    assert rehearsal.clock.elapsed == 0


def test_a_handler_may_wait_on_the_clock() -> None:
    """A handler that sleeps in virtual time lets time pass, and is timed out like any other."""
    clock = VirtualClock()
    runner = ci.Runner("worker")

    @runner.handler
    async def work(stage: ci.StageContext) -> None:
        await clock.sleep(100 if stage.attempt > 1 else 10_000)

    result = Rehearsal(runners=[runner], clock=clock).run(single(timeout=600))
    assert [attempt.failure for attempt in result.stages["work"].attempts] == [
        "the attempt ran into its deadline",
        None,
    ]
    assert 700 < clock.elapsed < 705


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
def test_a_real_handler_that_is_too_slow_runs_into_its_deadline(mode: ci.ExecutionMode) -> None:
    """A timeout that passes by the time of the machine is a timeout, not a loss of another kind."""
    runner = ci.Runner("worker")

    @runner.handler
    async def work(stage: ci.StageContext) -> None:
        await asyncio.get_running_loop().create_future()

    result = Rehearsal(runners=[runner]).run(single(mode, timeout=0.05, max_attempts=1))
    assert result.stages["work"].concluded_reason is ci.ConcludedReason.TIMED_OUT


def test_a_function_answers_and_adds_children(rehearsal: Rehearsal) -> None:
    """A called function is a handler: it sees arguments, and nodes that it adds find a runner, too."""

    async def grow(stage: ci.StageContext) -> dict[str, object]:
        await stage.write_nodes(stages=[ci.new_stage("child").runner_type("nobody knows").build()])
        return {"target": stage.arg("target", str)}

    rehearsal.on("build").call(grow)
    result = rehearsal.run(release())
    assert result.checks["build"].data == {"target": "app"}
    assert result.stages["child"].outcome is ci.Outcome.SUCCEEDED


def test_a_plan_that_cannot_end_is_found_out(rehearsal: Rehearsal) -> None:
    """A check that nobody answers stalls at once."""
    dag = ci.DAG()
    dag.check("nobody")
    with pytest.raises(ci.WorkflowStalled, match="no stage is assigned to check 'nobody'"):
        rehearsal.run(dag)


def test_a_pipeline_that_does_not_end_says_what_it_waits_for(rehearsal: Rehearsal) -> None:
    """The time limit of a run is one of the machine, and its error has the reasons."""

    async def main(orch: ci.Orchestrator) -> None:
        dag = ci.DAG()
        dag.check("nobody")
        await dag.execute(orch)
        await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError, match=r"has not ended after 0.1 s\n  no stage is assigned to check 'nobody'"):
        rehearsal.run(main, timeout=0.1)


def test_what_a_pipeline_raises_is_raised(rehearsal: Rehearsal) -> None:
    """Errors of the pipeline itself are those of the test; a failed workflow is a result."""

    async def broken(orch: ci.Orchestrator) -> None:
        raise ZeroDivisionError

    async def waits(orch: ci.Orchestrator) -> None:
        await (await release().execute(orch)).wait_for_completion()

    with pytest.raises(ZeroDivisionError):
        rehearsal.run(broken)
    rehearsal.on("test").fail("red")
    assert not rehearsal.run(waits).ok


def test_a_pipeline_without_a_plan_is_an_error(rehearsal: Rehearsal) -> None:
    """There is no result of nothing."""

    async def main(orch: ci.Orchestrator) -> None:
        return

    with pytest.raises(ci.InvalidState) as caught:
        rehearsal.run(main)
    assert str(caught.value) == "pipeline has made no plan; execute a DAG on the orchestrator that it is given"


def test_the_database_may_be_a_file(tmp_path: Path) -> None:
    """Plans in a file are there for the next rehearsal, and for an orchestrator."""
    path = tmp_path / "turboci.db"
    plan = Rehearsal(path).run(release()).work_plan_id

    async def main(orch: ci.Orchestrator) -> None:
        assert (await orch.get_work_plan(plan)).status is ci.PlanStatus.SUCCEEDED
        await release().execute(orch)

    assert Rehearsal(path).run(main).ok


def test_a_rehearsal_runs_again(rehearsal: Rehearsal) -> None:
    """Each run has an orchestrator of its own; scripts stay, and the history goes on."""
    rehearsal.on("work").fail("red")
    for _ in range(2):
        assert not rehearsal.run(single()).ok
    assert rehearsal.history == ["dispatched work", "failed work"] * 2


async def test_the_orchestrator_can_be_used_by_hand() -> None:
    """Inside its block a rehearsal is an orchestrator; `settled` waits for all that follows from a call."""
    async with Rehearsal() as rehearsal:
        orch = rehearsal.orchestrator
        plan = await orch.create_work_plan()
        await orch.write_nodes(plan.id, stages=[ci.new_stage("work").runner_type("worker").build()])
        await rehearsal.settled()
        assert rehearsal.history == ["dispatched work", "completed work"]
        assert [type(event) for event in rehearsal.events][-1] is ci.PlanCompleted


async def test_misuse_says_what_to_do() -> None:
    """A run inside an event loop, a second entry, and a rehearsal that is not entered are refused."""
    rehearsal = Rehearsal()
    with pytest.raises(ci.InvalidState) as caught:
        rehearsal.run(release())
    assert str(caught.value) == (
        "rehearsal cannot run() inside an event loop; "
        "write `async with rehearsal:` and `await rehearsal.play(pipeline)`"
    )
    with pytest.raises(ci.InvalidState, match="has no orchestrator that runs; write `async with rehearsal:`"):
        await rehearsal.play(release())
    async with rehearsal:
        with pytest.raises(ci.InvalidState, match="runs already; make a rehearsal for each orchestrator"):
            await rehearsal.__aenter__()
        assert (await rehearsal.play(release())).ok


async def test_a_clock_has_one_orchestrator() -> None:
    """Two rehearsals cannot share a clock at the same time."""
    async with Rehearsal() as first:
        with pytest.raises(ci.InvalidState, match="belongs to another orchestrator that runs"):
            await Rehearsal(clock=first.clock).__aenter__()


async def test_leaving_stops_what_hangs() -> None:
    """Nothing of a rehearsal outlives its block."""
    before = asyncio.all_tasks()
    async with Rehearsal(clock=VirtualClock(auto=False)) as rehearsal:
        rehearsal.on("work").hang()
        await single().execute(rehearsal.orchestrator)
        await rehearsal.settled()
        assert rehearsal.history == ["dispatched work"]
    assert asyncio.all_tasks() == before


async def test_a_recording_runner_is_a_runner() -> None:
    """Without a rehearsal it works on any orchestrator, in the time of the machine."""
    runner = RecordingRunner("worker")
    runner.on("work").fail("once", after=0.01).lose().succeed({"ok": True})
    dag = ci.DAG()
    dag.step("work", runner).retry(initial_backoff=0.01, retry_on=ci.RetryOn.LOST | ci.RetryOn.FAILED)
    async with ci.local(runners=[runner]) as orch:
        result = await (await dag.execute(orch)).wait_for_completion(timeout=30)
    assert result.checks["work"].value("ok", bool)
    assert [(call.attempt, call.check_ids) for call in runner.calls] == [(n, ("work",)) for n in (1, 2, 3)]


async def test_a_recording_runner_hangs_alone() -> None:
    """Without a clock a hanging attempt ends by its timeout, in the time of the machine."""
    runner = RecordingRunner("worker")
    runner.on("work").hang()
    async with ci.local(runners=[runner]) as orch:
        execution = await single(timeout=0.05, max_attempts=1).execute(orch)
        stage = await execution.wait_for_stage("work", timeout=30)
    assert stage.concluded_reason is ci.ConcludedReason.TIMED_OUT


def test_a_function_that_answers_nonsense_is_red(rehearsal: Rehearsal) -> None:
    """What is no mapping is refused, as a real runner refuses it."""
    rehearsal.on("work").call(lambda stage: [stage.stage_id])  # type: ignore[arg-type,return-value]
    result = rehearsal.run(single())
    assert "stage 'work' returned ['work'] (list); a handler returns a mapping" in str(result.checks["work"].cause)


def test_a_plan_is_made_once_for_a_key(rehearsal: Rehearsal) -> None:
    """The history of a plan that was asked for twice tells everything once."""

    async def main(orch: ci.Orchestrator) -> None:
        for _ in range(2):
            plan = await orch.create_work_plan({"name": "x"}, idempotency_key="k")
        await orch.write_nodes(plan.id, stages=[ci.new_stage("work").runner_type("worker").build()])

    assert rehearsal.run(main).ok
    assert rehearsal.history == ["dispatched work", "completed work"]
