"""The complete CI pipeline: plan, build, test, deploy, by four types of runners in both modes.

python examples/reference/ci_pipeline.py [127.0.0.1:50051]
turboci run examples/reference/ci_pipeline.py
"""

import logging
import sys

import ci

log = logging.getLogger("pipeline")


def worker(runner_type: str) -> ci.Runner:
    runner = ci.Runner(runner_type)

    @runner.handler
    async def work(stage: ci.StageContext) -> dict[str, object]:
        await stage.progress(50, "half way")
        return {"by": runner_type, "args": dict(stage.args)}

    return runner


async def run_ci_pipeline(orch: ci.Orchestrator) -> ci.WorkflowResult:
    dag = ci.DAG("ci-pipeline")

    # Phase 1: planning
    plan_check = dag.check("plan").kind("plan")
    plan_stage = dag.stage("plan").runner("planner").sync().assigns(plan_check)

    # Phase 2: build (depends on plan)
    build_check = dag.check("build").kind("build").depends_on(plan_check)
    build_stage = (
        dag.stage("build").runner("builder").async_().arg("parallelism", 4).assigns(build_check).after(plan_stage)
    )

    # Phase 3: test (depends on build)
    test_check = dag.check("test").kind("test").depends_on(build_check)
    test_stage = dag.stage("test").runner("tester").async_().assigns(test_check).after(build_stage)

    # Phase 4: deploy (depends on test)
    deploy_check = dag.check("deploy").kind("deploy").depends_on(test_check)
    dag.stage("deploy").runner("deployer").sync().assigns(deploy_check).after(test_stage)

    # Execute, and wait for completion; a red node raises WorkflowFailed, whose text says which and why.
    execution = await dag.execute(orch)
    result = await execution.wait_for_completion()

    deploy_result = await execution.wait_for_check("deploy")
    log.info("deploy completed: %s", deploy_result.state.name)
    return result


async def main(orch: ci.Orchestrator) -> None:
    for runner_type in ("planner", "builder", "tester", "deployer"):
        await orch.host(worker(runner_type))
    result = await run_ci_pipeline(orch)
    for check in result.checks.values():
        print(f"{check.id}: {check.state.name} by {check.value('by', str)}")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    logging.basicConfig(format="%(name)s: %(message)s")
    log.setLevel(logging.INFO)
    ci.run(run)
