"""Mistakes with graphs and their executions. Each marked line is wrong; the mark says who has to see it."""

import ci

dag = ci.DAG("release")
check = dag.check("build")
stage = dag.stage("build").runner("builder")
step = dag.shell("test", "pytest -q")


def settings(names: list[str]) -> None:
    ci.DAG(["release"])  # E: mypy pyright
    dag.check("a").runner("builder")  # E: mypy pyright
    dag.check("a").after(stage)  # E: mypy pyright
    dag.check("a").assigns(check)  # E: mypy pyright
    dag.check("a").kind(kind="build")  # E: mypy pyright
    dag.check("a").depends_on(names)  # E: mypy pyright
    dag.check("a").depends_on(None)  # E: mypy pyright
    dag.check("a").depends_on(dag)  # E: mypy pyright
    dag.stage("s").depends_on(check)  # E: mypy pyright
    dag.stage("s").assigns(stage)  # E: mypy pyright
    dag.stage("s").assigns(check.finished)  # E: mypy pyright
    dag.stage("s").after_checks(stage)  # E: mypy pyright
    dag.stage("s").after_at_least(stage, check)  # E: mypy pyright
    dag.stage("s").runner(3)  # E: mypy pyright
    other: ci.StageNode = dag.stage("s").async_  # E: mypy pyright
    dag.stage("s").async_().kind("build")  # E: mypy pyright
    dag.stage("s").retry(retries=3)  # E: mypy pyright
    dag.step("build")  # E: mypy pyright
    dag.shell("lint")  # E: mypy pyright
    dag.shell("lint", 3)  # E: mypy pyright
    dag.shell("lint", "make", env={"JOBS": 4})  # E: mypy pyright
    dag.shell("lint", "make", needs=[step])  # E: mypy pyright
    check.id = "other"  # E: mypy pyright
    print(dag.check("a") < check, other)  # E: mypy pyright


async def drafts() -> None:
    draft = dag.add_check("late")
    dag.check("a").depends_on(draft)  # E: mypy pyright
    dag.stage("s").assigns(draft)  # E: mypy pyright
    dag.stage("s").after(dag.add_stage("other"))  # E: mypy pyright
    node: ci.CheckNode = dag.add_check("forgotten")  # E: mypy pyright
    draft.id  # E: mypy pyright
    await dag.check("no need")  # E: mypy pyright
    await dag.stage("no need").runner("builder")  # E: mypy pyright
    dag.commit()  # E: mypy pyright
    print(node)


async def execute(orch: ci.Orchestrator) -> None:
    dag.execute()  # E: mypy pyright
    dag.execute(orch, timeout=3)  # E: mypy pyright
    dag.execute(orch).wait_for_completion()  # E: mypy pyright
    with dag.execute(orch):  # E: mypy pyright
        pass
    execution = await dag.execute(orch)
    execution.wait_for_completion()  # E: mypy pyright
    await execution.wait_for_completion(60)  # E: mypy pyright
    await execution.wait_for_check(stage)  # E: mypy pyright
    await execution.wait_for_stage(check)  # E: mypy pyright
    await execution.wait_for_check(check.finished)  # E: mypy pyright
    await execution.wait_for_check("build", "test")  # E: mypy pyright
    done: ci.Stage = await execution.wait_for_check("build")  # E: mypy pyright
    text: str = execution.to_mermaid()  # E: mypy pyright
    for event in execution.events():  # E: mypy pyright
        del event
    print(done, text)


async def main() -> None:
    with ci.local():  # E: mypy pyright
        pass
    async with ci.local(runners=["shell"]):  # E: mypy pyright
        pass
    async with ci.connect():  # E: mypy pyright
        pass
    async with ci.connect("localhost:50051", runners=ci.ShellRunner()):  # E: mypy pyright
        pass


if __name__ == "__main__":
    ci.run(main())  # E: mypy pyright
    ci.run(main, runners=[ci.ShellRunner()])  # E: mypy pyright
    ci.run([dag])  # E: mypy pyright
