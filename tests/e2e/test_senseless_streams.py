"""Whatever runners say over their streams, the server stands, nothing changes, and other streams go on."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from typing import Any

import grpc

from tests.e2e.contract import PATIENCE, Client, check, stage, update
from tests.e2e.senseless_frames import SenselessStream, draw, too_large
from tests.e2e.test_senseless import REFUSALS
from turboci.v1 import common_pb2, service_pb2, service_pb2_grpc

NUMBER = 360
OUR_OWN = (grpc.StatusCode.INTERNAL, "Internal error from Core")
"""What gRPC makes, on our side, of a write that the server's refusal has crossed."""
PATH = "/turboci.v1.TurboCIOrchestrator/ConnectStageRunner"


class RawRunner:
    """A runner with one stream, which says what the test says."""

    def __init__(self, channel: grpc.aio.Channel, name: str) -> None:
        stub: Any = service_pb2_grpc.TurboCIOrchestratorStub(channel)
        self.call: Any = stub.ConnectStageRunner()
        self._name = name

    async def connect(self) -> None:
        frame = service_pb2.RunnerFrame()
        said: dict[str, Any] = {
            "runner_id": self._name,
            "runner_type": self._name,
            "process_uid": self._name,
            "ttl_seconds": 600,
        }
        frame.hello.registration.MergeFrom(service_pb2.RegisterStageRunnerRequest(**said))
        await self.call.write(frame)
        await self.call.read()

    async def next_execution(self) -> str:
        while True:
            frame = await self.call.read()
            for execution in frame.sync_executions:
                await self.call.write(service_pb2.RunnerFrame(accepted=[execution.execution_id]))
                return str(execution.execution_id)

    async def complete(self, ticket: int, execution_id: str, *check_ids: str) -> None:
        completion = service_pb2.CompleteStageExecutionRequest(
            execution_id=execution_id, check_updates=[update(id) for id in check_ids]
        )
        report = service_pb2.RunnerReport(ticket=ticket, completion=completion)
        await self.call.write(service_pb2.RunnerFrame(reports=[report]))
        while ticket not in (await self.call.read()).acknowledged:
            pass


async def send(channel: grpc.aio.Channel, senseless: SenselessStream) -> tuple[grpc.StatusCode, str]:
    """Send the frames as they are, read to the end, and return the status and its text."""
    call: Any = channel.stream_stream(PATH)(timeout=PATIENCE)
    # It may be refused before all is said or read: the status is what counts.
    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
        for frame in senseless.frames:
            await call.write(frame)
        await call.done_writing()
    with contextlib.suppress(grpc.aio.AioRpcError):
        while await call.read() is not grpc.aio.EOF:
            pass
    return await call.code(), await call.details() or ""


async def state(client: Client, plan: str, execution_id: str) -> tuple[bytes, str]:
    """Return all that a frame could have changed: the nodes, and the attempt that is under way."""
    nodes = await client.query(plan)
    (attempt,) = nodes.stages[0].attempts
    assert attempt.state == common_pb2.ATTEMPT_STATE_RUNNING
    return nodes.SerializeToString(deterministic=True), execution_id


async def test_senseless_streams_are_refused_and_change_nothing(address: str) -> None:
    """They end with OK, or a status that says whose fault it is; the work of another stream goes on untouched."""
    async with grpc.aio.insecure_channel(address) as channel, grpc.aio.insecure_channel(address) as steady_channel:
        client = Client(channel)
        steady = RawRunner(steady_channel, "steady")
        await steady.connect()
        plan = await client.create_plan()
        await client.write(plan, [check("a"), check("b")], [stage("s", "steady", "a")])
        live = await steady.next_execution()
        while (await client.query(plan)).stages[0].attempts[0].state != common_pb2.ATTEMPT_STATE_RUNNING:
            pass
        before = await state(client, plan, live)
        wrong, seen = [], Counter[grpc.StatusCode]()
        streams = draw(NUMBER, live, seed=20_261_122)
        huge = [
            frame.SerializeToString() for frame in too_large(random.Random(1), live) if not isinstance(frame, bytes)
        ]
        streams.append(SenselessStream(huge, "too large"))
        for senseless in streams:
            code, text = await send(channel, senseless)
            seen[code] += 1
            if (code, text) == OUR_OWN:
                continue
            if code is not grpc.StatusCode.OK and (code not in REFUSALS or not text):
                wrong.append(f"{code.name} ({text[:200]!r}) for {senseless.why}")
        assert not wrong, f"{len(wrong)} of {len(streams)}; {seen}\n" + "\n".join(wrong[:40])
        assert seen[grpc.StatusCode.OK] > NUMBER / 3
        assert await state(client, plan, live) == before
        await steady.complete(1, live, "a")
        await client.write(plan, [], [stage("t", "steady", "b")])
        await steady.complete(2, await steady.next_execution(), "b")
        steady.call.cancel()
