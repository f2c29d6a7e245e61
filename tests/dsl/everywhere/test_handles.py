"""WorkflowContext and its handles, on every orchestrator."""

from __future__ import annotations

import asyncio

import pytest

import ci
from ci import CheckState, ExecutionMode, Outcome
from tests.dsl.by_hand import ByHand
from tests.dsl.conftest import PATIENT


async def test_options_and_keywords_say_the_same(orchestrator: ci.Orchestrator) -> None:
    """What is set by options and what is set by keywords arrives alike, and is read back as it was written."""
    async with ci.WorkflowContext(orchestrator) as wf:
        await wf.define_check("build", ci.with_kind("build"), ci.with_check_state(CheckState.PLANNING))
        await wf.define_check("one", ci.with_check_deps("build"), ci.with_check_options({"a": 1, "b": [2]}))
        await wf.define_check("two", depends_on="build", options={"a": 1, "b": [2]})
        await wf.define_stage(
            "with-options",
            ci.with_runner("nobody"),
            ci.with_async(),
            ci.with_stage_deps("never"),
            ci.with_stage_arg("a", 1),
            ci.with_stage_args({"b": [2]}),
            ci.assigns_to("build"),
            ci.with_retry(max_attempts=2),
            ci.with_timeout(5),
        )
        await wf.define_stage(
            "with-keywords",
            runner="nobody",
            mode=ExecutionMode.ASYNC,
            after="never",
            args={"a": 1, "b": [2]},
            assigns="build",
            retry=ci.RetryPolicy(max_attempts=2),
            timeout=5,
        )
        nodes = await orchestrator.query_nodes(wf.work_plan_id)
        await wf.cancel()
    build, one, two = nodes.checks
    assert (build.kind, build.state) == ("build", CheckState.PLANNING)
    assert (one.options, one.dependencies) == (two.options, two.dependencies)
    assert one.options == {"a": 1, "b": [2]}
    first, second = nodes.stages
    for field in ("runner_type", "execution_mode", "args", "assignments", "dependencies", "retry", "timeout", "state"):
        assert getattr(first, field) == getattr(second, field), field
    assert (first.execution_mode, first.timeout, first.args) == (ExecutionMode.ASYNC, 5.0, {"a": 1, "b": [2]})


async def test_a_handle_is_a_future_of_its_node(by_hand: ByHand) -> None:
    """A handle is done when its node is FINAL; awaiting returns the node, and callbacks hear of it."""
    async with ci.WorkflowContext(by_hand.orchestrator, pace=PATIENT) as wf:
        build = await wf.define_check("build")
        stage = await wf.define_stage("exec", runner="hand")
        heard: asyncio.Queue[ci.Check] = asyncio.Queue()
        build.on_complete(heard.put_nowait)
        assert not build.done()
        with pytest.raises(ci.InvalidState, match="check 'build' is not FINAL yet; await the handle"):
            build.result()
        await by_hand.check(wf.work_plan_id, "build", failure="red")
        assert (await heard.get()).id == "build"
        assert build.done()
        assert build.result().outcome is Outcome.FAILED
        build.on_complete(heard.put_nowait)
        assert (await heard.get()).id == "build"
        waiting = asyncio.create_task(stage.wait(timeout=30))
        by_hand.stage("exec")
        assert (await waiting).id == "exec"
        assert (await build).id == "build"


async def test_waiting_for_several(by_hand: ByHand) -> None:
    """All gives the nodes in order; any gives the first handle, and leaves the others unharmed."""
    async with ci.WorkflowContext(by_hand.orchestrator, pace=PATIENT) as wf:
        a, b = await wf.define_check("a"), await wf.define_check("b")
        s = await wf.define_stage("s", runner="hand")
        first = asyncio.create_task(ci.wait_any_check(a, b, timeout=30))
        mixed = asyncio.create_task(ci.wait_any(a, s, timeout=30))
        await by_hand.check(wf.work_plan_id, "b")
        assert await first is b
        assert not a.done()
        by_hand.stage("s")
        assert await mixed is s
        assert await ci.wait_any_stage(s) is s
        await by_hand.check(wf.work_plan_id, "a")
        assert [node.id for node in await ci.wait_all(a, s, b, timeout=30)] == ["a", "s", "b"]
        assert [node.id for node in await ci.wait_all_checks(b, a, timeout=30)] == ["b", "a"]
        assert [node.id for node in await ci.wait_all_stages(s, timeout=30)] == ["s"]


async def test_as_completed_yields_in_order_of_completion(by_hand: ByHand) -> None:
    """Handles come as their nodes become FINAL."""
    async with ci.WorkflowContext(by_hand.orchestrator, pace=PATIENT) as wf:
        handles = [await wf.define_check(id) for id in "abc"]
        order: asyncio.Queue[str] = asyncio.Queue()

        async def collect() -> None:
            async for handle in ci.as_completed(*handles):
                order.put_nowait(handle.id)

        collecting = asyncio.create_task(collect())
        for id in "cab":
            await by_hand.check(wf.work_plan_id, id)
            assert await order.get() == id
        await collecting


async def test_a_timeout_of_several_names_the_first_that_is_late(by_hand: ByHand) -> None:
    """The error of a group asks why once, and counts the others."""
    async with ci.WorkflowContext(by_hand.orchestrator, pace=PATIENT) as wf:
        a, b, c = [await wf.define_check(id) for id in "abc"]
        await by_hand.check(wf.work_plan_id, "a")
        await a
        with pytest.raises(TimeoutError, match=r"check 'b' is not FINAL after 0\.01 s:\n  no stage .* \(and 1 more\)$"):
            await ci.wait_all(a, b, c, timeout=0.01)
        with pytest.raises(TimeoutError, match=r"check 'c' is not FINAL after 0\.01 s"):
            await ci.wait_any(c, timeout=0.01)


async def test_a_workflow_can_be_attached_to(by_hand: ByHand) -> None:
    """Another client goes on with a plan by its id."""
    async with ci.WorkflowContext(by_hand.orchestrator) as wf:
        await wf.define_check("build")
    await by_hand.check(wf.work_plan_id, "build")
    async with ci.WorkflowContext(by_hand.orchestrator, work_plan_id=wf.work_plan_id) as again:
        assert (await again.wait_for_check("build", timeout=30)).id == "build"
        assert list((await again.wait_for_completion(timeout=30)).checks) == ["build"]


async def test_an_error_in_a_callback_harms_nothing(by_hand: ByHand) -> None:
    """A callback that raises is reported to the loop; others are called, and waiters go on."""
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["exception"]))
    async with ci.WorkflowContext(by_hand.orchestrator, pace=PATIENT) as wf:
        build = await wf.define_check("build")
        heard: asyncio.Queue[ci.Check] = asyncio.Queue()
        build.on_complete(lambda _check: 1 / 0)  # type: ignore[arg-type]
        build.on_complete(heard.put_nowait)
        await by_hand.check(wf.work_plan_id, "build")
        await build.wait(timeout=30)
        assert (await heard.get()).id == "build"
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_nodes_run_as_they_become_ready(by_hand: ByHand) -> None:
    """Nodes that are written one by one run when what they wait for has ended, and their answers are data."""
    async with ci.WorkflowContext(by_hand.orchestrator) as wf:
        build = await wf.define_check("build", kind="build")
        await wf.define_stage("exec:build", runner="hand", assigns="build")
        test = await wf.define_check("test", depends_on=build)
        stage = await wf.define_stage("exec:test", ci.with_runner("hand"), ci.assigns_to("test"))
        by_hand.stage("exec:test", data={"passed": 3})
        by_hand.stage("exec:build", data={"artifact": "app.tar"})
        assert (await build.wait(timeout=30)).value("artifact", str) == "app.tar"
        checked, staged = await ci.wait_all(test, stage, timeout=30)
        assert (checked.data, staged.outcome) == ({"passed": 3}, Outcome.SUCCEEDED)
        assert (await wf.wait_for_completion(timeout=30)).ok
