"""Logs over the wire, and what the shell runner puts into them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

import ci
from ci.remote import RemoteOrchestrator
from orchestrator.app import running
from orchestrator.config import Config
from turboci.errors import InvalidArgument, NotFound


@pytest.fixture
async def orchestrator(tmp_path: Path) -> AsyncIterator[RemoteOrchestrator]:
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"), durability="relaxed")
    async with running(config) as server, ci.connect(server.address, runners=[ci.ShellRunner()]) as connection:
        yield connection


async def test_the_output_of_a_command_is_its_log(orchestrator: RemoteOrchestrator) -> None:
    """Every line is there, in order, though progress keeps only the end of it."""
    dag = ci.DAG("loud")
    dag.shell("count", "for i in $(seq 1 3000); do echo line $i; done")
    execution = await dag.execute(orchestrator)
    await execution.wait_for_completion()
    pieces = [piece async for piece in orchestrator.read_log(execution.work_plan_id, "count")]
    assert "".join(piece.text for piece in pieces) == "".join(f"line {number}\n" for number in range(1, 3001))


async def test_a_log_is_followed_while_the_command_runs(orchestrator: RemoteOrchestrator, tmp_path: Path) -> None:
    """The first line is read before the command may go on; the log ends with the stage."""
    gate = tmp_path / "gate"
    dag = ci.DAG("slow")
    dag.shell("wait", f"echo begun; while [ ! -e {gate} ]; do sleep 0.01; done; echo done")
    execution = await dag.execute(orchestrator)
    log = orchestrator.read_log(execution.work_plan_id, "wait", follow=True)
    assert (await anext(log)).text == "begun\n"
    await asyncio.to_thread(gate.touch)
    assert [piece.text async for piece in log] == ["done\n"]
    await execution.wait_for_completion()


async def test_events_carry_the_output_as_it_comes(orchestrator: RemoteOrchestrator) -> None:
    """Who watches a whole plan needs no second stream."""
    dag = ci.DAG("quick")
    dag.shell("say", "echo hello")
    execution = await dag.execute(orchestrator)
    only = ci.EventFilter(progress=True)
    async with aclosing(orchestrator.watch(execution.work_plan_id, after_sequence=0, only=only)) as events:
        async for event in events:
            if isinstance(event, ci.ProgressReported) and event.progress.log:
                assert event.progress.log == "hello\n"
            if isinstance(event, ci.PlanCompleted):
                break


async def test_a_log_that_is_not_there_is_not_found(orchestrator: RemoteOrchestrator) -> None:
    """The reader gets the error of the orchestrator, with the first piece."""
    plan = await orchestrator.create_work_plan()
    with pytest.raises(NotFound, match="stage 'nobody' does not exist"):
        await anext(orchestrator.read_log(plan.id, "nobody"))
    with pytest.raises(InvalidArgument, match="attempt_idx"):
        await anext(orchestrator.read_log(plan.id, "nobody", attempt=-1))
