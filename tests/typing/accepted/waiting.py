"""Level 3: a workflow that is written while it runs, and futures of its nodes."""

from collections.abc import Awaitable
from typing import assert_type

import ci


async def define(orch: ci.Orchestrator) -> None:
    async with ci.WorkflowContext(orch) as wf:
        assert_type(wf, ci.WorkflowContext)
        build = await wf.define_check("build:main", ci.with_kind("build"), ci.with_check_state(ci.CheckState.PLANNING))
        test = await wf.define_check("test:unit", kind="test", depends_on=["build:main"])
        stage = await wf.define_stage("exec:build", ci.with_runner("builder"), ci.with_sync(), ci.assigns_to("build"))
        assert_type(build, ci.CheckHandle)
        assert_type(stage, ci.StageHandle)
        assert_type(await build.wait(timeout=300), ci.Check)
        assert_type(await stage, ci.Stage)
        assert_type(await ci.wait_all_checks(build, test), tuple[ci.Check, ...])
        assert_type(await ci.wait_any_check(build, test), ci.CheckHandle)
        async for handle in ci.as_completed(build, test):
            assert_type(handle, ci.CheckHandle)
            print(handle.id, handle.done(), handle.result().outcome)


async def attach(orch: ci.Orchestrator, plan: str) -> None:
    async with ci.WorkflowContext(orch, work_plan_id=plan, pace=ci.Pace(quiet=5)) as wf:
        assert_type(wf.work_plan_id, str)
        assert_type(await wf.wait_for_check("build"), ci.Check)
        assert_type(await wf.get_stage(ci.stage("build")), ci.Stage)
        assert_type(await wf.query_checks(ci.CheckState.FINAL), tuple[ci.Check, ...])
        for reason in await wf.why():
            assert_type(reason.kind, ci.ReasonKind)
        assert_type(await wf.status(), ci.PlanStatus)
        await wf.cancel("not needed any more")


async def options(wf: ci.WorkflowContext, policy: ci.RetryPolicy) -> None:
    settings: list[ci.StageOption] = [ci.with_runner("builder"), ci.with_async(), ci.with_timeout(5)]
    retried = ci.with_retry(max_attempts=2, initial_backoff=0.5)
    after = ci.with_stage_deps("lint", ci.check("plan").finished)
    args = (
        ci.with_stage_arg("jobs", 4),
        ci.with_stage_args({"fast": True}),
        ci.with_stage_state(ci.StageState.PLANNED),
    )
    await wf.define_stage("a", *settings, retried, after, *args)
    await wf.define_stage(
        "b",
        runner="builder",
        mode=ci.ExecutionMode.ASYNC,
        after=["a", ci.check("plan")],
        args={"jobs": 4},
        assigns="lint",
        retry=policy,
        timeout=60,
    )
    wanted: list[ci.CheckOption] = [
        ci.with_check_option("a", 1),
        ci.with_check_options({"b": 2}),
        ci.with_check_deps("plan"),
    ]
    await wf.define_check("lint", *wanted, options={"c": None}, state=ci.CheckState.PLANNED, depends_on="plan")


async def several(a: ci.CheckHandle, b: ci.StageHandle, more: list[ci.AnyHandle]) -> None:
    assert_type(await ci.wait_all(a, b), tuple[ci.Check, ci.Stage])
    assert_type(await ci.wait_all(b, a, timeout=3), tuple[ci.Stage, ci.Check])
    assert_type(await ci.wait_all(a, b, a), tuple[ci.Check, ci.Stage, ci.Check])
    assert_type(await ci.wait_all(a), tuple[ci.Check, ...])
    assert_type(await ci.wait_all(b), tuple[ci.Stage, ...])
    assert_type(await ci.wait_all(*more), tuple[ci.Check | ci.Stage, ...])
    assert_type(await ci.wait_all_stages(b, b), tuple[ci.Stage, ...])
    assert_type(await ci.wait_any(a, a), ci.CheckHandle)
    assert_type(await ci.wait_any(b), ci.StageHandle)
    assert_type(await ci.wait_any_stage(b), ci.StageHandle)
    first = await ci.wait_any(a, b)
    assert_type(first.id, str)
    async for handle in ci.as_completed(a, b):
        node: ci.Check | ci.Stage = handle.result()
        print(node.outcome)


async def depend(wf: ci.WorkflowContext, build: ci.CheckHandle, deploy: ci.StageHandle) -> None:
    await wf.define_check("after", depends_on=[build, deploy, ci.check("x").failed])
    await wf.define_check("one", depends_on=build)
    group = ci.depends_on(build, deploy)
    print(group)


def told(check: ci.Check) -> None:
    print(check.value("targets", list[str]))


def listen(build: ci.CheckHandle) -> Awaitable[ci.Check]:
    build.on_complete(told)
    build.on_complete(lambda check: print(check.id))
    return build


def any_kind(handle: ci.Handle[ci.Check] | ci.Handle[ci.Stage]) -> str:
    return handle.id
