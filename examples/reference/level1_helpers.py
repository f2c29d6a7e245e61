"""Level 1, helpers: the same values, in fewer words.

python examples/reference/level1_helpers.py [127.0.0.1:50051]
turboci run examples/reference/level1_helpers.py
"""

import sys

import ci

runner = ci.Runner("builder")


@runner.handler
async def work(stage: ci.StageContext) -> dict[str, object]:
    return {"by": stage.stage_id}


# Before: every part by its name.
verbose = ci.DependencyGroup(
    predicate=ci.Predicate.AND,
    dependencies=(ci.Dependency(ci.NodeRef(ci.NodeKind.CHECK, "build:main")),),
)

# After: what it means.
deps = ci.depends_on(ci.check("build:main"))
assert deps == verbose

either = ci.depends_on_any(ci.check("test:unit"), ci.check("test:integration"))
checks = ci.depends_on_checks("test:unit", "test:integration")
stages = ci.depends_on_stages("exec:build")
assert stages == ci.depends_on(ci.stage("exec:build"))
assert ci.assigns("build:main") == ci.assigns_with_goal("build:main", ci.CheckState.FINAL)


async def main(orch: ci.Orchestrator) -> None:
    await orch.host(runner)
    work_plan = await orch.create_work_plan({"name": "helpers"})
    await orch.write_nodes(
        work_plan.id,
        checks=[
            ci.CheckWrite(id="build:main"),
            ci.CheckWrite(id="test:unit", dependencies=deps),
            ci.CheckWrite(id="test:integration", dependencies=deps),
            ci.CheckWrite(id="some-test", dependencies=either),
            ci.CheckWrite(id="all-tests", dependencies=checks),
        ],
        stages=[
            ci.StageWrite(id="exec:build", runner_type="builder", assignments=(ci.assigns("build:main"),)),
            ci.StageWrite(
                id="exec:test",
                runner_type="builder",
                dependencies=stages,
                assignments=ci.assignment_list("test:unit", "test:integration"),
            ),
            ci.StageWrite(
                id="exec:sum", runner_type="builder", assignments=ci.assignment_list("some-test", "all-tests")
            ),
        ],
    )
    async with ci.WorkflowContext(orch, work_plan_id=work_plan.id) as workflow:
        result = await workflow.wait_for_completion()
    for check in result.checks.values():
        print(f"{check.id}: answered by {check.value('by', str)}")


async def run() -> None:
    async with ci.connect(sys.argv[1]) if sys.argv[1:] else ci.local() as orch:
        await main(orch)


if __name__ == "__main__":
    ci.run(run)
