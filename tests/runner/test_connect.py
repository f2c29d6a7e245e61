"""`ci.connect` and `Runner.serve` against a small real gRPC server."""

from __future__ import annotations

import asyncio

import pytest

from ci.remote import connect
from ci.runner import Runner
from tests.runner.fakes import an_execution
from tests.runner.server import SmallOrchestrator, a_free_port, serving
from tests.runner.work import Work, a_runner
from turboci.errors import (
    InvalidArgument,
    OrchestratorUnavailable,
)
from turboci.v1 import service_pb2


async def test_connecting_hosts_runners_until_the_block_is_left(small: SmallOrchestrator) -> None:
    """Runners are registered on loopback for an orchestrator there, and unregistered on the way out."""
    work = Work()
    async with serving(small) as address:
        async with connect(address, runners=[a_runner(work), a_runner(work)]) as remote:
            assert str(remote.address) == address
            registered = list(small.requests_of(service_pb2.RegisterStageRunnerRequest))
            assert not list(small.requests_of(service_pb2.UnregisterStageRunnerRequest))
        assert len(list(small.requests_of(service_pb2.UnregisterStageRunnerRequest))) == 2
    addresses = {str(getattr(request, "address", "")) for request in registered}
    assert len(addresses) == 2
    assert {each.rpartition(":")[0] for each in addresses} == {"127.0.0.1"}


async def leave_by_an_exception(address: str, runner: Runner, work: Work) -> None:
    async with connect(address, runners=[runner]) as remote:
        await runner.run_async(an_execution(), remote)
        await work.until("begun build")
        raise ZeroDivisionError


async def test_leaving_by_an_exception_stops_the_attempts_of_hosted_runners(small: SmallOrchestrator) -> None:
    """Whoever is interrupted does not wait for what its runners work on."""
    work = Work()
    runner = a_runner(work)
    async with serving(small) as address:
        with pytest.raises(ZeroDivisionError):
            await leave_by_an_exception(address, runner, work)
    assert work.notes[-1] == "cancelled build True"


async def test_a_runner_serves_until_it_is_cancelled(small: SmallOrchestrator) -> None:
    """`serve` registers at the given address, and unregisters when its task is cancelled."""
    port = a_free_port()
    async with serving(small) as address:
        serving_task = asyncio.create_task(a_runner(Work()).serve(address, listen=f"127.0.0.1:{port}"))
        while not list(small.requests_of(service_pb2.RegisterStageRunnerRequest)):
            small.changed.clear()
            await small.changed.wait()
        serving_task.cancel()
        await asyncio.wait({serving_task})
    assert serving_task.cancelled()
    (registered,) = small.requests_of(service_pb2.RegisterStageRunnerRequest)
    assert getattr(registered, "address", "") == f"127.0.0.1:{port}"
    assert len(list(small.requests_of(service_pb2.UnregisterStageRunnerRequest))) == 1


async def test_serving_somewhere_wrong_is_told_at_once(small: SmallOrchestrator) -> None:
    """Wrong addresses, absent orchestrators and refused registrations end `serve` with their error."""
    with pytest.raises(InvalidArgument, match="has no port"):
        await a_runner(Work()).serve("localhost")
    with pytest.raises(OrchestratorUnavailable):
        await a_runner(Work()).serve(f"127.0.0.1:{a_free_port()}")
    async with serving(small) as address:
        with pytest.raises(InvalidArgument, match="of the runner has no port"):
            await a_runner(Work()).serve(address, listen="localhost")
        small.replies.extend((service_pb2.ListStageRunnersResponse(), InvalidArgument("runner 'b'", "is refused")))
        with pytest.raises(InvalidArgument, match="is refused"):
            await a_runner(Work()).serve(address)
