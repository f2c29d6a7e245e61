"""Executions as blocks: how they end."""

from __future__ import annotations

import asyncio

import pytest
from anyio import wait_all_tasks_blocked

import ci
from ci import Outcome
from tests.dsl.recording import RecordingOrchestrator


async def test_a_block_that_ends_waits_for_completion(port: RecordingOrchestrator) -> None:
    """Leaving the block normally waits until every node is FINAL."""
    dag = ci.DAG()
    dag.check("a")
    async with dag.execute(port) as execution:
        await port.finish(ci.check("a"))
    assert execution.complete
    assert port.cancelled == []


async def test_a_block_that_ends_red_raises(port: RecordingOrchestrator) -> None:
    """Leaving the block of a plan that failed raises, and cancels nothing: it is complete."""
    dag = ci.DAG()
    dag.check("a")
    with pytest.raises(ci.WorkflowFailed) as caught:
        async with dag.execute(port):
            await port.finish(ci.check("a"), outcome=Outcome.FAILED)
    assert caught.value.result.checks["a"].outcome is Outcome.FAILED
    assert port.cancelled == []


async def test_a_block_that_has_waited_does_not_wait_again(port: RecordingOrchestrator) -> None:
    """What the block has seen complete is not looked at again."""
    dag = ci.DAG()
    dag.check("a")
    async with dag.execute(port) as execution:
        await port.finish(ci.check("a"), outcome=Outcome.FAILED)
        result = await execution.wait_for_completion(raise_on_failure=False)
        assert not result.ok
        calls = len(port.calls)
    assert len(port.calls) == calls


async def test_a_block_that_is_left_by_an_exception_cancels_the_plan(port: RecordingOrchestrator) -> None:
    """The plan of a block that failed is cancelled, and the reason says by what."""
    dag = ci.DAG()
    dag.check("a")
    with pytest.raises(ZeroDivisionError):
        async with dag.execute(port):
            raise ZeroDivisionError
    assert port.cancelled == ["its block was left by ZeroDivisionError"]


async def test_a_block_that_is_cancelled_while_it_starts_cancels_the_plan(port: RecordingOrchestrator) -> None:
    """A write that may have arrived does not leave a plan behind that nobody knows."""
    dag = ci.DAG()
    dag.check("a")
    port.gate = asyncio.Event()

    async def start() -> None:
        async with dag.execute(port):
            raise AssertionError("the block is never entered")

    starting = asyncio.create_task(start())
    await wait_all_tasks_blocked()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert port.cancelled == ["its block was left by CancelledError"]


async def test_an_error_of_the_cancellation_does_not_hide_the_cause(
    port: RecordingOrchestrator, caplog: pytest.LogCaptureFixture
) -> None:
    """If the plan cannot be cancelled that is logged, and the exception of the block stays."""
    dag = ci.DAG()
    dag.check("a")
    port.errors["cancel_work_plan"] = [ci.OrchestratorUnavailable("orchestrator", "is away")]
    with pytest.raises(ZeroDivisionError):
        async with dag.execute(port):
            raise ZeroDivisionError
    assert "work plan 'plan-1' could not be cancelled: orchestrator is away" in caplog.text
