"""Pipelines that are rehearsed."""

from __future__ import annotations

import ci


def release() -> ci.DAG:
    """Return three steps in a row, on three types of runners, and a fourth that always follows the tests."""
    dag = ci.DAG("release")
    build = dag.step("build", "builder", target="app")
    test = dag.shell("test", "exit 7").after(build)
    dag.step("deploy", "deployer").after(test)
    dag.step("report", "mailer").after(test.finished)
    return dag


def single(mode: ci.ExecutionMode = ci.ExecutionMode.SYNC, **stage: float) -> ci.DAG:
    """Return one step ``work``, with a ``timeout`` and ``max_attempts`` if given."""
    dag = ci.DAG("single")
    step = dag.step("work", "worker").retry(max_attempts=int(stage.get("max_attempts", 3)))
    if "timeout" in stage:
        step.timeout(stage["timeout"])
    if mode is ci.ExecutionMode.ASYNC:
        step.async_()
    return dag
