"""Level 4, a static DAG: define the graph, then execute it.

python examples/reference/level4_static_dag.py [127.0.0.1:50051]
turboci run examples/reference/level4_static_dag.py
"""

import sys

import ci


def worker(runner_type: str) -> ci.Runner:
    runner = ci.Runner(runner_type)

    @runner.handler
    async def work(stage: ci.StageContext) -> dict[str, object]:
        return {"by": runner_type}

    return runner


async def main(orch: ci.Orchestrator) -> None:
    for runner_type in ("planner", "builder", "tester"):
        await orch.host(worker(runner_type))

    dag = ci.DAG("static")

    # Checks; the nodes are what dependencies refer to.
    plan_check = dag.check("plan").kind("plan")
    build_check = dag.check("build").kind("build").depends_on(plan_check)
    test_check = dag.check("test").kind("test").depends_on(build_check)

    # Stages.
    plan_stage = dag.stage("plan-stage").runner("planner").assigns(plan_check)
    build_stage = dag.stage("build-stage").runner("builder").assigns(build_check).after(plan_stage)
    dag.stage("test-stage").runner("tester").assigns(test_check).after(build_stage)

    # Execute; problems of the graph are reported here, all at once, and nothing is written then.
    execution = await dag.execute(orch)

    # Wait for single nodes.
    check = await execution.wait_for_check("build")
    print(f"{check.id}: {check.value('by', str)}")
    stage = await execution.wait_for_stage("build-stage")
    print(f"{stage.id}: {stage.state.name}")

    # Wait for all.
    result = await execution.wait_for_completion()
    print(f"ok: {result.ok}, {len(result.checks)} checks, {len(result.stages)} stages")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    ci.run(run)
