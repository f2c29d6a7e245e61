"""How the dispatcher reaches runners over gRPC."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import grpc
import pytest

from orchestrator.dispatcher.caller import AnswerInvalid, DeliveryLost, NotDelivered
from orchestrator.endpoint.limits import Limits
from orchestrator.transport.runner_client import GrpcRunnerCaller
from tests.edge.stage_runner import Context, StageRunner, answering, never
from turboci.errors import RunnerUnavailable
from turboci.executions import Acceptance, Answer, AssignedCheck, CheckUpdate, Execution, Pong
from turboci.states import CheckState, ExecutionMode, StageState
from turboci.v1 import stagerunner_pb2
from turboci.wire import executions
from turboci.wire.errors import DETAILS_KEY, status_of

EXECUTION = Execution(
    execution_id="e",
    work_plan_id="p",
    stage_id="s",
    attempt_idx=1,
    mode=ExecutionMode.SYNC,
    args={"a": 1},
    checks=(AssignedCheck(check_id="c", kind="build", options={"b": [True]}),),
    deadline=datetime(2030, 1, 1, tzinfo=UTC),
)
ANSWER = Answer(
    stage_state=StageState.FINAL,
    check_updates=(CheckUpdate(check_id="c", state=CheckState.FINAL, data={"n": 1}, finalize=True),),
)
GREEN = executions.run_response(ANSWER).SerializeToString()
MAX_BYTES = 100_000


@pytest.fixture
async def caller() -> AsyncIterator[GrpcRunnerCaller]:
    caller = GrpcRunnerCaller(max_message_bytes=MAX_BYTES, limits=Limits(payload_bytes=50_000))
    yield caller
    await caller.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


async def test_a_sync_attempt_is_sent_whole_and_its_answer_comes_back(caller: GrpcRunnerCaller) -> None:
    """The runner gets every value of the execution, and the dispatcher the answer as the runner gave it."""
    runner = StageRunner(answering(GREEN))
    async with runner.serving() as address:
        assert await caller.run(address, EXECUTION, timeout=10) == ANSWER
    [(name, request)] = runner.asked
    assert name == "Run"
    assert executions.execution(stagerunner_pb2.RunRequest.FromString(request)) == EXECUTION


async def test_an_async_attempt_is_offered(caller: GrpcRunnerCaller) -> None:
    """The runner's word on whether it takes the attempt comes back, and it knew where to report."""
    acceptance = Acceptance(accepted=True, runner_execution_id="42")
    runner = StageRunner(answering(executions.acceptance_message(acceptance).SerializeToString()))
    async with runner.serving() as address:
        offered = Execution(**{name: getattr(EXECUTION, name) for name in EXECUTION.__slots__} | {
            "mode": ExecutionMode.ASYNC, "callback_address": "127.0.0.1:50051"})  # fmt: skip
        assert await caller.run_async(address, offered, timeout=10) == acceptance
    [(_, request)] = runner.asked
    assert executions.execution(stagerunner_pb2.RunAsyncRequest.FromString(request)) == offered


async def test_ping_says_what_the_runner_is(caller: GrpcRunnerCaller) -> None:
    """A runner that is there answers with its type, modes and room."""
    pong = Pong(runner_type="builder", supported_modes=(ExecutionMode.SYNC,), available_capacity=3)
    async with StageRunner(answering(executions.pong_message(pong).SerializeToString())).serving() as address:
        assert await caller.ping(address, timeout=10) == pong


async def test_nobody_at_the_address_means_not_delivered(caller: GrpcRunnerCaller) -> None:
    """A connection that is refused costs the stage nothing, and is known at once."""
    async with asyncio.timeout(4):
        with pytest.raises(NotDelivered, match="takes no connection"):
            await caller.run(f"127.0.0.1:{free_port()}", EXECUTION, timeout=60)


async def test_an_address_that_says_nothing_is_given_up_in_time(caller: GrpcRunnerCaller) -> None:
    """A port that takes connections and never speaks HTTP/2 cannot hold an attempt beyond its time."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(NotDelivered):
            await caller.run(f"127.0.0.1:{silent.getsockname()[1]}", EXECUTION, timeout=0.2)


async def test_a_runner_that_comes_later_is_reached_at_once(caller: GrpcRunnerCaller) -> None:
    """A failed connection leaves no back-off behind that would delay the next call."""
    port = free_port()
    with pytest.raises(NotDelivered):
        await caller.run(f"127.0.0.1:{port}", EXECUTION, timeout=10)
    async with StageRunner(answering(GREEN)).serving(port) as address:
        assert await caller.run(address, EXECUTION, timeout=10) == ANSWER


async def test_a_runner_that_comes_back_is_reached_again(caller: GrpcRunnerCaller) -> None:
    """A restart of the runner between two attempts costs nothing once the end of its connection has been noticed."""
    port = free_port()
    for _ in range(2):
        async with StageRunner(answering(GREEN)).serving(port) as address:
            assert await caller.run(address, EXECUTION, timeout=10) == ANSWER
        await end_of_connection(caller, address)


async def end_of_connection(caller: GrpcRunnerCaller, address: str) -> None:
    """Wait until the caller knows that the connection is gone: what it sends before that is lost with it."""
    channel = caller._connections._open[address].channel
    async with asyncio.timeout(10):
        await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)


async def test_a_broken_connection_loses_the_attempt(caller: GrpcRunnerCaller) -> None:
    """Once it was sent, nobody knows how far it came."""
    runner = StageRunner(never)
    async with runner.serving() as address:
        running = asyncio.create_task(caller.run(address, EXECUTION, timeout=10))
        await runner.arrived.wait()
    with pytest.raises(DeliveryLost, match="Run"):
        await running


async def test_an_attempt_survives_the_failure_of_another_call(caller: GrpcRunnerCaller) -> None:
    """A runner that drains takes no new connection, and still answers what it has."""
    finish = asyncio.Event()

    async def slow(request: bytes, _context: Context) -> bytes:
        if request:
            await finish.wait()
        return GREEN if request else b""

    runner = StageRunner(slow)
    async with runner.serving() as address:
        running = asyncio.create_task(caller.run(address, EXECUTION, timeout=30))
        await runner.arrived.wait()
        stopping = asyncio.create_task(runner.server.stop(30))
        async with asyncio.timeout(10):
            while await takes_connections(caller, address):
                pass
        finish.set()
        assert await running == ANSWER
        await stopping


async def takes_connections(caller: GrpcRunnerCaller, address: str) -> bool:
    try:
        await caller.ping(address, timeout=5)
    except NotDelivered:
        return False
    except DeliveryLost:
        return True
    return True


async def test_the_deadline_loses_the_attempt_and_reaches_the_runner(caller: GrpcRunnerCaller) -> None:
    """An attempt out of time is lost here and cancelled there."""
    runner = StageRunner(never)
    async with runner.serving() as address:
        with pytest.raises(DeliveryLost, match="in time"):
            await caller.run(address, EXECUTION, timeout=0.5)
        async with asyncio.timeout(10):
            await runner.cancelled.wait()


async def test_cancelling_the_call_cancels_the_attempt(caller: GrpcRunnerCaller) -> None:
    """The runner learns that nobody wants its answer any more."""
    runner = StageRunner(never)
    async with runner.serving() as address:
        running = asyncio.create_task(caller.run(address, EXECUTION, timeout=60))
        async with asyncio.timeout(10):
            await runner.arrived.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            await runner.cancelled.wait()


async def test_closing_the_caller_loses_what_runs(caller: GrpcRunnerCaller) -> None:
    """A call that ends because its channel does is an error of the call, not a cancellation of its caller."""
    runner = StageRunner(never)
    async with runner.serving() as address:
        running = asyncio.create_task(caller.run(address, EXECUTION, timeout=60))
        async with asyncio.timeout(10):
            await runner.arrived.wait()
            await caller.close()
            with pytest.raises(DeliveryLost, match=f"the connection to the runner at {address} was closed during Run"):
                await running


async def test_an_error_of_the_runner_loses_the_attempt_with_its_words(caller: GrpcRunnerCaller) -> None:
    """A runner that raises did not answer; what it said is kept."""

    async def broken(_request: bytes, context: Context) -> bytes:
        await context.abort(grpc.StatusCode.INTERNAL, "disk on fire")

    async with StageRunner(broken).serving() as address:
        with pytest.raises(DeliveryLost, match="INTERNAL: disk on fire"):
            await caller.run(address, EXECUTION, timeout=10)


async def test_a_refusal_by_name_costs_nothing(caller: GrpcRunnerCaller) -> None:
    """A runner of ours that is full or drains says so in the details, and the attempt counts as not delivered."""

    async def full(_request: bytes, context: Context) -> bytes:
        status, message, details = status_of(RunnerUnavailable("runner 'r'", "is full"))
        await context.abort(grpc.StatusCode[status], message, ((DETAILS_KEY, details),))

    async with StageRunner(full).serving() as address:
        with pytest.raises(NotDelivered, match="runner 'r' is full"):
            await caller.run(address, EXECUTION, timeout=10)


async def test_unavailable_without_a_reason_loses_the_attempt(caller: GrpcRunnerCaller) -> None:
    """After the request was sent, a bare UNAVAILABLE does not say that nothing was done."""

    async def gone(_request: bytes, context: Context) -> bytes:
        await context.abort(grpc.StatusCode.UNAVAILABLE, "bye")

    async with StageRunner(gone).serving() as address:
        with pytest.raises(DeliveryLost, match="UNAVAILABLE: bye"):
            await caller.run(address, EXECUTION, timeout=10)


def update(**values: object) -> bytes:
    message = stagerunner_pb2.CheckUpdate(check_id="c", **values)  # type: ignore[arg-type]
    return stagerunner_pb2.RunResponse(check_updates=[message]).SerializeToString()


def not_a_number() -> bytes:
    message = stagerunner_pb2.RunResponse()
    message.details.fields["a"].number_value = float("inf")
    return message.SerializeToString()


def large(size: int) -> bytes:
    return executions.run_response(Answer(failure="x" * size)).SerializeToString()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xff", "the answer of the runner at .* is malformed: "),
        (b"\x12\x03\x0a\x01\xff", "is malformed: "),
        (update(state=11), "the answer of the runner at .* is invalid: .*11"),
        (stagerunner_pb2.RunResponse(check_updates=[stagerunner_pb2.CheckUpdate()]).SerializeToString(), "id is empty"),
        (not_a_number(), "inf"),
        (large(60_000), "60,000 bytes"),
        (large(150_000), r"at most 100,000 are allowed"),
        (large(250_000), r"is too large: .*200000"),
    ],
    ids=["garbage", "no UTF-8", "unknown state", "empty id", "infinity", "large payload", "large message", "huge"],
)
async def test_an_answer_that_cannot_be_used_is_red_not_lost(data: bytes, said: str, caller: GrpcRunnerCaller) -> None:
    """The runner did answer, so another attempt would only repeat it."""
    async with StageRunner(answering(data)).serving() as address:
        with pytest.raises(AnswerInvalid, match=said):
            await caller.run(address, EXECUTION, timeout=10)


async def test_garbage_for_an_acceptance_is_a_loss(caller: GrpcRunnerCaller) -> None:
    """Whether the runner took the attempt is not known, so it is charged and tried again."""
    async with StageRunner(answering(b"\xff\xff")).serving() as address:
        with pytest.raises(DeliveryLost, match="malformed"):
            await caller.run_async(address, EXECUTION, timeout=10)


async def test_a_runner_that_cannot_cancel_is_tolerated(caller: GrpcRunnerCaller) -> None:
    """A service without Cancel, and nobody at all, are the same to who cancels."""
    runner = StageRunner(never)
    async with runner.serving() as address:
        await caller.cancel(address, "e", "enough", timeout=5)
    await caller.cancel(f"127.0.0.1:{free_port()}", "e", "enough", timeout=5)
    assert runner.asked == []


async def test_many_attempts_share_one_connection(caller: GrpcRunnerCaller) -> None:
    """Two hundred attempts at once reach a runner over one channel."""
    runner = StageRunner(answering(GREEN))
    peers: set[str] = set()

    async def answer(_request: bytes, context: Context) -> bytes:
        peers.add(context.peer())
        return GREEN

    runner.behaviour = answer
    async with runner.serving() as address:
        answers = await asyncio.gather(*(caller.run(address, EXECUTION, timeout=10) for _ in range(200)))
    assert answers == [ANSWER] * 200
    assert len(peers) == 1
