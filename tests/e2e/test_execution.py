"""What one stage, and a few of them, do: the basic promises over real gRPC and a real file."""

from __future__ import annotations

import asyncio

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, check, needs, stage
from tests.e2e.runners import Asked, green, registered
from turboci.v1 import common_pb2, stage_pb2, stagerunner_pb2

FINAL = common_pb2.CHECK_STATE_FINAL


async def test_a_sync_stage_runs_once_and_answers_its_check(client: Client) -> None:
    """A SYNC stage is handed to a runner in one call whose answer ends stage and check."""
    async with registered(client, "build", modes=(SYNC,)) as runner:
        plan = await client.create_plan()
        await client.write(plan, [check("build", kind="build")], [stage("do-build", "build", "build")])
        await client.completed(plan)
        done, answered = await client.stage(plan, "do-build"), await client.check(plan, "build")
    assert runner.stage_ids == ["do-build"]
    assert (done.state, done.outcome) == (common_pb2.STAGE_STATE_FINAL, common_pb2.OUTCOME_SUCCEEDED)
    assert done.concluded_reason == stage_pb2.CONCLUDED_REASON_ATTEMPT_COMPLETE
    assert [(each.idx, each.state) for each in done.attempts] == [(1, common_pb2.ATTEMPT_STATE_COMPLETE)]
    assert (answered.state, answered.outcome) == (FINAL, common_pb2.OUTCOME_SUCCEEDED)
    (result,) = answered.results
    assert (result.owner_type, result.owner_id) == ("stage_attempt", "do-build:1")
    assert result.data["answered_by"] == "do-build"
    assert result.HasField("finalized_at")


async def test_the_runner_is_told_everything(client: Client) -> None:
    """A call to a runner names plan, stage, attempt, args, deadline, and the assigned checks with their options."""
    async with registered(client, "build") as runner:
        plan = await client.create_plan()
        await client.write(
            plan,
            [check("b", kind="build", options={"target": "//app"}), check("a", kind="lint")],
            [
                stage("sync", "build", "b", "a", args={"jobs": 4}, timeout={"seconds": 60}),
                stage("async", "build", mode=ASYNC, args={"jobs": 5}, dependencies=needs(stages=["sync"])),
            ],
        )
        await client.completed(plan)
    (asked,), (offered,) = runner.runs, runner.offers
    assert (asked.work_plan_id, asked.stage_id, asked.attempt_idx) == (plan, "sync", 1)
    assert list(asked.assigned_check_ids) == ["b", "a"]
    assert [(each.check_id, each.kind, dict(each.options)) for each in asked.check_options] == [
        ("b", "build", {"target": "//app"}),
        ("a", "lint", {}),
    ]
    assert dict(asked.args) == {"jobs": 4}
    assert asked.HasField("deadline")
    assert (offered.stage_id, dict(offered.args)) == ("async", {"jobs": 5})
    assert offered.HasField("deadline")
    assert offered.callback_address
    assert asked.execution_id != offered.execution_id


async def test_an_async_stage_ends_by_a_call_back(client: Client) -> None:
    """An ASYNC stage is offered once; the completion that the runner sends ends stage and check."""
    async with registered(client, "test", modes=(ASYNC,)) as runner:
        plan = await client.create_plan()
        await client.write(plan, [check("test", kind="test")], [stage("do-test", "test", "test", mode=ASYNC)])
        await client.completed(plan)
        answered = await client.check(plan, "test")
    assert [offer.stage_id for offer in runner.offers] == ["do-test"]
    assert runner.runs == []
    assert (answered.state, answered.outcome) == (FINAL, common_pb2.OUTCOME_SUCCEEDED)


async def test_one_stage_answers_several_checks(client: Client) -> None:
    """A stage that is assigned to three checks answers all three in one attempt."""
    ids = ["check-1", "check-2", "check-3"]
    async with registered(client, "multi") as runner:
        plan = await client.create_plan()
        await client.write(plan, [check(id) for id in ids], [stage("multi", "multi", *ids)])
        await client.completed(plan)
        found = await client.query(plan)
    assert {each.id: each.outcome for each in found.checks} == dict.fromkeys(ids, common_pb2.OUTCOME_SUCCEEDED)
    assert len(runner.runs) == 1


async def test_a_dependent_stage_starts_after_the_answer(client: Client) -> None:
    """A stage that depends on another one is called only when that one's answer is there."""
    log: list[str] = []

    async def work(asked: Asked) -> stagerunner_pb2.RunResponse:
        log.append(f"start {asked.stage_id}")
        await asyncio.sleep(0.05)
        log.append(f"end {asked.stage_id}")
        return await green(asked)

    async with registered(client, "pipeline", work):
        plan = await client.create_plan()
        await client.write(
            plan,
            [check("one"), check("two", dependencies=needs(checks=["one"]))],
            [
                stage("stage-2", "pipeline", "two", dependencies=needs(stages=["stage-1"])),
                stage("stage-1", "pipeline", "one"),
            ],
        )
        await client.completed(plan)
    assert log == ["start stage-1", "end stage-1", "start stage-2", "end stage-2"]


async def test_independent_stages_run_at_the_same_time(client: Client) -> None:
    """Three stages without dependencies are with the runner all at once: each waits for the others there."""
    inside = 0
    all_inside = asyncio.Event()

    async def work(asked: Asked) -> stagerunner_pb2.RunResponse:
        nonlocal inside
        inside += 1
        if inside == 3:
            all_inside.set()
        async with asyncio.timeout(PATIENCE / 2):
            await all_inside.wait()
        return await green(asked)

    names = ["a", "b", "c"]
    async with registered(client, "parallel", work) as runner:
        plan = await client.create_plan()
        await client.write(plan, [check(id) for id in names], [stage(f"do-{id}", "parallel", id) for id in names])
        done = await client.completed(plan)
    assert not done.has_failures
    assert sorted(runner.stage_ids) == ["do-a", "do-b", "do-c"]
