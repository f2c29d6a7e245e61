"""Level 2, builders: checks, stages and attempts, setting by setting.

python examples/reference/level2_builders.py [127.0.0.1:50051]
turboci run examples/reference/level2_builders.py
"""

import sys

import ci

runner = ci.Runner("builder")


@runner.handler
async def build(stage: ci.StageContext) -> dict[str, object]:
    assert stage.check_options["build:main"] == {"target": stage.arg("target", str)}
    return {"built": stage.arg("target", str)}


plan_check = ci.new_check("plan:main").kind("plan").planned().build()

# A check with all options.
check = (
    ci.new_check("build:main")
    .kind("build")
    .state(ci.CheckState.PLANNED)
    .option("target", "//pkg/...")
    .depends_on("plan:main")
    .build()
)

# A stage with runner, assignment and dependencies.
stage = (
    ci.new_stage("exec:build")
    .runner_type("builder")
    .sync()
    .arg("target", "//pkg/...")
    .assigns("build:main")
    .depends_on_stages("exec:plan")
    .build()
)

# A stage without a runner type is nobody's: whoever claims an attempt of it does the work.
plan_stage = ci.StageWrite(id="exec:plan", assignments=(ci.assigns("plan:main"),))

# An attempt that is half done.
attempt = ci.new_attempt("attempt-1").running().progress(50, "Building...").build()


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(runner)
    work_plan = await orch.create_work_plan({"name": "builders"})
    await orch.write_nodes(work_plan.id, checks=[plan_check, check], stages=[plan_stage, stage])

    # The planning is done by hand: claim an attempt, say how far it is, answer, and end it.
    await orch.write_nodes(work_plan.id, stages=[ci.StageWrite(id="exec:plan", current_attempt=attempt)])
    planning = (await orch.query_nodes(work_plan.id, stage_ids=["exec:plan"], include_checks=False)).stages[0]
    for entry in planning.attempts[0].progress:
        print(f"exec:plan: {entry.percent} % {entry.message}")
    await orch.write_nodes(
        work_plan.id,
        checks=[ci.new_check("plan:main").final().result({"targets": ["//pkg/..."]}).build()],
        stages=[
            ci.StageWrite(
                id="exec:plan", current_attempt=ci.new_attempt("attempt-1").complete().build(),
                state=ci.StageState.FINAL,
            )
        ],
    )  # fmt: skip

    async with ci.WorkflowContext(orch, work_plan_id=work_plan.id) as workflow:
        result = await workflow.wait_for_completion()
    for each in result.checks.values():
        print(f"{each.id}: {dict(each.data)}")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    ci.run(run)
