"""What callers get when something is wrong."""

from __future__ import annotations

import asyncio
import logging
import re

import grpc
import pytest
from grpc import aio

from tests.edge.conftest import Client, as_raised
from tests.edge.recorded import RecordedCalls
from turboci.errors import CyclicDependency, InternalError, InvalidArgument, ServiceError, service_errors
from turboci.v1 import service_pb2, workplan_pb2
from turboci.wire.methods import ORCHESTRATOR, Method

UNARY = [method for method in vars(ORCHESTRATOR).values() if isinstance(method, Method) and not method.streaming]


def examples() -> list[ServiceError]:
    made = [
        cls("stage 'bäu'", "is so", hint="make it not so", field="stages[3].id") for cls in service_errors().values()
    ]
    return [*made, CyclicDependency("dependencies", "form a cycle", path=("check:a", "stage:b", "check:a"))]


@pytest.mark.parametrize("error", examples(), ids=lambda error: f"{type(error).__name__}-{len(error.attributes())}")
async def test_service_errors_arrive_as_the_same_class(
    error: ServiceError, calls: RecordedCalls, client: Client
) -> None:
    """Every error that the orchestrator raises reaches the client with class, sentence and attributes."""
    calls.error = error
    assert await client.refused(ORCHESTRATOR.get_work_plan, workplan_pb2.GetWorkPlanRequest(id="p")) == error


async def test_a_cycle_of_thousands_still_fits_into_the_metadata(calls: RecordedCalls, client: Client) -> None:
    """An error that is too long for HTTP/2 headers arrives shortened, as the class that it is."""
    path = tuple(f"stage:number-{number}" for number in range(5_000))
    calls.error = CyclicDependency("dependencies", "form a cycle: " + " -> ".join(path), path=path)
    error = await client.refused(ORCHESTRATOR.get_work_plan, workplan_pb2.GetWorkPlanRequest(id="p"))
    assert isinstance(error, CyclicDependency)
    assert error.path[0] == path[0]


async def test_unforeseen_exceptions_are_internal_and_their_text_stays_in_the_log(
    calls: RecordedCalls, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets an error id and nothing of the exception; the log has both."""
    calls.error = KeyError("secret")
    error = await client.refused(ORCHESTRATOR.get_work_plan, workplan_pb2.GetWorkPlanRequest(id="p"))
    assert isinstance(error, InternalError)
    assert "secret" not in str(error)
    found = re.search("[0-9a-f]{32}", str(error))
    assert found is not None
    [record] = [record for record in caplog.records if record.name == "turboci.server"]
    assert found.group() in record.getMessage()
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])


async def test_a_stray_cancellation_is_internal(calls: RecordedCalls, client: Client) -> None:
    """A CancelledError that nobody sent to the call ends it with a status instead of leaving the client to hang."""
    calls.error = asyncio.CancelledError()
    error = await client.refused(ORCHESTRATOR.get_work_plan, workplan_pb2.GetWorkPlanRequest(id="p"))
    assert isinstance(error, InternalError)


async def test_a_client_that_leaves_cancels_its_call(
    calls: RecordedCalls, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The handler sees the cancellation, and the log has no error."""
    calls.held = asyncio.get_running_loop().create_future()
    request = workplan_pb2.GetWorkPlanRequest(id="p").SerializeToString()
    call = client.begin(ORCHESTRATOR.get_work_plan.path, request)
    async with asyncio.timeout(10):
        await calls.arrived.wait()
        call.cancel()
        await calls.cancelled.wait()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_internal_errors_of_the_storage_are_logged(
    calls: RecordedCalls, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """An InternalError that was raised on purpose does not pass without a line in the log."""
    calls.error = InternalError("database 'x'", "is broken")
    await client.refused(ORCHESTRATOR.get_work_plan, workplan_pb2.GetWorkPlanRequest(id="p"))
    assert "database 'x' is broken" in caplog.text


@pytest.mark.parametrize("method", UNARY, ids=lambda method: method.name)
@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe", b"\x00"], ids=repr)
async def test_malformed_bytes_are_an_invalid_argument(
    method: Method[service_pb2.WriteNodesRequest, service_pb2.WriteNodesResponse],
    data: bytes,
    calls: RecordedCalls,
    client: Client,
) -> None:
    """What is no message of the contract, invalid UTF-8 included, is refused and reaches nothing."""
    with pytest.raises(aio.AioRpcError) as caught:
        await client.send(method, data)
    assert isinstance(as_raised(caught.value), InvalidArgument)
    assert calls.asked == []


async def test_a_malformed_watch_is_an_invalid_argument(client: Client) -> None:
    """Streams look at their request as the other calls do."""
    stream = client.watch(b"\xff")
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    assert isinstance(as_raised(caught.value), InvalidArgument)


async def test_a_message_above_the_limit_is_refused_by_name(client: Client) -> None:
    """gRPC refuses it before it is read, and says both sizes."""
    with pytest.raises(aio.AioRpcError, match=r"1048576") as caught:
        await client.send(ORCHESTRATOR.write_nodes, b"x" * (2 << 20))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_an_unknown_call_is_unimplemented(client: Client) -> None:
    """A call that the contract lacks is refused as such."""
    with pytest.raises(aio.AioRpcError) as caught:
        await client.begin(f"/{ORCHESTRATOR.service}/Nonsense", b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
