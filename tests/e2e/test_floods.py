"""Who says much and reads nothing: it holds itself up and nobody else, and the memory of the server stays bounded."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

import ci
from tests.e2e.contract import PATIENCE, Client, stage, struct
from tests.e2e.servers import ServerProcess
from tests.e2e.test_senseless_streams import RawRunner
from turboci.v1 import service_pb2

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much memory a process takes")

FLOOD = 320
"""MiB that are said."""
FRAME = 16
"""MiB of a large frame: eight of them at a time would take half a GiB."""
OPTIONS = (("grpc.use_local_subchannel_pool", 1),)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    with ServerProcess(tmp_path) as process:
        yield process


@asynccontextmanager
async def flooding(work: Any) -> AsyncIterator[asyncio.Task[Any]]:
    """Let something go on for as long as the block lasts."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def others_are_served(address: str) -> float:
    """Run a chain of stages on a runner of its own; return the seconds."""
    quick = ci.Runner("quick", max_concurrent=10)

    @quick.handler
    async def nothing(stage: ci.StageContext) -> None:
        return None

    dag = ci.DAG("others")
    before = dag.stage("s0").runner("quick")
    for number in range(1, 20):
        before = dag.stage(f"s{number}").runner("quick").after(before)
    start = time.monotonic()
    async with ci.connect(address, runners=[quick]) as orchestrator:
        result = await (await dag.execute(orchestrator)).wait_for_completion(timeout=PATIENCE)
    assert result.ok
    return time.monotonic() - start


def progress(execution_id: str, kib: int, *, percent: int = 1) -> service_pb2.UpdateStageExecutionRequest:
    """Return an entry of so many KiB."""
    return service_pb2.UpdateStageExecutionRequest(
        execution_id=execution_id,
        message="on and on",
        progress_percent=percent,
        details=struct({"text": "x" * kib * 1024}),
    )


async def running(client: Client, channel: grpc.aio.Channel, name: str) -> tuple[str, RawRunner, str]:
    """Return a plan, a runner with a stream, and the execution that it has accepted."""
    runner = RawRunner(channel, name)
    await runner.connect()
    plan = await client.create_plan()
    await client.write(plan, [], [stage("s", name)])
    return plan, runner, await runner.next_execution()


async def test_a_runner_that_floods_and_does_not_read_holds_up_itself(server: ServerProcess) -> None:
    """Reports without end, whose acknowledgements nobody reads, stop at the runner; others go on."""
    async with (
        grpc.aio.insecure_channel(server.address, options=OPTIONS) as channel,
        grpc.aio.insecure_channel(server.address, options=OPTIONS) as own,
    ):
        _, runner, execution_id = await running(Client(channel), own, "flooder")
        sent = 0

        async def flood() -> None:
            nonlocal sent
            for ticket in range(1, 10_000_000, 100):
                reports = [
                    service_pb2.RunnerReport(ticket=ticket + n, progress=progress(execution_id, 0, percent=101))
                    for n in range(100)
                ]
                await runner.call.write(service_pb2.RunnerFrame(reports=reports))
                sent += 100

        before = server.resident_mib
        async with flooding(flood()) as task:
            await others_are_served(server.address)
            said = -1
            while sent > said:
                said = sent
                await asyncio.sleep(2)
            assert not task.done()
            await others_are_served(server.address)
        assert server.resident_mib - before < 150


async def test_large_frames_are_taken_one_after_the_other(server: ServerProcess) -> None:
    """What a runner says in frames as large as they may be is not in memory all at once."""
    async with (
        grpc.aio.insecure_channel(server.address, options=OPTIONS) as channel,
        grpc.aio.insecure_channel(server.address, options=OPTIONS) as own,
    ):
        _, runner, execution_id = await running(Client(channel), own, "flooder")
        frames = [
            service_pb2.RunnerFrame(
                reports=[
                    service_pb2.RunnerReport(ticket=4 * frame + n, progress=progress(execution_id, FRAME * 256))
                    for n in range(4)
                ]
            )
            for frame in range(FLOOD // FRAME)
        ]
        before = most = server.resident_mib

        async def flood() -> None:
            for frame in frames:
                await runner.call.write(frame)

        async with flooding(flood()) as task:
            while not task.done():
                await asyncio.sleep(0.05)
                most = max(most, server.resident_mib)
            seen: set[int] = set()
            while len(seen) < 4 * len(frames):
                seen.update((await runner.call.read()).acknowledged)
                most = max(most, server.resident_mib)
        await others_are_served(server.address)
        assert most - before < 400


async def test_a_watcher_that_does_not_read_costs_bounded_memory(server: ServerProcess) -> None:
    """Progress with much to tell is not kept for those who do not read."""
    async with (
        grpc.aio.insecure_channel(server.address, options=OPTIONS) as channel,
        grpc.aio.insecure_channel(server.address, options=OPTIONS) as own,
        grpc.aio.insecure_channel(server.address, options=OPTIONS) as lazy,
    ):
        plan, runner, execution_id = await running(Client(channel), own, "flooder")
        watch = service_pb2.WatchWorkPlanRequest(work_plan_id=plan, include_progress=True, after_sequence=0)
        stub = Client(lazy).stub
        watches = [stub.WatchWorkPlan(watch) for _ in range(10)]
        for each in watches:
            await each.initial_metadata()
        before = most = server.resident_mib
        for ticket in range(1, FLOOD + 1):
            report = service_pb2.RunnerReport(ticket=ticket, progress=progress(execution_id, 1024))
            await runner.call.write(service_pb2.RunnerFrame(reports=[report]))
            while ticket not in (await runner.call.read()).acknowledged:
                pass
            most = max(most, server.resident_mib)
        await others_are_served(server.address)
        for each in watches:
            each.cancel()
        assert most - before < 300
