"""Cancelling reaches the process that works, over real gRPC, in both modes."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, check, needs, stage
from tests.e2e.runners import Asked, RecordingRunner, green, serving
from turboci.v1 import common_pb2, service_pb2, stagerunner_pb2, workplan_pb2

CANCELLED = common_pb2.OUTCOME_CANCELLED


class StoppableRunner(RecordingRunner):
    """Works until it is stopped, but for the stage `clean`; knows by what it was stopped.

    Attributes:
        working: Set when it has begun.
        stopped: The reason: of the call that was cancelled, or of `Cancel`.
    """

    def __init__(self) -> None:
        super().__init__(self._work_on)
        self.working = asyncio.Event()
        self.stopped: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def _work_on(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        if asked.stage_id == "clean":
            return await green(asked)
        self.working.set()
        if isinstance(asked, stagerunner_pb2.RunAsyncRequest):
            await self.stopped
            return await green(asked)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.stopped.set_result("the call was cancelled")
            raise
        raise AssertionError("nobody sets the event")

    async def Cancel(  # noqa: N802
        self, request: stagerunner_pb2.CancelRequest, context: Any
    ) -> stagerunner_pb2.CancelResponse:
        assert request.execution_id == self.offers[0].execution_id
        if not self.stopped.done():
            self.stopped.set_result(request.reason)
        return stagerunner_pb2.CancelResponse()

    async def deliver(self, address: str, completion: service_pb2.CompleteStageExecutionRequest) -> None:
        """Complete in spite of it, and be refused."""
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await super().deliver(address, completion)
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def cancel_stage(client: Client, plan: str, stage_id: str) -> Any:
    request = service_pb2.CancelStageRequest(work_plan_id=plan, stage_id=stage_id, reason="enough")
    return (await client.stub.CancelStage(request, timeout=PATIENCE)).stage


@pytest.mark.parametrize(
    ("mode", "why"), [(SYNC, "the call was cancelled"), (ASYNC, "the stage was cancelled: enough")]
)
async def test_cancelling_a_stage_stops_its_runner(client: Client, mode: common_pb2.ExecutionMode, why: str) -> None:
    """The working process is stopped, its late completion is refused, and the plan ends as the conditions say."""
    async with serving(StoppableRunner()) as runner:
        await client.register("r", "work", runner.address, SYNC, ASYNC)
        plan = await client.create_plan()
        long = stage("long", "work", "answer", mode=mode)
        after = stage("after", "work", dependencies=needs(stages=["long"]))
        await client.write(plan, [check("answer")], [long, after])
        async with asyncio.timeout(PATIENCE):
            await runner.working.wait()
            cancelled = await cancel_stage(client, plan, "long")
            assert await runner.stopped == why
        await client.completed(plan)
    assert (cancelled.outcome, cancelled.cause) == (CANCELLED, "the stage was cancelled: enough")
    assert (await client.check(plan, "answer")).outcome == CANCELLED
    assert (await client.stage(plan, "after")).outcome == common_pb2.OUTCOME_SKIPPED
    assert await cancel_stage(client, plan, "long") == await client.stage(plan, "long")


async def test_a_runner_that_cannot_cancel_is_tolerated(client: Client) -> None:
    """A runner without `Cancel` answers UNIMPLEMENTED: the stage ends CANCELLED all the same."""
    released = asyncio.Event()

    class OldRunner(RecordingRunner):
        async def deliver(self, address: str, completion: service_pb2.CompleteStageExecutionRequest) -> None:
            with pytest.raises(grpc.aio.AioRpcError, match="the stage was cancelled"):
                await super().deliver(address, completion)

    async def work(asked: Asked) -> stagerunner_pb2.RunResponse:
        await released.wait()
        return await green(asked)

    async with serving(OldRunner(work)) as runner:
        await client.register("r", "work", runner.address, ASYNC)
        plan = await client.create_plan()
        await client.write(plan, [], [stage("long", "work", mode=ASYNC)])
        async with asyncio.timeout(PATIENCE):
            while not runner.offers:  # noqa: ASYNC110 - the runner is the bare contract's
                await asyncio.sleep(0.01)
        assert (await cancel_stage(client, plan, "long")).outcome == CANCELLED
        await client.completed(plan)
        released.set()


async def test_a_cancelled_plan_cleans_up(client: Client) -> None:
    """Cancelling a plan stops what runs, and then the stage written with `always` runs and ends the plan."""
    async with serving(StoppableRunner()) as runner:
        await client.register("r", "work", runner.address, SYNC)
        plan = await client.create_plan()
        clean = stage("clean", "work", dependencies=needs(stages=["long"]), always=True)
        await client.write(plan, [], [stage("long", "work"), clean])
        async with asyncio.timeout(PATIENCE):
            await runner.working.wait()
            request = workplan_pb2.CancelWorkPlanRequest(work_plan_id=plan, reason="superseded")
            await client.stub.CancelWorkPlan(request, timeout=PATIENCE)
            await runner.stopped
        await client.completed(plan)
        ended = await client.stub.GetWorkPlan(workplan_pb2.GetWorkPlanRequest(id=plan), timeout=PATIENCE)
    assert runner.stage_ids == ["long", "clean"]
    assert (await client.stage(plan, "clean")).outcome == common_pb2.OUTCOME_SUCCEEDED
    assert ended.work_plan.status == workplan_pb2.PLAN_STATUS_CANCELLED
    assert ended.work_plan.cause == "the plan was cancelled: superseded"


async def test_a_deadline_ends_a_plan(client: Client) -> None:
    """What still runs when the deadline of the plan has come is stopped by the server's clock."""
    async with serving(StoppableRunner()) as runner:
        await client.register("r", "work", runner.address, SYNC)
        request = workplan_pb2.CreateWorkPlanRequest()
        request.deadline.GetCurrentTime()
        request.deadline.seconds += 2
        plan = (await client.stub.CreateWorkPlan(request, timeout=PATIENCE)).work_plan.id
        await client.write(plan, [], [stage("long", "work")])
        async with asyncio.timeout(PATIENCE):
            await runner.stopped
        await client.completed(plan)
    assert "its deadline passed" in (await client.stage(plan, "long")).cause
