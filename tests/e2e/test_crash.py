"""What survives when the server is killed in the middle of its work."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, check, needs, stage, update
from tests.e2e.runners import Asked, RecordingRunner, serving
from tests.e2e.servers import ServerProcess
from turboci.v1 import common_pb2, service_pb2, stagerunner_pb2

LAYERS, WIDTH = 20, 10
MODES = pytest.mark.parametrize("mode", [SYNC, ASYNC], ids=["sync", "async"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path) as server:
        yield server


class SteadyRunner(RecordingRunner):
    """Survives the server: an ASYNC completion that cannot be delivered is sent until somebody answers.

    Attributes:
        acknowledged: The executions whose completion the server took.
        refused: Those that it refused, with the status.
    """

    def __init__(self) -> None:
        super().__init__(slow_green)
        self.acknowledged: Counter[str] = Counter()
        self.refused: dict[str, grpc.StatusCode] = {}

    async def deliver(self, address: str, completion: service_pb2.CompleteStageExecutionRequest) -> None:
        async with grpc.aio.insecure_channel(address) as channel:
            client = Client(channel)
            while True:
                try:
                    await client.stub.CompleteStageExecution(completion, timeout=PATIENCE)
                except grpc.aio.AioRpcError as error:
                    if error.code() is not grpc.StatusCode.UNAVAILABLE:
                        self.refused[completion.execution_id] = error.code()
                        return
                    await asyncio.sleep(0.05)
                else:
                    self.acknowledged[completion.execution_id] += 1
                    return


async def slow_green(asked: Asked) -> stagerunner_pb2.RunResponse:
    """Work for a moment, so that a kill finds attempts in every state."""
    await asyncio.sleep(0.005)
    return stagerunner_pb2.RunResponse(
        stage_state=common_pb2.STAGE_STATE_FINAL,
        check_updates=[update(id, execution=asked.execution_id) for id in asked.assigned_check_ids],
    )


def mesh(mode: common_pb2.ExecutionMode) -> service_pb2.WriteNodesRequest:
    """Return 200 stages in layers, each of which waits for two of the layer before."""
    request = service_pb2.WriteNodesRequest()
    for layer in range(LAYERS):
        for place in range(WIDTH):
            name = f"{layer:02}-{place:02}"
            before = [f"{layer - 1:02}-{(place + step) % WIDTH:02}" for step in range(2)] if layer else []
            request.checks.append(check(name, dependencies=needs(checks=before)))
            retry = common_pb2.RetryPolicy(initial_backoff={"nanos": 10_000_000})
            request.stages.append(stage(name, "worker", name, mode=mode, retry=retry))
    return request


async def half_done(client: Client, plan: str) -> set[str]:
    """Return when a third of the stages is FINAL, with the ids of those that this client was told of."""
    told: set[str] = set()
    request = service_pb2.WatchWorkPlanRequest(work_plan_id=plan, include_stages=True, after_sequence=0)
    events = client.stub.WatchWorkPlan(request, timeout=PATIENCE)
    async for event in events:
        if event.stage_event.new_state == common_pb2.STAGE_STATE_FINAL:
            told.add(event.stage_event.stage_id)
        if len(told) >= LAYERS * WIDTH // 3:
            break
    events.cancel()
    return told


@MODES
async def test_a_plan_survives_the_death_of_the_server(server: ServerProcess, mode: common_pb2.ExecutionMode) -> None:
    """After `kill -9` in the middle of 200 stages the plan finishes, keeps what was told, and ends no stage twice."""
    async with serving(SteadyRunner()) as runner:
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(channel)
            await client.register("steady", "worker", runner.address, SYNC, ASYNC, max_concurrent=20)
            plan = await client.create_plan()
            nodes = mesh(mode)
            await client.write(plan, nodes.checks, nodes.stages)
            told = await half_done(client, plan)
            server.kill()
        server.start()
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(channel)
            await client.completed(plan, timeout=3 * PATIENCE)
            await verify(client, plan, runner, told)


async def verify(client: Client, plan: str, runner: SteadyRunner, told: set[str]) -> None:
    found = await client.query(plan)
    assert len(found.stages) == len(found.checks) == LAYERS * WIDTH
    assert {each.outcome for each in found.stages} == {common_pb2.OUTCOME_SUCCEEDED}
    assert {each.outcome for each in found.checks} == {common_pb2.OUTCOME_SUCCEEDED}
    for each in found.stages:
        states = Counter(attempt.state for attempt in each.attempts)
        assert states[common_pb2.ATTEMPT_STATE_COMPLETE] == 1, each.id
        assert states.keys() <= {common_pb2.ATTEMPT_STATE_COMPLETE, common_pb2.ATTEMPT_STATE_INCOMPLETE}
    assert all(len(each.results) == 1 for each in found.checks)
    accepted = {each.results[0].data["execution"] for each in found.checks}
    assert runner.acknowledged.keys() <= accepted
    assert set(runner.refused.values()) <= {grpc.StatusCode.FAILED_PRECONDITION}
    ended = Counter(await final_events(client, plan))
    assert ended.keys() == {each.id for each in found.stages}
    assert set(ended.values()) == {1}
    assert told <= ended.keys()


async def final_events(client: Client, plan: str) -> list[str]:
    """Return the stages of all events that made one FINAL, in order; the sequence has no gap."""
    request = service_pb2.WatchWorkPlanRequest(work_plan_id=plan, after_sequence=0)
    final, last = [], 0
    events = client.stub.WatchWorkPlan(request, timeout=PATIENCE)
    async for event in events:
        assert event.sequence == last + 1
        last = event.sequence
        if event.stage_event.new_state == common_pb2.STAGE_STATE_FINAL:
            final.append(event.stage_event.stage_id)
        if event.HasField("completed_event"):
            break
    events.cancel()
    return final


async def test_an_attempt_is_sent_at_most_once(server: ServerProcess) -> None:
    """Over three crashes no execution id reaches the runner twice, and our restarts are charged to no stage."""
    async with serving(SteadyRunner()) as runner:
        async with grpc.aio.insecure_channel(server.address) as channel:
            client = Client(channel)
            await client.register("steady", "worker", runner.address, SYNC, ASYNC, max_concurrent=20)
            plan = await client.create_plan()
            nodes = mesh(SYNC)
            await client.write(plan, nodes.checks, nodes.stages)
        for _ in range(3):
            await asyncio.sleep(0.15)
            server.kill()
            server.start()
        async with grpc.aio.insecure_channel(server.address) as channel:
            done = await Client(channel).completed(plan, timeout=3 * PATIENCE)
    assert not done.has_failures
    sent = Counter(asked.execution_id for asked in runner.runs)
    assert set(sent.values()) == {1}
