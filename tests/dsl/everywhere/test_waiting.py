"""Waiting for a plan, on every orchestrator."""

from __future__ import annotations

import asyncio
import pickle
import re

import pytest

import ci
from ci import CheckState, Outcome
from tests.dsl.by_hand import ByHand
from tests.dsl.conftest import PATIENT


async def executed(by_hand: ByHand, *ids: str, pace: ci.Pace = PATIENT) -> ci.WorkflowExecution:
    """Execute a DAG of checks."""
    dag = ci.DAG("waiting")
    for id in ids:
        dag.check(id)
    return await dag.execute(by_hand.orchestrator, pace=pace)


async def test_a_thousand_waits_are_answered(by_hand: ByHand) -> None:
    """Everybody who waits gets the node, in order, from one write."""
    ids = [str(number) for number in range(1000)]
    execution = await executed(by_hand, *ids)
    waits = [asyncio.create_task(execution.wait_for_check(id, timeout=60)) for id in ids]
    await by_hand.check(execution.work_plan_id, *ids)
    assert [check.id for check in await asyncio.gather(*waits)] == ids


async def test_a_wait_returns_the_node_with_its_results(by_hand: ByHand) -> None:
    """A check that failed is returned like any other."""
    execution = await executed(by_hand, "a", "b")
    waiting = asyncio.create_task(execution.wait_for_check("a", timeout=30))
    await by_hand.check(execution.work_plan_id, "a", data={"count": 3}, failure="red")
    check = await waiting
    assert (check.outcome, check.value("count", int)) == (Outcome.FAILED, 3)


async def test_a_node_that_is_final_already_is_returned(by_hand: ByHand) -> None:
    """What happened before the wait is not missed, and can be waited for again."""
    execution = await executed(by_hand, "a", "b")
    await by_hand.check(execution.work_plan_id, "a")
    for _ in range(2):
        assert (await execution.wait_for_check("a", timeout=30)).state is CheckState.FINAL


async def test_nothing_runs_while_nobody_waits(by_hand: ByHand) -> None:
    """After the last wait no task is left, and the next wait finds what happened meanwhile."""
    execution = await executed(by_hand, "a", "b")
    await by_hand.check(execution.work_plan_id, "a")
    before = {task.get_name() for task in asyncio.all_tasks()}
    await execution.wait_for_check("a", timeout=30)
    assert not {name for name in {task.get_name() for task in asyncio.all_tasks()} - before if "watch" in name}
    await by_hand.check(execution.work_plan_id, "b")
    assert (await execution.wait_for_check("b", timeout=30)).id == "b"


async def test_a_stage_can_be_waited_for(by_hand: ByHand) -> None:
    """Stages end like checks."""
    dag = ci.DAG()
    step = dag.step("s", "hand")
    execution = await dag.execute(by_hand.orchestrator, pace=PATIENT)
    waiting = asyncio.create_task(execution.wait_for_stage(step, timeout=30))
    by_hand.stage("s", data={"x": 1})
    assert (await waiting).outcome is Outcome.SUCCEEDED
    assert (await execution.wait_for_check(step.check, timeout=30)).data == {"x": 1}


async def test_cancelling_one_wait_leaves_the_others(by_hand: ByHand) -> None:
    """Waits for the same node are independent, and none of them cancels the plan."""
    execution = await executed(by_hand, "a")
    first = asyncio.create_task(execution.wait_for_check("a"))
    second = asyncio.create_task(execution.wait_for_check("a", timeout=30))
    await execution.get_check("a")
    first.cancel()
    await asyncio.wait({first})
    await by_hand.check(execution.work_plan_id, "a")
    assert (await second).outcome is Outcome.SUCCEEDED
    assert first.cancelled()


async def test_completion_returns_all_nodes(by_hand: ByHand) -> None:
    """The result has every node by id, and completion can be waited for again."""
    execution = await executed(by_hand, "a", "b")
    waiting = asyncio.create_task(execution.wait_for_completion(timeout=30))
    await by_hand.check(execution.work_plan_id, "a")
    await execution.wait_for_check("a", timeout=30)
    assert not waiting.done()
    await by_hand.check(execution.work_plan_id, "b")
    result = await waiting
    assert list(result.checks) == ["a", "b"]
    assert result.ok
    assert (result.work_plan_id, result.name) == (execution.work_plan_id, "waiting")
    assert (await execution.wait_for_completion(timeout=30)).ok


async def test_completion_before_the_last_write_is_no_news(by_hand: ByHand) -> None:
    """Nodes that are added to a complete plan have to end too."""
    execution = await executed(by_hand, "a")
    await by_hand.check(execution.work_plan_id, "a")
    await execution.wait_for_completion(timeout=30)
    execution.dag.check("b")
    await execution.dag.commit()
    waiting = asyncio.create_task(execution.wait_for_completion(timeout=30))
    assert await execution.status() is ci.PlanStatus.RUNNING
    assert not waiting.done()
    await by_hand.check(execution.work_plan_id, "b")
    assert list((await waiting).checks) == ["a", "b"]


async def test_a_timeout_says_what_it_waits_for_and_why(by_hand: ByHand) -> None:
    """The error names the node, the time and the reasons."""
    execution = await executed(by_hand, "a", "b")
    with pytest.raises(TimeoutError) as caught:
        await execution.wait_for_check("a", timeout=0.01)
    assert re.fullmatch(
        r"check 'a' is not FINAL after 0.01 s:\n  no stage is assigned to check 'a'; assign one, .*", str(caught.value)
    )
    with pytest.raises(TimeoutError) as caught:
        await execution.wait_for_completion(timeout=0.01)
    first, *reasons = str(caught.value).splitlines()
    assert first.endswith(" after 0.01 s:")
    assert [reason.split(";")[0].strip() for reason in reasons] == [
        "no stage is assigned to check 'a'",
        "no stage is assigned to check 'b'",
    ]


async def test_a_plan_that_stands_still_is_an_error(by_hand: ByHand) -> None:
    """Nobody waits for what will never come: every waiter gets the reasons, in an error that pickles."""
    execution = await executed(by_hand, "a", pace=ci.Pace(quiet=0.1))
    waits = await asyncio.gather(
        execution.wait_for_check("a", timeout=30), execution.wait_for_completion(timeout=30), return_exceptions=True
    )
    for error in waits:
        assert isinstance(error, ci.WorkflowStalled)
        (reason,) = error.reasons
        assert (reason.node, reason.kind) == (ci.check("a"), ci.ReasonKind.UNASSIGNED)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


async def test_a_failure_says_what_a_person_needs(by_hand: ByHand) -> None:
    """Failed nodes come first, with cause and last lines of output; then what they have held up, and why."""
    dag = ci.DAG("failing")
    test = dag.check("test")
    dag.check("lint")
    dag.check("deploy").depends_on(test)
    execution = await dag.execute(by_hand.orchestrator, pace=PATIENT)
    output = "".join(f"line {number}\n" for number in range(30))
    await by_hand.check(execution.work_plan_id, "lint")
    await by_hand.check(execution.work_plan_id, "test", data={"output": output}, failure="command exited with 1")
    with pytest.raises(ci.WorkflowFailed) as caught:
        await execution.wait_for_completion(timeout=30)
    lines = str(caught.value).splitlines()
    assert lines[0] == "workflow 'failing' failed: of 3 nodes 1 FAILED, 1 SKIPPED"
    assert lines[1].startswith("  check 'test' FAILED: ")
    assert lines[1].endswith("command exited with 1")
    assert lines[2:22] == [f"    | line {number}" for number in range(10, 30)]
    assert lines[22] == "  check 'deploy' SKIPPED"
    assert lines[23].startswith("    because check 'test' FAILED: ")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.result) == (str(caught.value), caught.value.result)


async def test_a_cancelled_plan_is_not_ok(by_hand: ByHand) -> None:
    """Waiting for a plan that somebody cancels ends with an error that says so."""
    execution = await executed(by_hand, "a")
    waiting = asyncio.create_task(execution.wait_for_completion(timeout=30))
    await execution.cancel("enough")
    with pytest.raises(ci.WorkflowFailed, match="workflow 'waiting' was cancelled: of 1 nodes 1 CANCELLED"):
        await waiting
    assert await execution.status() is ci.PlanStatus.CANCELLED


async def test_events_tell_the_story(by_hand: ByHand) -> None:
    """The events of a plan come in order, without gaps, and can be read again from any of them."""
    execution = await executed(by_hand, "a", "b")
    await by_hand.check(execution.work_plan_id, "a", "b")
    await execution.wait_for_completion(timeout=30)

    async def since(position: int) -> list[ci.Event]:
        seen: list[ci.Event] = []
        async for event in execution.events(after_sequence=position):
            seen.append(event)
            if isinstance(event, ci.PlanCompleted):
                break
        return seen

    story = await since(0)
    assert [event.sequence for event in story] == list(range(1, len(story) + 1))
    assert await since(2) == story[2:]
