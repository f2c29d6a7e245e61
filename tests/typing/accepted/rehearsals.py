"""Tests of pipelines: the real orchestrator, scripted runners, virtual time."""

from typing import assert_type

import ci
from ci.testing import History, RecordingRunner, Rehearsal, StageScript, VirtualClock


def make_dag() -> ci.DAG:
    dag = ci.DAG("release")
    build = dag.step("build", "builder", target="app").retry(max_attempts=3, initial_backoff=60)
    dag.shell("test", "pytest -q").after(build)
    return dag


def test_red_tests_stop_the_deployment(ci_rehearsal: Rehearsal) -> None:
    script = ci_rehearsal.on("test").fail("2 tests failed", data={"failed": 2})
    assert_type(script, StageScript)
    ci_rehearsal.on("build").lose().hang().succeed({"artifact": "app.tar"}, after=30)
    result = ci_rehearsal.run(make_dag())
    assert_type(result, ci.WorkflowResult)
    assert_type(ci_rehearsal.history, History)
    assert_type(ci_rehearsal.clock, VirtualClock)
    ci_rehearsal.history.assert_order("completed build", "failed test")
    ci_rehearsal.history.assert_never("dispatched deploy")
    assert ci_rehearsal.clock.elapsed > 600


def answer(stage: ci.StageContext) -> dict[str, object]:
    return {"target": stage.arg("target", str)}


def test_functions_answer(ci_rehearsal: Rehearsal, ci_runner: RecordingRunner) -> None:
    ci_rehearsal.on("build").call(answer)
    hosted: ci.HostedRunner = ci_runner
    print(hosted.runner_id)
