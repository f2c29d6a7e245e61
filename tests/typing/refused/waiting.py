"""Mistakes with workflows, handles and what comes back. Each marked line is wrong; the mark says who has to see it."""

import ci


async def settings(wf: ci.WorkflowContext) -> None:
    await wf.define_check("a", runner="builder")  # E: mypy pyright
    await wf.define_check("a", ci.with_runner("builder"))  # E: mypy pyright
    await wf.define_check("a", kind=3)  # E: mypy pyright
    await wf.define_check("a", depends_on=3)  # E: mypy pyright
    await wf.define_stage("s", kind="build")  # E: mypy pyright
    await wf.define_stage("s", ci.with_kind("build"))  # E: mypy pyright
    await wf.define_stage("s", ci.with_retry(tries=3))  # E: mypy pyright
    await wf.define_stage("s", mode="SYNC")  # E: mypy pyright
    await wf.define_stage("s", assigns=ci.assigns("a"))  # E: mypy pyright
    wf.define_check("a")  # E: mypy pyright
    node: ci.Check = await wf.define_check("a")  # E: mypy pyright
    print(node)


async def told(check: ci.Check) -> None:
    print(check.id)


async def handles(a: ci.CheckHandle, b: ci.StageHandle) -> None:
    await ci.wait_all_checks(a, b)  # E: mypy pyright
    await ci.wait_all_stages(a)  # E: mypy pyright
    await ci.wait_any_check()  # E: mypy pyright
    await ci.wait_any_stage(a)  # E: mypy pyright
    await ci.wait_all([a, b])  # E: mypy pyright
    await ci.wait_all_checks(a, timeout="3")  # E: mypy pyright
    await a.wait(3)  # E: mypy pyright
    a.wait()  # E: mypy pyright
    a.on_complete(told)  # E: mypy pyright
    stage: ci.Stage = await a  # E: mypy pyright
    check: ci.Check = a.result  # E: mypy pyright
    for handle in ci.as_completed(a):  # E: mypy pyright
        del handle
    print(stage, check)


def data(check: ci.Check, plan: ci.WorkPlan) -> None:
    check.value("targets", "list")  # E: mypy pyright
    check.value("targets")  # E: mypy pyright
    count: int = check.value("count", str)  # E: mypy pyright
    maybe: int = check.value("count", int, None)  # E: mypy pyright
    check.data["targets"].append("x")  # E: mypy pyright
    for target in check.data["targets"]:  # E: mypy pyright
        del target
    print(count, maybe)
    check.kind = "build"  # E: mypy pyright
    if check.outcome == "FAILED":  # E: mypy pyright
        print("compared with text")
    outcome: ci.Outcome = check.outcome  # E: mypy pyright
    print(outcome, plan.state)  # E: mypy pyright


async def plans(orch: ci.Orchestrator) -> None:
    ci.EventFilter(check_states=[ci.CheckState.FINAL])  # E: mypy pyright
    async for event in orch.watch("plan"):
        print(event.check_id)  # E: mypy pyright
    async with ci.WorkflowContext(orch, plan="plan") as wf:  # E: mypy pyright
        await wf.query_checks("FINAL")  # E: mypy pyright
        await wf.query_checks(ci.StageState.FINAL)  # E: mypy pyright
