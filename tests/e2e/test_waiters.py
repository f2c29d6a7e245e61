"""Those who wait for a plan, while its orchestrator is killed and started again under them."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

import ci
from tests.e2e.servers import ServerProcess

LIMIT = 60.0


async def answer(orch: ci.Orchestrator, plan: str, ids: list[str]) -> None:
    await orch.write_nodes(plan, checks=[ci.new_check(id).result({"by": "a person"}).final().build() for id in ids])


async def test_waiters_outlive_their_orchestrator(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Handles and waits for completion go on after kill -9: what ended before, between and after is delivered once."""
    caplog.set_level(logging.WARNING, "ci")
    ids = [f"check {number}" for number in range(90)]
    heard: list[str] = []
    with ServerProcess(tmp_path) as server:
        async with (
            ci.connect(server.address) as orch,
            ci.connect(server.address) as person,
            ci.WorkflowContext(orch) as wf,
        ):
            handles = [await wf.define_check(id, ci.CheckBuilder.external) for id in ids]
            for handle in handles:
                handle.on_complete(lambda check: heard.append(check.id))
            waits = [asyncio.create_task(handle.wait(timeout=LIMIT)) for handle in handles]
            completion = asyncio.create_task(wf.wait_for_completion(timeout=LIMIT))
            await answer(person, wf.work_plan_id, ids[:30])
            await ci.wait_all_checks(*handles[:30], timeout=LIMIT)
            await asyncio.to_thread(server.kill)
            given_up = asyncio.create_task(handles[-1].wait())
            await asyncio.sleep(0.5)
            given_up.cancel()
            await asyncio.to_thread(server.start)
            await answer(person, wf.work_plan_id, ids[30:60])
            await ci.wait_all_checks(*handles[30:60], timeout=LIMIT)
            await asyncio.to_thread(server.end)
            await asyncio.to_thread(server.start)
            await answer(person, wf.work_plan_id, ids[60:])
            assert [check.id for check in await asyncio.gather(*waits)] == ids
            assert (await completion).ok
    assert sorted(heard) == sorted(ids)
    assert all(handle.result().value("by", str) == "a person" for handle in handles)
    assert "broke off and will be resumed" in caplog.text


async def test_a_workflow_is_attached_to_after_its_client_and_its_orchestrator_are_gone(tmp_path: Path) -> None:
    """Another client takes the plan up by its id, and waits for what the first one has defined."""
    with ServerProcess(tmp_path) as server:
        async with ci.connect(server.address) as orch, ci.WorkflowContext(orch) as wf:
            await wf.define_check("question", ci.CheckBuilder.external)
            plan = wf.work_plan_id
        server.kill()
        server.start()
        async with ci.connect(server.address) as orch, ci.WorkflowContext(orch, work_plan_id=plan) as again:
            waiting = asyncio.create_task(again.wait_for_check("question", timeout=LIMIT))
            await answer(orch, plan, ["question"])
            assert (await waiting).value("by", str) == "a person"


async def test_a_wait_says_that_its_orchestrator_is_away(tmp_path: Path) -> None:
    """A timeout while nobody answers names the node, and why nothing more can be said."""
    with ServerProcess(tmp_path) as server:
        async with ci.connect(server.address, retry_for=0.2) as orch, ci.WorkflowContext(orch) as wf:
            question = await wf.define_check("question", ci.CheckBuilder.external)
            server.kill()
            with pytest.raises(TimeoutError) as caught:
                await question.wait(timeout=0.5)
    text = str(caught.value)
    assert text.startswith("check 'question' is not FINAL after 0.5 s; the orchestrator cannot say why: orchestrator ")
    assert f"{server.address} cannot be reached" in text
