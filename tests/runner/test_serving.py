"""A runner behind real gRPC on a free port, with a recorded port behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import grpc
import pytest
from google.protobuf.message import Message
from grpc import aio

from ci.runner import Runner, StageContext
from ci.serving.server import RunnerServer
from ci.serving.servicer import UNLIMITED
from tests.runner.fakes import RecordedPort, an_execution
from tests.runner.work import Work, a_runner
from turboci.addresses import Address
from turboci.errors import InvalidState, RunnerUnavailable
from turboci.states import ExecutionMode
from turboci.v1 import stagerunner_pb2
from turboci.wire import executions
from turboci.wire.errors import DETAILS_KEY, error_from
from turboci.wire.methods import STAGE_RUNNER, Method

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


class Caller:
    """Calls a runner as the orchestrator does."""

    def __init__(self, channel: aio.Channel) -> None:
        self._channel = channel

    async def __call__(self, method: Method[Request, Response], request: Request, timeout: float = 20) -> Response:
        return method.response.FromString(await self.raw(method.path, request.SerializeToString(), timeout))

    async def raw(self, path: str, data: bytes, timeout: float = 20) -> bytes:
        call: aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(path)
        return await call(data, timeout=timeout)


@asynccontextmanager
async def served(runner: Runner, port: RecordedPort, *, grace: float = 5) -> AsyncIterator[Caller]:
    server = RunnerServer(runner, port, Address("127.0.0.1", 0))
    await server.start()
    try:
        async with aio.insecure_channel(port.registrations[-1].address) as channel:
            yield Caller(channel)
    finally:
        await server.stop(grace)


def run_request(**arguments: object) -> stagerunner_pb2.RunRequest:
    return executions.run_request(an_execution(**arguments))  # type: ignore[arg-type]


def run_async_request(**arguments: object) -> stagerunner_pb2.RunAsyncRequest:
    return executions.run_async_request(an_execution(mode=ExecutionMode.ASYNC, **arguments))  # type: ignore[arg-type]


async def test_a_runner_is_registered_as_it_is() -> None:
    """The registration carries id, type, modes, capacity, the bound port and a name of the process."""
    port = RecordedPort()
    runner = Runner("builder", max_concurrent=5, runner_id="builder-1")
    async with served(runner, port):
        (registration,) = port.registrations
    assert (registration.runner_id, registration.runner_type) == ("builder-1", "builder")
    assert registration.supported_modes == (ExecutionMode.SYNC, ExecutionMode.ASYNC)
    assert registration.max_concurrent == 5
    assert registration.address.startswith("127.0.0.1:")
    assert registration.process_uid
    assert port.calls == ["register builder-1", "unregister registration-1"]
    async with served(runner, port):
        assert port.registrations[-1].process_uid != registration.process_uid


async def test_run_carries_the_execution_in_and_the_answer_out() -> None:
    """Arguments, checks and deadline reach the handler; its data comes back as the response."""
    runner = Runner("builder")

    @runner.handler
    async def build(stage: StageContext) -> dict[str, object]:
        await stage.progress(50, "half")
        return {"args": dict(stage.args), "options": dict(stage.check_options["built"]), "in": stage.deadline}

    port = RecordedPort()
    execution = an_execution(level=3)
    async with served(runner, port) as call:
        response = await call(STAGE_RUNNER.run, executions.run_request(execution))
    (update,) = executions.answer(response).check_updates
    assert execution.deadline is not None
    assert update.data == {"args": {"level": 3}, "options": {"of": "built"}, "in": execution.deadline.timestamp()}
    assert "update 50 half" in port.calls


async def test_run_async_accepts_and_completes_through_the_port() -> None:
    """An accepted attempt goes on after the call; progress and completion go to the port."""
    port, work = RecordedPort(), Work()
    async with served(a_runner(work), port) as call:
        request = run_async_request()
        response = await call(STAGE_RUNNER.run_async, request)
        assert response.accepted
        assert response.runner_execution_id == f"builder-1/{request.execution_id}"
        work.release.set()
        await port.until(f"complete {request.execution_id}")


async def test_ping_tells_type_modes_and_free_slots() -> None:
    """Capacity counts live attempts of both modes; without a limit it is a large number."""
    port, work = RecordedPort(), Work()
    async with served(a_runner(work, max_concurrent=3), port) as call:
        idle = await call(STAGE_RUNNER.ping, stagerunner_pb2.PingRequest())
        await call(STAGE_RUNNER.run_async, run_async_request())
        busy = await call(STAGE_RUNNER.ping, stagerunner_pb2.PingRequest())
        work.release.set()
    assert (idle.runner_type, list(idle.supported_modes)) == ("builder", [1, 2])
    assert (idle.available_capacity, busy.available_capacity) == (3, 2)
    async with served(a_runner(Work()), port) as call:
        assert (await call(STAGE_RUNNER.ping, stagerunner_pb2.PingRequest())).available_capacity == UNLIMITED


async def test_a_full_runner_says_unavailable_with_a_reason() -> None:
    """The orchestrator can tell a refusal from a broken connection: the status carries RunnerUnavailable."""
    port, work = RecordedPort(), Work()
    async with served(a_runner(work, max_concurrent=1), port) as call:
        await call(STAGE_RUNNER.run_async, run_async_request())
        with pytest.raises(aio.AioRpcError) as raised:
            await call(STAGE_RUNNER.run, run_request())
        assert not (await call(STAGE_RUNNER.run_async, run_async_request())).accepted
        work.release.set()
    details = dict(raised.value.trailing_metadata())[DETAILS_KEY]
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert isinstance(details, bytes)
    assert isinstance(error_from("UNAVAILABLE", "", details), RunnerUnavailable)


async def test_cancelling_the_call_or_its_deadline_cancels_the_handler() -> None:
    """The call's end is the attempt's end, whoever ends it."""
    port, work = RecordedPort(), Work()
    async with served(a_runner(work), port) as call:
        running = asyncio.create_task(call(STAGE_RUNNER.run, run_request(stage_id="a")))
        await work.until("begun a")
        running.cancel()
        await work.until("cancelled a True")
        with pytest.raises(aio.AioRpcError) as raised:
            await call(STAGE_RUNNER.run, run_request(stage_id="b"), timeout=0.2)
        await work.until("cancelled b True")
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.wait({running})


async def test_cancel_reaches_an_async_attempt() -> None:
    """Cancel stops the handler; it is fine to send it again, or for an attempt that nobody knows."""
    port, work = RecordedPort(), Work()
    async with served(a_runner(work), port) as call:
        request = run_async_request()
        await call(STAGE_RUNNER.run_async, request)
        await work.until("begun build")
        for execution_id in (request.execution_id, request.execution_id, "stranger"):
            await call(STAGE_RUNNER.cancel, stagerunner_pb2.CancelRequest(execution_id=execution_id, reason="enough"))
        await work.until("cancelled build True")
    assert port.answers == []


async def test_an_attempt_past_its_deadline_ends_as_cancelled() -> None:
    """When the runner's clock ends the attempt first, the call ends without an answer."""
    async with served(a_runner(Work()), RecordedPort()) as call:
        with pytest.raises(aio.AioRpcError) as raised:
            await call(STAGE_RUNNER.run, run_request(seconds=0.05))
    assert raised.value.code() is grpc.StatusCode.CANCELLED
    assert raised.value.details() == "attempt 1 of stage 'build' was stopped: its deadline has passed"


async def test_malformed_requests_are_refused() -> None:
    """Bytes that are no message are INVALID_ARGUMENT on every call."""
    async with served(a_runner(Work()), RecordedPort()) as call:
        for name in ("Run", "RunAsync", "Ping", "Cancel"):
            with pytest.raises(aio.AioRpcError) as raised:
                await call.raw(f"/{STAGE_RUNNER.service}/{name}", b"\xff\xff\xff")
            assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_defect_of_the_runner_is_told_by_an_error_id(caplog: pytest.LogCaptureFixture) -> None:
    """An unforeseen exception is INTERNAL; its text stays in the log of the runner."""

    class Broken(Runner):
        async def cancel(self, execution_id: str, reason: str) -> None:
            raise ValueError("a secret")

    async with served(Broken("builder"), RecordedPort()) as call:
        with pytest.raises(aio.AioRpcError) as raised:
            await call(STAGE_RUNNER.cancel, stagerunner_pb2.CancelRequest())
    assert raised.value.code() is grpc.StatusCode.INTERNAL
    assert "a secret" not in str(raised.value.details())
    assert "a secret" in caplog.text


async def test_stopping_lets_live_attempts_finish() -> None:
    """On the way out the runner unregisters, refuses, and answers what it has begun."""
    port, work = RecordedPort(), Work()
    runner = a_runner(work)
    server = RunnerServer(runner, port, Address("127.0.0.1", 0))
    await server.start()
    async with aio.insecure_channel(port.registrations[-1].address) as channel:
        call = Caller(channel)
        running = asyncio.create_task(call(STAGE_RUNNER.run, run_request(stage_id="a")))
        await work.until("begun a")
        stopping = asyncio.create_task(server.stop(30))
        await port.until("unregister registration-1")
        with pytest.raises(aio.AioRpcError) as raised:
            await call(STAGE_RUNNER.run, run_request())
        assert not (await call(STAGE_RUNNER.run_async, run_async_request())).accepted
        assert (await call(STAGE_RUNNER.ping, stagerunner_pb2.PingRequest())).available_capacity == 0
        work.release.set()
        assert not (await running).HasField("failure")
        await stopping
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_stopping_does_not_wait_for_an_absent_orchestrator() -> None:
    """Unregistering is tried as long as the drain takes and little longer."""
    port = RecordedPort()
    port.gates["unregister"] = asyncio.Event()
    server = RunnerServer(a_runner(Work()), port, Address("127.0.0.1", 0))
    await server.start()
    await server.stop()
    assert port.calls[-1] == "unregister registration-1"


async def test_a_cancelled_stop_hurries_and_still_finishes() -> None:
    """Whoever is cancelled while stopping leaves nothing behind: handlers are cancelled, the port is closed."""
    port, work = RecordedPort(), Work()
    runner = a_runner(work)
    server = RunnerServer(runner, port, Address("127.0.0.1", 0))
    await server.start()
    await runner.run_async(an_execution(), port)
    await work.until("begun build")
    stopping = asyncio.create_task(server.stop(3600))
    await port.until("unregister registration-1")
    stopping.cancel()
    await asyncio.wait({stopping})
    assert stopping.cancelled()
    assert work.notes[-1] == "cancelled build True"
    host, _, number = port.registrations[0].address.rpartition(":")
    with socket.socket() as probe:
        assert probe.connect_ex((host, int(number))) != 0


async def test_an_address_that_is_taken_is_named() -> None:
    """Listening where somebody listens is refused with the system's reason; nothing is registered."""
    port = RecordedPort()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        server = RunnerServer(a_runner(Work()), port, Address(*holder.getsockname()))
        with pytest.raises(InvalidState, match=r"runner 'builder-1' cannot listen on .* \(address already in use\)"):
            await server.start()
        await server.stop(0)
    assert port.calls == []


async def test_a_runner_on_all_interfaces_leaves_its_host_to_the_orchestrator() -> None:
    """An unspecified host is registered as :port."""
    port = RecordedPort()
    server = RunnerServer(a_runner(Work()), port, Address("", 0))
    await server.start()
    await server.stop(0)
    assert port.registrations[0].address.startswith(":")
    assert port.registrations[0].address != ":0"
