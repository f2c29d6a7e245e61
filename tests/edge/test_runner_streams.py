"""Streams of runners at the socket: what they begin with, how they end, and real work over them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

import ci
from orchestrator.app import running
from orchestrator.config import Config
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.endpoint.limits import Limits
from tests.edge.recorded import RecordedCalls
from turboci.errors import InvalidArgument, LimitExceeded
from turboci.executions import Answer
from turboci.frames import Report, RunnerFrame, RunnerHello
from turboci.nodes import ProgressEntry
from turboci.runners import RunnerRegistration
from turboci.states import ExecutionMode
from turboci.v1 import service_pb2, service_pb2_grpc

PATIENCE = 20


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    async with running(Config(port=0, sqlite_path=str(tmp_path / "turboci.db"), durability="relaxed")) as server:
        yield server.address


@pytest.fixture
async def stub(address: str) -> AsyncIterator[Any]:
    async with aio.insecure_channel(address) as channel:
        yield service_pb2_grpc.TurboCIOrchestratorStub(channel)


def a_hello(**fields: Any) -> service_pb2.RunnerFrame:
    frame = service_pb2.RunnerFrame()
    said = {"runner_id": "r1", "runner_type": "builder", "process_uid": "p1", "ttl_seconds": 60, **fields}
    frame.hello.registration.MergeFrom(service_pb2.RegisterStageRunnerRequest(**said))
    return frame


@pytest.mark.parametrize(
    ("first", "what"),
    [
        (service_pb2.RunnerFrame(), "begins without a hello"),
        (a_hello(process_uid=""), "process"),
        (a_hello(runner_id=""), "runner"),
        (a_hello(max_concurrent=-1), "max_concurrent"),
    ],
    ids=["no hello", "no process", "no id", "no such number"],
)
async def test_a_stream_begins_with_a_hello(stub: Any, first: service_pb2.RunnerFrame, what: str) -> None:
    """Who does not say who it is gets INVALID_ARGUMENT, and a sentence."""
    call = stub.ConnectStageRunner(timeout=PATIENCE)
    await call.write(first)
    with pytest.raises(aio.AioRpcError) as refused:
        await call.read()
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert what in (refused.value.details() or "")


async def test_a_frame_that_is_none_ends_the_stream(address: str) -> None:
    """Bytes that are no frame are INVALID_ARGUMENT, too, never UNKNOWN."""
    async with aio.insecure_channel(address) as channel:
        stub: Any = channel.stream_stream("/turboci.v1.TurboCIOrchestrator/ConnectStageRunner")
        call = stub(timeout=PATIENCE)
        await call.write(a_hello().SerializeToString())
        await call.read()
        await call.write(b"\xff\xff\xff")
        with pytest.raises(aio.AioRpcError) as refused:
            await call.read()
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_stream_that_says_nothing_ends_in_order(stub: Any) -> None:
    """A peer that opens a stream and closes it again has done nothing wrong."""
    call = stub.ConnectStageRunner(timeout=PATIENCE)
    await call.done_writing()
    assert await call.read() is aio.EOF
    assert await call.code() is grpc.StatusCode.OK


async def test_a_server_that_stops_says_so(tmp_path: Path) -> None:
    """The stream ends with UNAVAILABLE, and what to do."""
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"))
    async with running(config) as server, aio.insecure_channel(server.address) as channel:
        stub: Any = service_pb2_grpc.TurboCIOrchestratorStub(channel)
        call = stub.ConnectStageRunner(timeout=PATIENCE)
        await call.write(a_hello())
        await call.read()
        reading = asyncio.ensure_future(call.read())
        await server._transport.stop()
        with pytest.raises(aio.AioRpcError) as ended:
            await reading
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "is shutting down" in (ended.value.details() or "")


async def test_the_runner_is_listed_while_its_stream_is_open(stub: Any) -> None:
    """Closing the stream in order ends the registration."""
    call = stub.ConnectStageRunner(timeout=PATIENCE)
    await call.write(a_hello())
    await call.read()
    listed = await stub.ListStageRunners(service_pb2.ListStageRunnersRequest(), timeout=PATIENCE)
    assert [runner.runner_id for runner in listed.runners] == ["r1"]
    await call.done_writing()
    assert await call.read() is aio.EOF
    await call.code()
    listed = await stub.ListStageRunners(service_pb2.ListStageRunnersRequest(), timeout=PATIENCE)
    assert list(listed.runners) == []


@pytest.mark.parametrize("mode", ExecutionMode)
async def test_a_plan_runs_over_a_stream(address: str, mode: ExecutionMode) -> None:
    """A chain, a fan and a join, with results that travel along."""
    runner = ci.Runner("builder", max_concurrent=8)

    @runner.handler
    async def build(stage: ci.StageContext) -> dict[str, object]:
        await stage.progress(50, "half")
        return {"by": stage.stage_id}

    dag = ci.DAG("streamed")
    steps = [dag.step(name, "builder") for name in ("first", *(f"middle-{number}" for number in range(40)), "last")]
    for step in steps:
        step.sync() if mode is ExecutionMode.SYNC else step.async_()
    for step in steps[1:-1]:
        step.after(steps[0])
    steps[-1].after(*steps[1:-1])
    async with ci.connect(address, runners=[runner]) as orchestrator:
        execution = await dag.execute(orchestrator)
        result = await execution.wait_for_completion()
        (registered,) = await orchestrator.list_runners("builder")
    assert registered.address.startswith("stream/")
    assert result.checks["last"].data == {"by": "last"}


async def test_streams_and_calls_work_side_by_side(address: str) -> None:
    """Runners of one type share the work, however they are reached."""
    seen: dict[str, int] = {"stream": 0, "call": 0}

    def a_runner(name: str) -> ci.Runner:
        runner = ci.Runner("builder", max_concurrent=2, runner_id=name)

        @runner.handler
        async def build(stage: ci.StageContext) -> None:
            seen[name] += 1

        return runner

    serving = asyncio.create_task(a_runner("call").serve(address, listen="127.0.0.1:0"))
    dag = ci.DAG("mixed")
    for number in range(40):
        dag.step(f"s{number}", "builder")
    async with ci.connect(address, runners=[a_runner("stream")]) as orchestrator:
        while len(await orchestrator.list_runners("builder")) < 2:
            assert not serving.done()
        await (await dag.execute(orchestrator)).wait_for_completion()
    serving.cancel()
    await asyncio.wait({serving})
    assert sum(seen.values()) == 40
    assert min(seen.values()) > 0


async def test_a_report_that_is_too_large_is_refused_alone() -> None:
    """The limit is named in the refusal, and the other reports of the frame go on."""
    calls = RecordedCalls()
    endpoint = Endpoint(calls, Limits(payload_bytes=1_000))
    hello = RunnerHello(
        registration=RunnerRegistration(runner_id="r1", runner_type="builder", address="", process_uid="p1")
    )
    session = await endpoint.connect_runner(hello, draining=False)
    small = Report(ticket=1, execution_id="e1", content=Answer())
    large = Report(ticket=2, execution_id="e2", content=Answer(details={"text": "x" * 2_000}))
    odd = Report(ticket=3, execution_id="e3", content=ProgressEntry(message="too much", percent=101))
    await session.take(RunnerFrame(reports=(small, large, odd)))
    (frame,) = calls.session.frames
    assert frame.reports == (small,)
    assert [(refused.ticket, type(refused.error)) for refused in frame.invalid] == [
        (2, LimitExceeded),
        (3, InvalidArgument),
    ]
    assert "at most 1,000 are allowed" in str(frame.invalid[0].error)
