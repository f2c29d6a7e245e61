"""Shapes of plans: the order in which stages run follows from the edges alone."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, check, needs, stage
from tests.e2e.runners import Asked, green, registered
from turboci.v1 import check_pb2, common_pb2, stage_pb2, stagerunner_pb2

Writes = tuple[list[check_pb2.CheckWrite], list[stage_pb2.StageWrite]]


def graph(edges: dict[str, list[str]], *, mode: common_pb2.ExecutionMode = SYNC) -> Writes:
    """Return for each name a check and a stage `do-<name>`, both of which wait for what the name waits for."""
    checks = [check(name, dependencies=needs(checks=before)) for name, before in edges.items()]
    stages = [
        stage(f"do-{name}", "worker", name, mode=mode, dependencies=needs(stages=[f"do-{each}" for each in before]))
        for name, before in edges.items()
    ]
    return checks, stages


async def order_of(client: Client, writes: Writes) -> list[str]:
    """Run a plan to its end and return its stages in the order in which they reached the runner."""
    order: list[str] = []

    async def work(asked: Asked) -> stagerunner_pb2.RunResponse:
        order.append(asked.stage_id.removeprefix("do-"))
        return await green(asked)

    async with registered(client, "worker", work):
        plan = await client.create_plan()
        await client.write(plan, *writes)
        done = await client.completed(plan)
        found = await client.query(plan)
    assert not done.has_failures
    assert {each.outcome for each in found.checks} == {common_pb2.OUTCOME_SUCCEEDED}
    return order


async def test_a_diamond_runs_from_top_to_bottom(client: Client) -> None:
    """In a diamond the top runs first and the bottom last."""
    order = await order_of(client, graph({"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": []}))
    assert (order[0], sorted(order[1:3]), order[3:]) == ("a", ["b", "c"], ["d"])


@pytest.mark.parametrize("mode", [SYNC, ASYNC], ids=["sync", "async"])
async def test_a_chain_runs_in_order(client: Client, mode: common_pb2.ExecutionMode) -> None:
    """Twenty stages, each of which waits for the one before, run one by one in order."""
    names = [f"link-{number:02}" for number in range(20)]
    edges = {name: names[max(0, index - 1) : index] for index, name in enumerate(names)}
    assert await order_of(client, graph(edges, mode=mode)) == names


@pytest.mark.parametrize("mode", [SYNC, ASYNC], ids=["sync", "async"])
async def test_a_fan_opens_and_closes(client: Client, mode: common_pb2.ExecutionMode) -> None:
    """All branches run after the source and before the sink, more of them than the runner has slots."""
    branches = [f"branch-{number:02}" for number in range(25)]
    order = await order_of(
        client, graph({"source": [], **{branch: ["source"] for branch in branches}, "sink": branches}, mode=mode)
    )
    assert (order[0], sorted(order[1:-1]), order[-1]) == ("source", branches, "sink")


async def test_a_pipeline_runs_phase_by_phase(client: Client) -> None:
    """Plan, build, test and deploy run in this order."""
    order = await order_of(client, graph({"plan": [], "build": ["plan"], "test": ["build"], "deploy": ["test"]}))
    assert order == ["plan", "build", "test", "deploy"]


async def test_edges_of_checks_alone_hold_stages_back(client: Client) -> None:
    """A stage waits for what its check depends on, even if the stage names no dependency itself."""
    checks, stages = graph({"plan": [], "build": ["plan"], "test": ["build"]})
    for each in stages:
        each.ClearField("dependencies")
    assert await order_of(client, (checks, stages[::-1])) == ["plan", "build", "test"]


async def test_one_of_two_is_enough_for_or(client: Client) -> None:
    """A stage that needs `a` or `b` runs while `b` is still at work."""
    c_has_run = asyncio.Event()

    async def work(asked: Asked) -> stagerunner_pb2.RunResponse:
        if asked.stage_id == "do-b":
            async with asyncio.timeout(PATIENCE / 2):
                await c_has_run.wait()
        if asked.stage_id == "do-c":
            c_has_run.set()
        return await green(asked)

    either = common_pb2.PREDICATE_TYPE_OR
    async with registered(client, "worker", work) as runner:
        plan = await client.create_plan()
        checks, stages = graph({"a": [], "b": [], "c": []})
        checks[2].dependencies.CopyFrom(needs(checks=["a", "b"], predicate=either))
        stages[2].dependencies.CopyFrom(needs(stages=["do-a", "do-b"], predicate=either))
        await client.write(plan, checks, stages)
        done = await client.completed(plan)
    assert not done.has_failures
    assert runner.stage_ids.index("do-a") < runner.stage_ids.index("do-c")
