"""A pipeline with push execution: nodes are written, and the orchestrator hands them to runners.

The planning stage is called and answers at once (SYNC); the build stage is accepted, and answered later (ASYNC).

    python examples/reference/push_execution.py                    # an orchestrator in this process
    python examples/reference/push_execution.py 127.0.0.1:50051    # one that `turboci serve` runs
    turboci run examples/reference/push_execution.py
"""

import sys

import ci

planner = ci.Runner("planning")
builder = ci.Runner("build_executor", max_concurrent=5)


@planner.handler
async def plan(stage: ci.StageContext) -> dict[str, object]:
    return {"targets": ["app"]}


@builder.handler
async def build(stage: ci.StageContext) -> dict[str, object]:
    planned = await stage.check("plan-check")
    return {"artifacts": [f"{target}.tar" for target in planned.value("targets", list[str])]}


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(planner)
    await orch.host(builder)
    work_plan = await orch.create_work_plan({"name": "push-execution"})

    # A planning stage, by its runner type.
    await orch.write_nodes(
        work_plan.id,
        checks=[ci.CheckWrite(id="plan-check", state=ci.CheckState.PLANNING)],
        stages=[
            ci.StageWrite(
                id="plan-stage",
                runner_type="planning",
                execution_mode=ci.ExecutionMode.SYNC,
                assignments=(ci.Assignment("plan-check", ci.CheckState.FINAL),),
            )
        ],
    )

    # A build stage, executed asynchronously, that waits because its check does.
    await orch.write_nodes(
        work_plan.id,
        checks=[
            ci.CheckWrite(
                id="build-check",
                dependencies=ci.DependencyGroup(
                    predicate=ci.Predicate.AND,
                    dependencies=(ci.Dependency(ci.NodeRef(ci.NodeKind.CHECK, "plan-check")),),
                ),
            )
        ],
        stages=[
            ci.StageWrite(
                id="build-stage",
                runner_type="build_executor",
                execution_mode=ci.ExecutionMode.ASYNC,
                assignments=(ci.Assignment("build-check", ci.CheckState.FINAL),),
            )
        ],
    )

    async with ci.WorkflowContext(orch, work_plan_id=work_plan.id) as workflow:
        result = await workflow.wait_for_completion()
    for check in result.checks.values():
        print(f"{check.id}: {dict(check.data)}")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    ci.run(run)
