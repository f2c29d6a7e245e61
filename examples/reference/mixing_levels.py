"""Mixing levels: a DAG for the structure, builders for what it has no words for, in one plan.

python examples/reference/mixing_levels.py [127.0.0.1:50051]
turboci run examples/reference/mixing_levels.py
"""

import sys

import ci

planner = ci.Runner("planner")
special = ci.Runner("special")


@planner.handler
async def plan(stage: ci.StageContext) -> dict[str, object]:
    return {"ready": True}


@special.handler
async def customize(stage: ci.StageContext) -> dict[str, object]:
    return {"config": stage.check_options["custom:special"]["special_config"]}


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(planner)
    await orch.host(special)

    # A DAG for the structure.
    dag = ci.DAG("mixed")
    plan_check = dag.check("plan").kind("plan")
    dag.stage("plan").runner("planner").assigns(plan_check)
    execution = await dag.execute(orch)

    # Level 2 for nodes of a special kind.
    custom_check = (
        ci.new_check("custom:special")
        .kind("custom")
        .option("special_config", {"key": "value"})
        .depends_on("plan")
        .build()
    )
    custom_stage = ci.new_stage("exec:custom").runner_type("special").assigns("custom:special").build()

    # Written straight to the orchestrator.
    await orch.write_nodes(execution.work_plan_id, checks=[custom_check], stages=[custom_stage])

    # Level 3 on the same plan; the DAG waits for it as well.
    async with ci.WorkflowContext(orch, work_plan_id=execution.work_plan_id) as workflow:
        note = await workflow.define_check("note", kind="note", depends_on=ci.check("custom:special"))
        await workflow.define_stage("exec:note", runner="planner", assigns="note")
        print(f"{note.id}: {dict((await note).data)}")

    custom = await execution.wait_for_check("custom:special")
    print(f"{custom.id}: {dict(custom.data)}")
    result = await execution.wait_for_completion()
    print(f"checks: {', '.join(result.checks)}")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    ci.run(run)
