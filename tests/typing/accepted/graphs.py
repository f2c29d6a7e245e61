"""Level 4: a graph that is written whole."""

from datetime import UTC, datetime
from typing import assert_type

import ci

dag = ci.DAG("release")
plan = dag.check("plan").kind("plan")
build = dag.check("build").kind("build").depends_on(plan)
planning = dag.stage("plan").runner("planner").sync().assigns(plan)
building = dag.stage("build").runner("builder").async_().arg("parallelism", 4).assigns(build).after(planning)
assert_type(plan, ci.CheckNode)
assert_type(building, ci.StageNode)
assert_type(plan.ref, ci.NodeRef)
assert_type(plan.finished, ci.NodeCondition)

TARGETS: list[ci.Target] = [plan, planning, plan.failed, ci.check("plan"), ci.stage("plan").finished, "plan"]
docs = dag.check("docs").depends_on(*TARGETS).option("a", 1).options({"b": [2]}).state(ci.CheckState.PLANNED).external()
some = dag.check("some").depends_on_any(plan, "build", planning.finished)
most = dag.check("most").depends_on_at_least(2, plan, build, docs)

deploy = (
    dag.stage("deploy")
    .runner(ci.Runner("deployer"))
    .args({"to": "production"})
    .assigns(docs, ci.check("some"), "most", ci.assigns_with_goal("build", ci.CheckState.WAITING))
    .after_checks(build, build.succeeded, "docs")
    .retry(max_attempts=3, retry_on=ci.RetryOn.FAILED)
    .timeout(60.0)
    .priority(10)
    .always()
)
either = dag.stage("either").runner("r").after_any(planning, "deploy", build.finished)
quorum = dag.stage("quorum").runner("r").after_at_least(1, planning, building)

lint = dag.shell("lint", "ruff check .", env={"CI": "1"})
test = dag.shell("test", ["pytest", "-q"], cwd="src").after(lint)
app = dag.step("build:app", "builder", target="app", jobs=4).after(lint, test)
assert_type(app.check, ci.CheckNode)
numbered = dag.auto_check("unit").depends_on(app)
worker = dag.auto_stage("builder").assigns(numbered)
report = dag.shell("report", "make report").after(test.finished, lint.failed)


async def execute(orch: ci.Orchestrator) -> None:
    dag.validate()
    execution = await dag.execute(orch)
    assert_type(execution, ci.WorkflowExecution)
    result = await execution.wait_for_completion(timeout=60)
    assert_type(result, ci.WorkflowResult)
    done = await execution.wait_for_check("build")
    assert_type(done, ci.Check)
    assert_type(await execution.wait_for_check(plan), ci.Check)
    assert_type(await execution.wait_for_stage(building, timeout=3), ci.Stage)
    assert_type(await execution.get_check(ci.check("build")), ci.Check)
    assert_type(await execution.get_stage("build"), ci.Stage)
    assert_type(await execution.query_stages(ci.StageState.FINAL), tuple[ci.Stage, ...])
    print(dag.to_mermaid(), await execution.to_mermaid(), dag.to_dot(), await execution.to_dot())
    print(execution.work_plan_id, execution.dag.name)
    for reason in await execution.why(build):
        print(reason)


async def block(orch: ci.Orchestrator) -> ci.WorkflowResult:
    """A block does not swallow exceptions, so that checkers know what is returned from it."""
    async with dag.execute(orch, deadline=300, fail_fast=True) as execution:
        return await execution.wait_for_completion(raise_on_failure=False)


async def until(orch: ci.Orchestrator) -> ci.PlanStatus:
    async with dag.execute(orch, deadline=datetime(2030, 1, 1, tzinfo=UTC), pace=ci.Pace()) as execution:
        return await execution.status()


async def both() -> None:
    async with ci.local(runners=[ci.ShellRunner()]) as orch:
        await execute(orch)
    async with ci.connect("localhost:50051", runners=[ci.ShellRunner(max_concurrent=4)]) as orch:
        await execute(orch)


async def main() -> int:
    return 0


if __name__ == "__main__":
    assert_type(ci.run(dag), ci.WorkflowResult)
    assert_type(ci.run(dag, connect="localhost:50051"), ci.WorkflowResult)
    assert_type(ci.run(main), int)
    assert_type(ci.run(dag, runners=[ci.Runner("builder")]).ok, bool)
