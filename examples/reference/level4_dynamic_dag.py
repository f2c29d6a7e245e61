"""Level 4, a dynamic DAG: nodes are added while it runs.

python examples/reference/level4_dynamic_dag.py [127.0.0.1:50051]
turboci run examples/reference/level4_dynamic_dag.py
"""

import sys

import ci

planner = ci.Runner("planner")
builder = ci.Runner("builder")


@planner.handler
async def plan(stage: ci.StageContext) -> dict[str, object]:
    return {"targets": ["app", "docs", "tools"]}


@builder.handler
async def build(stage: ci.StageContext) -> dict[str, object]:
    return {"artifact": stage.check_ids[0].removeprefix("build:") + ".tar"}


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(planner)
    await orch.host(builder)
    dag = ci.DAG("dynamic")

    # The planning phase.
    plan_check = dag.check("plan").kind("plan")
    plan_stage = dag.stage("plan").runner("planner").assigns(plan_check)

    execution = await dag.execute(orch)

    # Wait until it is planned.
    plan_result = await execution.wait_for_check("plan")

    # Add a build for each target that was found. What is set after the await counts, too; the nodes of a round are
    # written together, by the next wait.
    for target in plan_result.value("targets", list[str]):
        build_check = await dag.add_check("build:" + target)
        build_check.kind("build").depends_on(plan_check)

        build_stage = await dag.add_stage("exec:build:" + target)
        build_stage.runner("builder").assigns(build_check).after(plan_stage)

    # Wait for everything, what was added included.
    result = await execution.wait_for_completion()
    for check in result.checks.values():
        if check.kind == "build":
            print(f"{check.id}: {check.value('artifact', str)}")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    ci.run(run)
