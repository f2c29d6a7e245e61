"""Mistakes with helpers and builders. Each marked line is wrong; the mark says who has to see it."""

import ci


def references(names: list[str], found: str | None) -> None:
    ci.depends_on(names)  # E: mypy pyright
    ci.depends_on(3)  # E: mypy pyright
    ci.depends_on(None)  # E: mypy pyright
    ci.depends_on_checks(ci.check("build"))  # E: mypy pyright
    ci.depends_on_at_least("a", "b")  # E: mypy pyright
    ci.check()  # E: mypy pyright
    ci.check(found)  # E: mypy pyright
    ci.check("build").depends_on("plan")  # E: mypy pyright
    ci.stage("build").done  # E: mypy pyright
    ci.assigns_with_goal("build", ci.StageState.FINAL)  # E: mypy pyright
    ci.assignment_list(["a", "b"])  # E: mypy pyright
    ci.check("a").id = "b"  # E: mypy pyright


def checks() -> None:
    ci.new_check()  # E: mypy pyright
    ci.new_check("a").kind(3)  # E: mypy pyright
    ci.new_check("a").state("PLANNED")  # E: mypy pyright
    ci.new_check("a").state(ci.StageState.PLANNED)  # E: mypy pyright
    ci.new_check("a").runner_type("builder")  # E: mypy pyright
    ci.new_check("a").options({1: "one"})  # E: mypy pyright
    ci.new_check("a").result("done")  # E: mypy pyright
    ci.new_check("a").dependencies("plan")  # E: mypy pyright
    ci.CheckWrite("a")  # E: mypy pyright


def stages() -> None:
    ci.new_stage("s").assigns(ci.assigns("build"))  # E: mypy pyright
    ci.new_stage("s").assigns_all("build")  # E: mypy pyright
    ci.new_stage("s").depends_on("plan")  # E: mypy pyright
    ci.new_stage("s").retry(attempts=3)  # E: mypy pyright
    ci.new_stage("s").retry(max_attempts="3")  # E: mypy pyright
    ci.new_stage("s").timeout("60")  # E: mypy pyright
    stage: ci.StageWrite = ci.new_stage("s").async_().build  # E: mypy pyright
    ci.new_stage("s").current_attempt(ci.new_attempt("w").running())  # E: mypy pyright
    ci.new_attempt("w").progress("50")  # E: mypy pyright
    ci.RetryPolicy(3)  # E: mypy pyright
    print(stage)


async def writes(orch: ci.Orchestrator) -> None:
    plan = await orch.create_work_plan("release")  # E: mypy pyright
    await orch.write_nodes(plan, checks=[ci.new_check("a").build()])  # E: mypy pyright
    await orch.write_nodes(plan.id, checks=[ci.new_check("a")])  # E: mypy pyright
    await orch.write_nodes(plan.id, stages=[ci.new_check("a").build()])  # E: mypy pyright
    await orch.write_nodes(plan.id, ci.new_check("a").build())  # E: mypy pyright
    await orch.query_nodes(plan.id, states=[ci.CheckState.FINAL])  # E: mypy pyright
    orch.cancel_work_plan(plan.id)  # E: mypy pyright
