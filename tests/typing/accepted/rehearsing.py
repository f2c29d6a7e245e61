"""Tests of a pipeline with `ci.testing`, as users write them."""

from __future__ import annotations

from typing import assert_type

import ci
from ci import testing


def make_dag() -> ci.DAG:
    dag = ci.DAG("release")
    dag.shell("test", "pytest -q").after(dag.step("build", "builder"))
    return dag


async def main(orch: ci.Orchestrator) -> None:
    await (await make_dag().execute(orch)).wait_for_completion()


def test_with_the_fixture(ci_rehearsal: testing.Rehearsal, ci_clock: testing.VirtualClock) -> None:
    ci_rehearsal.on("build").lose().hang().succeed({"artifact": "app.tar"}, after=1.5)
    ci_rehearsal.on("test:*").fail("red", data={"passed": 3}).call(lambda stage: {"id": stage.stage_id})
    assert_type(ci_rehearsal.run(make_dag()), ci.WorkflowResult)
    assert_type(ci_rehearsal.run(main, timeout=5.0).ok, bool)
    assert_type(ci_rehearsal.history, testing.History)
    assert_type(ci_rehearsal.history[0], str)
    assert_type(ci_clock.elapsed, float)
    ci_rehearsal.history.assert_order("completed build", "dispatched test")
    ci_rehearsal.history.assert_never("dispatched deploy")


async def test_by_hand() -> None:
    runner = testing.RecordingRunner("builder", max_concurrent=2)
    clock = testing.VirtualClock(auto=False)
    async with testing.Rehearsal("turboci.db", runners=[runner], clock=clock) as rehearsal:
        assert_type(rehearsal, testing.Rehearsal)
        assert_type(rehearsal.orchestrator, ci.Orchestrator)
        result = await rehearsal.play(make_dag())
        await clock.advance(60)
        with clock.paused():
            await rehearsal.settled()
    assert_type(result.checks["build"], ci.Check)
    assert_type(runner.calls_of("build"), list[testing.Call])
    assert_type(runner.calls[0].mode, ci.ExecutionMode)
