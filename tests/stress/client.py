"""The program that submits plans while everything around it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

import grpc

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, check, needs, stage
from tests.stress.journal import Journal
from tests.stress.worker import RUNNER_TYPE
from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2, workplan_pb2

T = TypeVar("T")

WIDTH = 10
CHUNK = 25
"""Stages of one call: a plan is written in several, so that a kill finds it half written."""


class Submission:
    """One plan of layers, each stage of which answers a check and waits for two checks of the layer before.

    Attributes:
        told: How many stages are known to be FINAL.
    """

    def __init__(self, client: Client, journal: Journal, name: str, stages: int) -> None:
        self.told = 0
        self._client = client
        self._journal = journal
        self._name = name
        self._stages = stages
        self._more = asyncio.Event()

    async def run(self) -> str:
        """Write the plan and return its id when it is complete."""
        created = await again(self._create)
        plan = created.work_plan.id
        self._journal.note(plan=plan, stages=self._stages)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._write(plan))
            both.create_task(self._follow(plan))
        return plan

    async def has_told(self, stages: int) -> None:
        """Return when so many stages are known to be FINAL."""
        while self.told < stages:
            self._more.clear()
            await self._more.wait()

    async def _create(self) -> workplan_pb2.CreateWorkPlanResponse:
        request = workplan_pb2.CreateWorkPlanRequest(idempotency_key=self._name)
        created: workplan_pb2.CreateWorkPlanResponse = await self._client.stub.CreateWorkPlan(request, timeout=PATIENCE)
        return created

    async def _write(self, plan: str) -> None:
        for start in range(0, self._stages, CHUNK):
            places = range(start, min(start + CHUNK, self._stages))
            checks, stages = checks_of(places), stages_of(places)

            async def write(checks: Any = checks, stages: Any = stages) -> service_pb2.WriteNodesResponse:
                return await self._client.write(plan, checks, stages)

            await again(write)
            self._journal.note(plan=plan, written=[each.id for each in stages])

    async def _follow(self, plan: str) -> None:
        """Keep every event, across all crashes without a gap, until the plan is complete."""
        last = 0
        while True:
            request = service_pb2.WatchWorkPlanRequest(work_plan_id=plan, after_sequence=last)
            try:
                async for event in self._client.stub.WatchWorkPlan(request):
                    assert event.sequence == last + 1, f"event {event.sequence} follows {last}"
                    last = event.sequence
                    self._keep(plan, event)
                    if event.completed_event.stages_completed == self._stages:
                        return
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
            await asyncio.sleep(0.02)

    def _keep(self, plan: str, event: service_pb2.WorkPlanEvent) -> None:
        if event.stage_event.new_state != common_pb2.STAGE_STATE_FINAL:
            return
        self._journal.note(plan=plan, told=event.stage_event.stage_id, sequence=event.sequence)
        self.told += 1
        self._more.set()


async def again(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Make a call until it is answered: every one of them may be repeated."""
    while True:
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
        await asyncio.sleep(0.02)


def checks_of(places: Iterable[int]) -> list[check_pb2.CheckWrite]:
    """Return the checks of a plan at these places."""
    return [check(_name(place), dependencies=needs(checks=_before(place))) for place in places]


def stages_of(places: Iterable[int]) -> list[stage_pb2.StageWrite]:
    """Return the stages that answer them, every other one ASYNC; losing a runner costs them next to nothing."""
    retry = common_pb2.RetryPolicy(
        max_attempts=1_000, initial_backoff={"nanos": 10_000_000}, max_backoff={"nanos": 100_000_000}
    )
    return [
        stage(_name(place), RUNNER_TYPE, _name(place), mode=ASYNC if place % 2 else SYNC, retry=retry)
        for place in places
    ]


def _name(place: int) -> str:
    return f"{place // WIDTH:03}-{place % WIDTH:02}"


def _before(place: int) -> list[str]:
    if place < WIDTH:
        return []
    above = place - place % WIDTH - WIDTH
    return [_name(above + (place + step) % WIDTH) for step in range(2)]
