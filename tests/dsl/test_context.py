from __future__ import annotations

import asyncio

import pytest
from anyio import wait_all_tasks_blocked

import ci
from ci import CheckState, ExecutionMode, Outcome
from tests.dsl.conftest import HASTY, PATIENT
from tests.dsl.recording import RecordingOrchestrator


async def test_checks_are_written_one_by_one(port: RecordingOrchestrator) -> None:
    """Each definition is one write; options and keywords say the same."""
    async with ci.WorkflowContext(port) as wf:
        assert wf.work_plan_id == "plan-1"
        await wf.define_check(
            "build", ci.with_kind("build"), ci.with_check_state(CheckState.PLANNING), ci.with_check_option("a", 1)
        )
        await wf.define_check("test", kind="test", depends_on=["build", ci.stage("x")], options={"b": 2})
        await wf.define_check("lone", ci.with_check_deps("build"), ci.with_check_options({"c": 3}))
    checks = [check for checks, _ in port.writes for check in checks]
    assert checks == [
        ci.CheckWrite(id="build", kind="build", state=CheckState.PLANNING, options={"a": 1}),
        ci.CheckWrite(id="test", kind="test", dependencies=ci.depends_on("build", ci.stage("x")), options={"b": 2}),
        ci.CheckWrite(id="lone", dependencies=ci.depends_on("build"), options={"c": 3}),
    ]


async def test_stages_are_written_one_by_one(port: RecordingOrchestrator) -> None:
    """What options say of a stage, keywords and the builder say as well."""
    async with ci.WorkflowContext(port) as wf:
        await wf.define_stage(
            "exec",
            ci.with_runner("builder"),
            ci.with_async(),
            ci.with_stage_state(ci.StageState.PLANNED),
            ci.with_stage_deps("other"),
            ci.with_stage_arg("a", 1),
            ci.with_stage_args({"b": 2}),
            ci.assigns_to("build"),
            ci.with_retry(max_attempts=2),
            ci.with_timeout(5),
        )
        await wf.define_stage(
            "same",
            runner="builder",
            mode=ExecutionMode.ASYNC,
            state=ci.StageState.PLANNED,
            after="other",
            args={"a": 1, "b": 2},
            assigns="build",
            retry=ci.RetryPolicy(max_attempts=2),
            timeout=5,
        )
    with_options, with_keywords = [stage for _, stages in port.writes for stage in stages]
    assert with_options == ci.StageWrite(
        id="exec",
        runner_type="builder",
        execution_mode=ExecutionMode.ASYNC,
        state=ci.StageState.PLANNED,
        dependencies=ci.depends_on_stages("other"),
        args={"a": 1, "b": 2},
        assignments=(ci.Assignment("build"),),
        retry=ci.RetryPolicy(max_attempts=2),
        timeout=5.0,
    )
    assert (
        with_keywords
        == ci.new_stage("same")
        .state(ci.StageState.PLANNED)
        .runner_type("builder")
        .async_()
        .args({"a": 1, "b": 2})
        .assigns("build")
        .depends_on_stages("other")
        .retry(max_attempts=2)
        .timeout(5)
        .build()
    )


async def test_a_handle_is_a_future_of_its_node(port: RecordingOrchestrator) -> None:
    """A handle knows by itself when its node is FINAL; awaiting returns the node."""
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        build = await wf.define_check("build")
        stage = await wf.define_stage("exec", runner="r")
        heard: asyncio.Queue[ci.Check] = asyncio.Queue()
        build.on_complete(heard.put_nowait)
        assert not build.done()
        with pytest.raises(ci.InvalidState, match="check 'build' is not FINAL yet; await the handle"):
            build.result()
        await port.finish(ci.check("build"), outcome=Outcome.FAILED)
        await wait_all_tasks_blocked()
        assert build.done()
        assert build.result().outcome is Outcome.FAILED
        assert (await heard.get()).id == "build"
        build.on_complete(heard.put_nowait)
        assert (await heard.get()).id == "build"
        waiting = asyncio.create_task(stage.wait())
        await port.finish(ci.stage("exec"))
        assert (await waiting).id == "exec"
        assert (await build).id == "build"
        assert (build.ref, stage.as_dependency()) == (ci.check("build"), ci.stage("exec").succeeded)


async def test_one_stream_feeds_all_handles(port: RecordingOrchestrator) -> None:
    """A thousand handles cost one stream and a few queries."""
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        handles = [await wf.define_check(str(number)) for number in range(1000)]
        port.calls.clear()
        waiting = asyncio.create_task(ci.wait_all_checks(*handles))
        await port.finish(*(handle.ref for handle in handles))
        checks = await waiting
    assert [check.id for check in checks] == [str(number) for number in range(1000)]
    assert port.calls.count("query_nodes") <= 5
    assert port.calls.count("watch") <= 1


async def test_waiting_for_several(port: RecordingOrchestrator) -> None:
    """All gives the nodes in order; any gives the first handle, and leaves the others unharmed."""
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        a, b = await wf.define_check("a"), await wf.define_check("b")
        s = await wf.define_stage("s", runner="r")
        first = asyncio.create_task(ci.wait_any_check(a, b))
        mixed = asyncio.create_task(ci.wait_any(a, s))
        await wait_all_tasks_blocked()
        await port.finish(ci.check("b"))
        assert await first is b
        assert not a.done()
        await port.finish(ci.stage("s"))
        assert await mixed is s
        assert await ci.wait_any_stage(s) is s
        await port.finish(ci.check("a"))
        assert [node.id for node in await ci.wait_all(a, s, b)] == ["a", "s", "b"]
        assert [node.id for node in await ci.wait_all_stages(s)] == ["s"]
        assert await ci.wait_all_checks() == ()


async def test_as_completed_yields_in_order_of_completion(port: RecordingOrchestrator) -> None:
    """Handles come as their nodes become FINAL."""
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        handles = [await wf.define_check(id) for id in "abc"]
        order: list[str] = []

        async def collect() -> None:
            order.extend([handle.id async for handle in ci.as_completed(*handles)])

        collecting = asyncio.create_task(collect())
        for id in "cab":
            await wait_all_tasks_blocked()
            await port.finish(ci.check(id))
        await collecting
    assert order == ["c", "a", "b"]


async def test_a_timeout_names_the_first_that_is_late(port: RecordingOrchestrator) -> None:
    """The error of a group asks why once."""
    reason = ci.Reason(ci.check("b"), ci.ReasonKind.UNASSIGNED, "no stage is assigned to check 'b'")
    port.explanation = ci.Explanation(reasons=(reason,))
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        a, b, c = [await wf.define_check(id) for id in "abc"]
        await port.finish(ci.check("a"))
        with pytest.raises(TimeoutError) as caught:
            await ci.wait_all(a, b, c, timeout=0.01)
        assert str(caught.value) == (
            "check 'b' is not FINAL after 0.01 s:\n  no stage is assigned to check 'b' (and 1 more)"
        )
        with pytest.raises(TimeoutError, match=r"check 'c' is not FINAL after 0\.01 s"):
            await ci.wait_any(c, timeout=0.01)
        assert port.calls.count("explain") == 2


async def test_thinking_is_not_standing_still(port: RecordingOrchestrator) -> None:
    """Handles that nobody waits for do not fail when the plan stands still; a wait does."""
    port.explanation = ci.Explanation(stalled=True)
    async with ci.WorkflowContext(port, pace=HASTY) as wf:
        build = await wf.define_check("build")
        await port.has_heard("query_nodes", port.calls.count("query_nodes") + 3)
        assert "explain" not in port.calls
        with pytest.raises(ci.WorkflowStalled):
            await build
        port.explanation = ci.Explanation()
        await port.finish(ci.check("build"))
        assert (await build).id == "build"


async def test_a_workflow_can_be_attached_to(port: RecordingOrchestrator) -> None:
    """Another process goes on with a plan by its id."""
    async with ci.WorkflowContext(port) as wf:
        await wf.define_check("build")
    await port.finish(ci.check("build"))
    async with ci.WorkflowContext(port, work_plan_id=wf.work_plan_id) as again:
        assert (await again.wait_for_check("build")).id == "build"
        result = await again.wait_for_completion()
        assert list(result.checks) == ["build"]
    assert port.calls.count("create_work_plan") == 1


async def test_nodes_are_defined_inside(port: RecordingOrchestrator) -> None:
    """Before it is entered a workflow has no plan."""
    wf = ci.WorkflowContext(port)
    with pytest.raises(ci.InvalidState, match="the workflow is not entered; define its nodes inside `async with"):
        await wf.define_check("a")


async def test_nodes_are_defined_before_the_end(port: RecordingOrchestrator) -> None:
    """Of a workflow that was left the refusal says how to go on with its plan."""
    async with ci.WorkflowContext(port) as wf:
        pass
    with pytest.raises(ci.InvalidState) as caught:
        await wf.define_stage("a", runner="r")
    assert (caught.value.subject, caught.value.problem) == ("the workflow", "is not open")
    assert caught.value.hint == (
        f"define its nodes before its block ends, or attach to it with work_plan_id={wf.work_plan_id!r}"
    )


async def test_an_error_in_a_callback_harms_nothing(
    port: RecordingOrchestrator,
) -> None:
    """A callback that raises is reported to the loop; others are called, and waiters go on."""
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["exception"]))
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        build = await wf.define_check("build")
        heard: asyncio.Queue[ci.Check] = asyncio.Queue()
        build.on_complete(lambda _check: 1 / 0)  # type: ignore[arg-type]
        build.on_complete(heard.put_nowait)
        await port.finish(ci.check("build"))
        await build
        assert (await heard.get()).id == "build"
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_a_workflow_runs_on_the_real_orchestrator() -> None:
    """Nodes that are written one by one run as they become ready."""
    runner = ci.Runner("work")

    @runner.handler
    async def work(stage: ci.StageContext) -> dict[str, object]:
        return {"stage": stage.stage_id}

    async with ci.local(runners=[runner]) as orch, ci.WorkflowContext(orch) as wf:
        build = await wf.define_check("build", kind="build")
        await wf.define_stage("exec:build", runner="work", assigns="build")
        assert (await build.wait(timeout=30)).value("stage", str) == "exec:build"
        test = await wf.define_check("test", depends_on=build)
        stage = await wf.define_stage("exec:test", ci.with_runner("work"), ci.assigns_to("test"))
        checked, staged = await ci.wait_all(test, stage, timeout=30)
        assert (checked.outcome, staged.outcome) == (Outcome.SUCCEEDED, Outcome.SUCCEEDED)
        assert (await wf.wait_for_completion(timeout=30)).ok


async def test_ten_thousand_handles_wait_with_a_few_calls(port: RecordingOrchestrator) -> None:
    """However they are waited for at once, it costs one stream, and a query for five hundred nodes that have ended."""
    count = 10_000
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        handles = [await wf.define_check(str(number)) for number in range(count)]
        await wait_all_tasks_blocked()
        port.calls.clear()

        async def in_turn() -> list[str]:
            return [handle.id async for handle in ci.as_completed(handles[0], *handles[1:])]

        everything = asyncio.create_task(ci.wait_all_checks(*handles))
        first = asyncio.create_task(ci.wait_any_check(*handles[::-1]))
        each = [asyncio.create_task(handle.wait()) for handle in handles]
        order = asyncio.create_task(in_turn())
        await wait_all_tasks_blocked()
        assert port.calls == []
        await port.finish(*(handle.ref for handle in handles))
        assert [check.id for check in await everything] == [str(number) for number in range(count)]
        assert (await first).done()
        assert len(await asyncio.gather(*each)) == len(await order) == count
        assert set(port.calls) == {"query_nodes"}
        assert len(port.calls) <= count / 500 + 2


async def test_cancelling_a_waiter_leaves_the_others_unharmed(port: RecordingOrchestrator) -> None:
    """A handle that somebody gave up can be waited for by others, now and later; the plan goes on."""
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        a, b = await wf.define_check("a"), await wf.define_check("b")
        first, second = asyncio.create_task(a.wait()), asyncio.create_task(a.wait())
        group = asyncio.create_task(ci.wait_all(a, b))
        await wait_all_tasks_blocked()
        first.cancel()
        group.cancel()
        await asyncio.wait((first, group))
        await port.finish(ci.check("a"))
        assert (await second).id == "a"
        third = asyncio.create_task(b.wait())
        await port.finish(ci.check("b"))
        assert (await third).id == "b"
    assert first.cancelled()
    assert group.cancelled()
    assert port.cancelled == []


async def test_a_thousand_timeouts_ask_why_with_a_few_calls(port: RecordingOrchestrator) -> None:
    """Waits that run out of time together share the calls, and each gets its own reasons."""
    port.explanation = ci.Explanation(
        reasons=tuple(ci.Reason(ci.check(str(n)), ci.ReasonKind.UNASSIGNED, f"nobody answers {n}") for n in range(1000))
    )
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        handles = [await wf.define_check(str(number)) for number in range(1000)]
        errors = await asyncio.gather(*[handle.wait(timeout=0.01) for handle in handles], return_exceptions=True)
    assert [str(error) for error in errors] == [
        f"check '{n}' is not FINAL after 0.01 s:\n  nobody answers {n}" for n in range(1000)
    ]
    assert port.calls.count("explain") <= 10


async def test_a_node_that_is_not_there_keeps_no_reason_from_the_others(port: RecordingOrchestrator) -> None:
    """If one of those that are asked about together is unknown, the reasons of the whole plan are looked at."""
    port.explanation = ci.Explanation(reasons=(ci.Reason(ci.check("a"), ci.ReasonKind.UNASSIGNED, "nobody answers a"),))
    port.errors["explain"] = [ci.NotFound("check 'b'", "does not exist")]
    async with ci.WorkflowContext(port, pace=PATIENT) as wf:
        a, b = await wf.define_check("a"), await wf.define_check("b")
        waits = asyncio.gather(a.wait(timeout=0.01), b.wait(timeout=0.01), return_exceptions=True)
        assert [str(error) for error in await waits] == [
            "check 'a' is not FINAL after 0.01 s:\n  nobody answers a",
            "check 'b' is not FINAL after 0.01 s",
        ]
    assert port.calls.count("explain") == 2


async def test_each_waiter_gets_an_error_of_its_own(port: RecordingOrchestrator) -> None:
    """An error that ends all waits is equal for all, but raised as one object for each."""
    async with ci.WorkflowContext(port, pace=HASTY) as wf:
        handles = [await wf.define_check(id) for id in "ab"]
        port.errors["watch"] = [ci.OrchestratorUnavailable("orchestrator", "is away")] * 1000
        await port.break_stream()
        first, second = await asyncio.gather(*[handle.wait() for handle in handles], return_exceptions=True)
    assert isinstance(first, ci.OrchestratorUnavailable)
    assert first == second
    assert first is not second
