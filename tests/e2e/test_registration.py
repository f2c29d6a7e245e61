"""How runners come, stay and go, and which one is chosen."""

from __future__ import annotations

import asyncio
import time

import grpc
import pytest

from tests.e2e.contract import ASYNC, PATIENCE, SYNC, Client, check, stage
from tests.e2e.runners import Asked, RecordingRunner, green, registered, serving
from turboci.v1 import service_pb2, stagerunner_pb2


async def test_a_registered_runner_is_listed(client: Client) -> None:
    """The list shows a runner as it registered."""
    lease = await client.register(
        "runner", "build", "localhost:50052", SYNC, max_concurrent=5, metadata={"version": "1.0"}
    )
    (listed,) = await client.runners()
    assert (listed.runner_id, listed.runner_type, listed.address) == ("runner", "build", "localhost:50052")
    assert (listed.max_concurrent, listed.current_load) == (5, 0)
    assert list(listed.supported_modes) == [SYNC]
    assert dict(listed.metadata) == {"version": "1.0"}
    assert listed.registration_id == lease.registration_id
    assert listed.expires_at == lease.expires_at


async def test_registering_again_renews_the_lease(client: Client) -> None:
    """A heartbeat keeps the registration id, moves the expiry and leaves one entry in the list."""
    first = await client.register("runner", "test", "localhost:50052", ttl_seconds=2)
    await asyncio.sleep(0.05)
    second = await client.register("runner", "test", "localhost:50052", ttl_seconds=2)
    assert second.registration_id == first.registration_id
    assert second.expires_at.ToNanoseconds() > first.expires_at.ToNanoseconds()
    assert len(await client.runners()) == 1


async def test_a_runner_that_does_not_renew_disappears(client: Client) -> None:
    """A registration ends with its lease, and not before."""
    await client.register("runner", "test", "localhost:50052", ttl_seconds=1)
    began = time.monotonic()
    last_seen: list[str] = []
    while (listed := await client.runners()) and time.monotonic() < began + PATIENCE:
        last_seen = [each.runner_id for each in listed]
        await asyncio.sleep(0.1)  # the contract has no event for it
    assert (last_seen, list(listed)) == (["runner"], [])
    assert time.monotonic() - began > 0.9


async def test_an_unregistered_runner_is_gone(client: Client) -> None:
    """Unregistering takes a runner off the list at once; doing it again is NOT_FOUND."""
    lease = await client.register("runner", "test", "localhost:50052")
    request = service_pb2.UnregisterStageRunnerRequest(registration_id=lease.registration_id)
    await client.stub.UnregisterStageRunner(request, timeout=PATIENCE)
    assert await client.runners() == []
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.stub.UnregisterStageRunner(request, timeout=PATIENCE)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_several_runners_share_a_type(client: Client) -> None:
    """Runners with different ids and one type are listed side by side."""
    for number in (1, 2, 3):
        await client.register(f"runner-{number}", "build", f"localhost:{number}0052")
    assert [runner.runner_id for runner in await client.runners("build")] == ["runner-1", "runner-2", "runner-3"]


async def test_the_list_can_be_narrowed_to_a_type(client: Client) -> None:
    """Runners of several types live together, and each type can be listed alone."""
    for type_ in ("build", "test", "deploy"):
        await client.register(f"{type_}-runner", type_, "localhost:50052")
    assert len(await client.runners()) == 3
    for type_ in ("build", "test", "deploy"):
        assert [runner.runner_id for runner in await client.runners(type_)] == [f"{type_}-runner"]
    assert await client.runners("paint") == []


async def test_a_stage_goes_to_a_runner_that_supports_its_mode(client: Client) -> None:
    """Of two runners of a type the SYNC stage goes to the SYNC one and the ASYNC stage to the other."""
    async with (
        registered(client, "compute", runner_id="sync", modes=(SYNC,)) as sync_runner,
        registered(client, "compute", runner_id="async", modes=(ASYNC,)) as async_runner,
    ):
        plan = await client.create_plan()
        await client.write(
            plan,
            [check("s"), check("a")],
            [stage("do-s", "compute", "s"), stage("do-a", "compute", "a", mode=ASYNC)],
        )
        await client.completed(plan)
    assert (sync_runner.stage_ids, sync_runner.offers) == (["do-s"], [])
    assert ([offer.stage_id for offer in async_runner.offers], async_runner.runs) == (["do-a"], [])


async def test_work_is_spread_over_runners(client: Client) -> None:
    """Two runners with one slot each share two stages that need each other's presence."""
    together = asyncio.Barrier(2)

    async def work(asked: Asked) -> stagerunner_pb2.RunResponse:
        async with asyncio.timeout(PATIENCE / 2):
            await together.wait()
        return await green(asked)

    async with serving(RecordingRunner(work)) as one, serving(RecordingRunner(work)) as two:
        await client.register("one", "build", one.address, max_concurrent=1)
        await client.register("two", "build", two.address, max_concurrent=1)
        plan = await client.create_plan()
        await client.write(plan, [], [stage("a", "build"), stage("b", "build")])
        await client.completed(plan)
    assert sorted([*one.stage_ids, *two.stage_ids]) == ["a", "b"]
    assert len(one.runs) == len(two.runs) == 1
