"""`turboci why` on every kind of waiting, as people read it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import ci
from tests.e2e.terminals import Ended, turboci
from turboci.dependencies import DependencyGroup
from turboci.reasons import ReasonKind
from turboci.retry import RetryOn, RetryPolicy
from turboci.states import CheckState, ExecutionMode
from turboci.writes import CheckWrite, StageWrite

SENTENCES = {
    "deploy": "stage 'deploy' depends on check 'approval', which is WAITING",
    "orphan": "stage 'orphan' depends on check 'absent', which is not in the plan (yet)",
    "draft": "check 'draft' is still PLANNING; whoever defines it has to move it to PLANNED",
    "exotic": "no live runner of type 'buidler' (did you mean 'builder'?); registered: 'builder', 'flaky'; "
    "stage 'exotic' waits",
    "second": "stage 'second' waits for a free slot: runners of type 'builder' use 1 of 1 slots",
    "fragile": "stage 'fragile' is tried again in N s (attempt 2); the last one ended with: the disk is full",
    "first": "stage 'first' runs on 'RUNNER' since TIME, deadline TIME (attempt 1)",
    "lonely": "no stage is assigned to check 'lonely'; assign one, or write a result and FINAL",
    "manual": "stage 'manual' has no runner type and waits to be claimed",
    "approval": "check 'approval' is answered from outside: a person or another system writes its result",
    "question": "check 'question' waits for the answer of stage 'first'",
}


def on(*ids: str) -> DependencyGroup:
    return ci.depends_on(*ids)


async def write(port: ci.Orchestrator, plan: str) -> None:
    """Write a plan in which nodes wait for everything that there is to wait for."""
    checks = [
        CheckWrite(id="draft", state=CheckState.PLANNING),
        CheckWrite(id="lonely"),
        CheckWrite(id="approval", external=True),
        CheckWrite(id="question"),
    ]
    patient = RetryPolicy(initial_backoff=500, max_backoff=500, retry_on=RetryOn.FAILED)
    stages = [
        StageWrite(id="first", runner_type="builder", assignments=(ci.assigns("question"),), priority=9),
        StageWrite(id="second", runner_type="builder"),
        StageWrite(id="fragile", runner_type="flaky", retry=patient),
        StageWrite(id="exotic", runner_type="buidler"),
        StageWrite(id="manual"),
        StageWrite(id="deploy", runner_type="builder", dependencies=on("approval")),
        StageWrite(id="orphan", runner_type="builder", dependencies=on("absent")),
    ]
    await port.write_nodes(plan, checks=checks, stages=stages)


async def settled(port: ci.Orchestrator, plan: str) -> None:
    """Return when what runs has begun, and what failed waits for another try."""
    kinds: set[ReasonKind] = set()
    while not kinds >= {ReasonKind.RUNNING, ReasonKind.RUNNERS_BUSY, ReasonKind.BACKING_OFF, ReasonKind.NO_RUNNER}:
        await asyncio.sleep(0.05)
        kinds = {reason.kind for reason in (await port.explain(plan)).reasons}


@pytest.fixture
async def plan(address: str) -> AsyncIterator[str]:
    """The plan, with a runner that is full, and one whose work is tried again much later."""
    builder, flaky = ci.Runner("builder", max_concurrent=1), ci.Runner("flaky")

    @builder.handler
    async def build(stage: ci.StageContext) -> None:
        await asyncio.get_running_loop().create_future()

    @flaky.handler
    async def lose(stage: ci.StageContext) -> None:
        raise ci.StageFailed("the disk is full")

    async with ci.connect(address, runners=[builder, flaky]) as port:
        work_plan = await port.create_work_plan({"name": "waiting"})
        await write(port, work_plan.id)
        async with asyncio.timeout(20):
            await settled(port, work_plan.id)
        yield work_plan.id
        await port.cancel_work_plan(work_plan.id)


def without_chance(text: str) -> str:
    """Return sentences without times, seconds and the names of processes."""
    text = re.sub(r", last heard of at [\d:]+", "", text)
    text = re.sub(r"\d\d:\d\d:\d\d", "TIME", text)
    text = re.sub(r"in \d+\.\d s", "in N s", text)
    return re.sub(r"runs on '[^']+'", "runs on 'RUNNER'", text)


async def why(address: str, *arguments: str) -> Ended:
    return await asyncio.to_thread(turboci, "why", *arguments, "--connect", address, cwd=Path.cwd())


async def test_every_reason_has_a_sentence_of_its_own(address: str, plan: str) -> None:
    """Eleven kinds of waiting, eleven different sentences; nodes that only wait for other nodes come last."""
    ended = await why(address, "waiting")
    assert (ended.code, ended.err) == (0, "")
    lines = without_chance(ended.out).splitlines()
    assert sorted(lines) == sorted(SENTENCES.values())
    assert set(lines[-2:]) == {SENTENCES["deploy"], SENTENCES["question"]}


@pytest.mark.parametrize("node", ["first", "exotic", "fragile", "draft", "lonely", "manual", "orphan"])
async def test_a_node_can_be_asked_about(address: str, plan: str, node: str) -> None:
    """It gets its own sentence and no other."""
    ended = await why(address, plan[:10], node)
    assert without_chance(ended.out).splitlines() == [SENTENCES[node]]


async def test_what_a_node_waits_for_is_explained_in_turn(address: str, plan: str) -> None:
    """The sentence of the node comes first, then that of what it waits for."""
    ended = await why(address, "latest", "deploy")
    assert without_chance(ended.out).splitlines() == [SENTENCES["deploy"], SENTENCES["approval"]]


async def test_a_node_that_has_ended_says_how(address: str, plan: str) -> None:
    """With the cause; a plan that is done says so."""
    async with ci.connect(address) as port:
        await port.cancel_stage(plan, "manual", "nobody came")
        ended = await why(address, plan, "manual")
        assert ended.out == "stage 'manual' is CANCELLED: the stage was cancelled: nobody came\n"
        await port.cancel_work_plan(plan, "enough")
    ended = await why(address, plan)
    assert ended.out.startswith(f"work plan 'waiting' ({plan[:8]}) has ended: CANCELLED")
    assert "enough" in ended.out


async def test_a_held_plan_says_that_it_is_held(address: str) -> None:
    """Its stages wait until it is released."""
    async with ci.connect(address) as port:
        plan = await port.create_work_plan(held=True)
        await port.write_nodes(plan.id, stages=[StageWrite(id="s", execution_mode=ExecutionMode.SYNC, runner_type="x")])
    ended = await why(address, "latest")
    assert ended.out == f"stage 's' waits until work plan '{plan.id}', which is held, is released\n"


async def test_work_that_is_still_being_stopped_is_named(address: str) -> None:
    """The plan has ended; `why` and `show` say which runner has not stopped which attempt, until it has."""
    slow, begun, go_on = ci.Runner("slow", runner_id="slow-1"), asyncio.Event(), asyncio.Event()

    @slow.handler
    async def work(stage: ci.StageContext) -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await go_on.wait()

    async with ci.connect(address, runners=[slow]) as port:
        plan = await port.create_work_plan({"name": "stopping"})
        await port.write_nodes(plan.id, stages=[StageWrite(id="s", runner_type="slow")])
        await begun.wait()
        await port.cancel_work_plan(plan.id)
        sentence = "runner 'slow-1' is still stopping attempt 1 of stage 's': it was asked to at TIME"
        assert without_chance((await why(address, "stopping")).out).splitlines()[-1] == sentence
        shown = await asyncio.to_thread(turboci, "show", "stopping", "--connect", address, cwd=Path.cwd())
        assert without_chance(shown.out).splitlines()[-1] == sentence
        go_on.set()
        while (await port.explain(plan.id)).stopping:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)
