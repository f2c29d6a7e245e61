from __future__ import annotations

import asyncio
import pickle
from dataclasses import replace

import pytest
from anyio import wait_all_tasks_blocked

import ci
from ci import CheckState, Outcome
from tests.dsl.conftest import HASTY, PATIENT
from tests.dsl.recording import RecordingOrchestrator


async def executed(port: RecordingOrchestrator, *ids: str, pace: ci.Pace = PATIENT) -> ci.WorkflowExecution:
    """Execute a DAG of checks."""
    dag = ci.DAG("waiting")
    for id in ids:
        dag.check(id)
    execution = await dag.execute(port, pace=pace)
    port.calls.clear()
    return execution


async def test_one_stream_and_few_calls_feed_all_waiters(port: RecordingOrchestrator) -> None:
    """A thousand waits cost one stream, and their nodes come in batches."""
    ids = [str(number) for number in range(1000)]
    execution = await executed(port, *ids)
    waits = [asyncio.create_task(execution.wait_for_check(id)) for id in ids]
    await wait_all_tasks_blocked()
    assert port.calls == ["watch"]
    await port.finish(*map(ci.check, ids))
    checks = await asyncio.gather(*waits)
    assert [check.id for check in checks] == ids
    assert port.calls.count("watch") == 1
    assert port.calls.count("query_nodes") <= 4


async def test_a_wait_returns_the_node_with_its_results(port: RecordingOrchestrator) -> None:
    """A check that failed is returned like any other."""
    execution = await executed(port, "a", "b")
    waiting = asyncio.create_task(execution.wait_for_check("a"))
    await wait_all_tasks_blocked()
    await port.finish(ci.check("a"), outcome=Outcome.FAILED, data={"count": 3})
    check = await waiting
    assert (check.outcome, check.value("count", int)) == (Outcome.FAILED, 3)
    assert port.queries == [(frozenset({"a"}), frozenset())]


async def test_a_node_that_is_final_already_is_returned(port: RecordingOrchestrator) -> None:
    """What happened before the wait is not missed."""
    execution = await executed(port, "a", "b")
    await port.finish(ci.check("a"))
    assert (await execution.wait_for_check("a")).state is CheckState.FINAL
    assert (await execution.wait_for_check("a")).state is CheckState.FINAL


async def test_nothing_runs_while_nobody_waits(port: RecordingOrchestrator) -> None:
    """The stream is closed after the last wait, and the next wait resumes where it ended."""
    execution = await executed(port, "a", "b")
    await port.finish(ci.check("a"))
    before = asyncio.all_tasks()
    await execution.wait_for_check("a")
    assert asyncio.all_tasks() == before
    await port.finish(ci.check("b"))
    await execution.wait_for_check("b")
    assert port.watched_after == [1, 2]


async def test_a_stage_can_be_waited_for(port: RecordingOrchestrator) -> None:
    """Stages end like checks."""
    dag = ci.DAG()
    step = dag.shell("s", "x")
    execution = await dag.execute(port, pace=PATIENT)
    await port.finish(ci.stage("s"))
    assert (await execution.wait_for_stage(step)).id == "s"
    await port.finish(ci.check("s"))
    assert (await execution.wait_for_check(step.check)).id == "s"


async def test_cancelling_one_wait_leaves_the_others(port: RecordingOrchestrator) -> None:
    """Waits for the same node are independent, and none of them cancels the plan."""
    execution = await executed(port, "a")
    first = asyncio.create_task(execution.wait_for_check("a"))
    second = asyncio.create_task(execution.wait_for_check("a"))
    await wait_all_tasks_blocked()
    first.cancel()
    await wait_all_tasks_blocked()
    await port.finish(ci.check("a"))
    assert (await second).id == "a"
    assert first.cancelled()
    assert port.cancelled == []


async def test_completion_returns_all_nodes(port: RecordingOrchestrator) -> None:
    """The result has every node by id."""
    execution = await executed(port, "a", "b")
    waiting = asyncio.create_task(execution.wait_for_completion())
    await wait_all_tasks_blocked()
    await port.finish(ci.check("a"))
    await wait_all_tasks_blocked()
    assert not waiting.done()
    await port.finish(ci.check("b"), outcome=Outcome.SKIPPED)
    result = await waiting
    assert list(result.checks) == ["a", "b"]
    assert result.ok
    assert (result.work_plan_id, result.name) == ("plan-1", "waiting")


async def test_completion_can_be_waited_for_again(port: RecordingOrchestrator) -> None:
    """A plan that is complete stays it."""
    execution = await executed(port, "a")
    await port.finish(ci.check("a"))
    await execution.wait_for_completion()
    assert (await execution.wait_for_completion()).ok


async def test_completion_before_the_last_write_is_no_news(port: RecordingOrchestrator) -> None:
    """Nodes that are added to a complete plan have to end too."""
    execution = await executed(port, "a")
    await port.finish(ci.check("a"))
    await execution.wait_for_completion()
    execution.dag.check("b")
    await execution.dag.commit()
    waiting = asyncio.create_task(execution.wait_for_completion())
    await wait_all_tasks_blocked()
    assert not waiting.done()
    await port.finish(ci.check("b"))
    assert list((await waiting).checks) == ["a", "b"]


async def test_a_broken_stream_is_resumed(port: RecordingOrchestrator, caplog: pytest.LogCaptureFixture) -> None:
    """After a break the stream goes on after the last event that was seen, and waiters notice nothing."""
    execution = await executed(port, "a", "b", pace=replace(PATIENT, retry=0.001))
    waiting = asyncio.create_task(execution.wait_for_check("b"))
    await wait_all_tasks_blocked()
    await port.finish(ci.check("a"))
    await wait_all_tasks_blocked()
    await port.break_stream()
    await port.finish(ci.check("b"))
    assert (await waiting).id == "b"
    assert port.watched_after == [1, 2]
    assert "the events of work plan 'plan-1' broke off and will be resumed" in caplog.text


async def test_a_position_that_has_expired_is_replaced_by_a_snapshot(port: RecordingOrchestrator) -> None:
    """If events are not retained any more the plan is looked at, and the stream goes on from there."""
    execution = await executed(port, "a", "b")
    await port.finish(ci.check("a"))
    port.errors["watch"] = [ci.PositionExpired("event 1", "is not retained any more")]
    waiting = asyncio.create_task(execution.wait_for_check("b"))
    await wait_all_tasks_blocked()
    assert port.calls == ["watch", "query_nodes", "watch"]
    await port.finish(ci.check("b"))
    assert (await waiting).id == "b"
    assert (await execution.wait_for_check("a")).id == "a"


async def test_an_orchestrator_that_stays_away_is_an_error(port: RecordingOrchestrator) -> None:
    """Waiting for an orchestrator that cannot be reached does not go on for ever."""
    execution = await executed(port, "a", pace=HASTY)
    port.errors["watch"] = [ci.OrchestratorUnavailable("orchestrator", "is away")] * 1000
    with pytest.raises(ci.OrchestratorUnavailable):
        await execution.wait_for_check("a")


@pytest.mark.parametrize("numbered", [True, False])
async def test_a_silent_stream_is_made_up_for_by_queries(port: RecordingOrchestrator, numbered: bool) -> None:
    """A stream that yields nothing, and an orchestrator without sequence numbers, only make it slower."""
    port.silent, port.numbered = True, numbered
    execution = await executed(port, "a", "b", pace=HASTY)
    waits = asyncio.gather(execution.wait_for_check("a"), execution.wait_for_completion())
    await port.finish(ci.check("a"))
    await port.finish(ci.check("b"))
    check, result = await waits
    assert check.id == "a"
    assert result.ok
    execution.dag.check("c")
    await execution.dag.commit()
    again = asyncio.create_task(execution.wait_for_completion())
    await wait_all_tasks_blocked()
    await port.finish(ci.check("c"))
    assert list((await again).checks) == ["a", "b", "c"]


async def test_a_stream_that_is_refused_is_made_up_for_by_queries(port: RecordingOrchestrator) -> None:
    """An orchestrator that cannot stream at all is asked instead."""
    execution = await executed(port, "a", pace=replace(HASTY, give_up=60.0))
    port.errors["watch"] = [ci.InternalError("error 1", "cannot stream")] * 1000
    waiting = asyncio.create_task(execution.wait_for_completion())
    await port.finish(ci.check("a"))
    assert (await waiting).ok


async def test_a_timeout_says_what_it_waits_for_and_why(port: RecordingOrchestrator) -> None:
    """The error names the node, the time and the reasons."""
    reason = ci.Reason(ci.check("a"), ci.ReasonKind.UNASSIGNED, "no stage is assigned to check 'a'")
    port.explanation = ci.Explanation(reasons=(reason,))
    execution = await executed(port, "a", "b")
    with pytest.raises(TimeoutError) as caught:
        await execution.wait_for_check("a", timeout=0.01)
    assert str(caught.value) == "check 'a' is not FINAL after 0.01 s:\n  no stage is assigned to check 'a'"
    with pytest.raises(TimeoutError, match=r"workflow 'waiting' is not complete after 0.01 s:\n  no stage is assigned"):
        await execution.wait_for_completion(timeout=0.01)
    with pytest.raises(TimeoutError, match=r"check 'b' is not FINAL after 0 s$"):
        await execution.wait_for_check("b", timeout=0)


async def test_a_timeout_that_cannot_be_explained_says_so(port: RecordingOrchestrator) -> None:
    """A second error does not hide the first."""
    execution = await executed(port, "a")
    port.errors["explain"] = [ci.OrchestratorUnavailable("orchestrator", "is away")]
    with pytest.raises(TimeoutError, match="the orchestrator cannot say why: orchestrator is away"):
        await execution.wait_for_check("a", timeout=0.01)


async def test_a_plan_that_stands_still_is_an_error(port: RecordingOrchestrator) -> None:
    """Nobody waits for what will never come: every waiter gets the reasons."""
    reason = ci.Reason(ci.check("a"), ci.ReasonKind.UNASSIGNED, "no stage is assigned to check 'a'")
    port.explanation = ci.Explanation(reasons=(reason,), stalled=True)
    execution = await executed(port, "a", pace=HASTY)
    waits = await asyncio.gather(execution.wait_for_check("a"), execution.wait_for_completion(), return_exceptions=True)
    for error in waits:
        assert isinstance(error, ci.WorkflowStalled)
        assert error.reasons == (reason,)
        assert str(error) == (
            "work plan 'plan-1' stands still: nothing that is under way can complete it:\n"
            "  no stage is assigned to check 'a'"
        )
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


async def test_explain_is_asked_only_in_silence(port: RecordingOrchestrator) -> None:
    """While events come nobody asks why."""
    execution = await executed(port, "a", "b")
    waiting = asyncio.create_task(execution.wait_for_completion())
    await wait_all_tasks_blocked()
    await port.finish(ci.check("a"))
    await port.finish(ci.check("b"))
    await waiting
    assert "explain" not in port.calls


async def test_a_silent_plan_of_many_nodes_is_looked_at_in_small_parts(port: RecordingOrchestrator) -> None:
    """Whether something is open takes one node, and the first 500 say why they wait, however many there are."""
    execution = await executed(port, *(f"c{number}" for number in range(5_000)), pace=HASTY)
    port.silent, port.answered = True, 0
    waiting = asyncio.create_task(execution.wait_for_completion())
    await port.has_heard("explain", 4)
    assert port.answered <= 5 * 501
    await port.finish(*(ci.check(f"c{number}") for number in range(5_000)))
    assert (await waiting).ok


async def test_a_missing_runner_is_logged_once(port: RecordingOrchestrator, caplog: pytest.LogCaptureFixture) -> None:
    """Who waits for a runner that is not there is told."""
    reason = ci.Reason(ci.stage("s"), ci.ReasonKind.NO_RUNNER, "no live runner of type 'gpu'; stage 's' waits")
    port.explanation = ci.Explanation(reasons=(reason,))
    execution = await executed(port, "a", pace=HASTY)
    port.add(ci.Stage(id="s", work_plan_id="plan-1", state=ci.StageState.ATTEMPTING))
    waiting = asyncio.create_task(execution.wait_for_check("a"))
    await port.has_heard("explain", 4)
    await port.finish(ci.check("a"))
    await waiting
    assert caplog.text.count("no live runner of type 'gpu'") == 1


async def test_a_plan_that_is_gone_is_an_error_of_those_who_wait(port: RecordingOrchestrator) -> None:
    """A stream that says that there is no such plan ends the wait."""
    execution = await executed(port, "a")
    port.errors["watch"] = [ci.NotFound("work plan 'plan-1'", "does not exist")]
    with pytest.raises(ci.NotFound, match="work plan 'plan-1' does not exist"):
        await execution.wait_for_check("a")


async def test_a_cancelled_plan_is_not_ok(port: RecordingOrchestrator) -> None:
    """Waiting for a plan that somebody cancels ends with an error that says so."""
    execution = await executed(port, "a")
    await port.finish(ci.check("a"), outcome=Outcome.CANCELLED)
    with pytest.raises(ci.WorkflowFailed, match="workflow 'waiting' was cancelled: of 1 nodes 1 CANCELLED"):
        await execution.wait_for_completion()
