"""Level 4: a graph that grows while it runs."""

from typing import assert_type

import ci

dag = ci.DAG("grow")


@dag.function()
def plan(stage: ci.StageContext) -> dict[str, object]:
    return {"targets": ["app", "docs"]}


@dag.function(id="notify")
async def notify(stage: ci.StageContext) -> None:
    await stage.progress(10)


@dag.function
def bare(stage: ci.StageContext) -> None: ...


assert_type(plan, ci.StageNode)
assert_type(bare, ci.StageNode)
assert_type(notify.after(plan), ci.StageNode)


async def grow(orch: ci.Orchestrator) -> None:
    async with dag.execute(orch) as execution:
        planned = await execution.wait_for_check(plan.check)
        for target in planned.value("targets", list[str]):
            build = await dag.add_check(f"build:{target}").kind("build").depends_on(plan.check)
            assert_type(build, ci.CheckNode)
            stage = await dag.add_stage(f"exec:{target}").runner("builder").assigns(build).after(plan)
            assert_type(stage, ci.StageNode)
        await dag.commit()
        await execution.wait_for_completion()


async def in_the_form_of_the_reference(targets: list[str]) -> None:
    for target in targets:
        build = await dag.add_check(f"build:{target}")
        build.kind("build").depends_on(plan.check)
        stage = await dag.add_stage(f"exec:build:{target}")
        stage.runner("builder").assigns(build).after(plan)


async def without_a_call(execution: ci.WorkflowExecution) -> ci.Check:
    draft: ci.CheckDraft = dag.add_check("late")
    node = await draft.option("a", 1)
    dag.check("open").depends_on(node)
    dag.shell("publish", "echo publishing").after(node.failed)
    return await execution.wait_for_check(node)
