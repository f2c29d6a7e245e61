"""Registrations of runners: opened, renewed, drained, ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.service.rig import Rig
from tests.service.writing import ASYNC, SYNC, runner, stage
from turboci.errors import RunnerNotFound
from turboci.executions import Answer
from turboci.runners import Lease
from turboci.states import Outcome


async def listed(rig: Rig, runner_type: str | None = None) -> list[str]:
    return [info.runner_id for info in await rig.server.list_runners(runner_type)]


async def test_a_registration_is_listed_as_given(rig: Rig) -> None:
    """ListRunners shows what a runner said of itself, its load, and until when it lives."""
    lease = await rig.register(max_concurrent=3, metadata={"zone": "a"}, ttl=60)
    await rig.write(stage("s"))
    (info,) = await rig.server.list_runners()
    assert (info.runner_id, info.runner_type, info.address) == ("r1", "builder", "r1:1")
    assert (info.supported_modes, info.max_concurrent, info.current_load) == ((SYNC, ASYNC), 3, 1)
    assert (info.metadata, info.registration_id) == ({"zone": "a"}, lease.registration_id)
    assert info.expires_at == lease.expires_at
    assert info.registered_at is not None
    assert (lease.expires_at - info.registered_at).total_seconds() == 60


async def test_five_minutes_is_the_default_lease(rig: Rig) -> None:
    """A runner that names no time to live is listed for 300 seconds."""
    await rig.register()
    await rig.advance(299)
    assert await listed(rig) == ["r1"]
    await rig.advance(1)
    assert await listed(rig) == []


async def test_runners_are_listed_by_type(rig: Rig) -> None:
    """A type selects, none lists all."""
    await rig.register("r1")
    await rig.register("t1", runner_type="tester")
    assert await listed(rig, "tester") == ["t1"]
    assert await listed(rig) == ["r1", "t1"]


async def test_registering_again_renews(rig: Rig) -> None:
    """The same process keeps its registration, its load and its first time."""
    first = await rig.register(ttl=60)
    await rig.write(stage("s"))
    await rig.advance(30)
    again = await rig.register(ttl=60)
    assert again.registration_id == first.registration_id
    assert (again.expires_at - first.expires_at).total_seconds() == 30
    (info,) = await rig.server.list_runners()
    assert info.current_load == 1
    assert info.last_heartbeat is not None
    assert info.registered_at is not None
    assert info.last_heartbeat > info.registered_at


async def test_a_renewal_replaces_what_it_names(rig: Rig) -> None:
    """Fields that a renewal leaves empty stay as they were."""
    await rig.register(max_concurrent=3, metadata={"zone": "a"})
    await rig.register(supported_modes=(), max_concurrent=0, metadata={})
    await rig.register(supported_modes=(SYNC,))
    (info,) = await rig.server.list_runners()
    assert (info.supported_modes, info.max_concurrent, info.metadata) == ((SYNC,), 3, {"zone": "a"})


async def test_a_renewal_with_more_room_takes_more_work(rig: Rig) -> None:
    """A larger `max_concurrent` is used at once."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("a"), stage("b"))
    await rig.register(max_concurrent=2)
    assert rig.runners.names == ["a:1", "b:1"]


async def test_one_id_may_serve_two_types(rig: Rig) -> None:
    """A registration is a runner id and a runner type."""
    builder = await rig.register("r1")
    tester = await rig.register("r1", runner_type="tester")
    assert builder.registration_id != tester.registration_id
    assert await listed(rig) == ["r1", "r1"]


@pytest.mark.parametrize("fields", [{"address": "elsewhere:1"}, {"process_uid": "second"}])
async def test_another_process_under_the_same_id(rig: Rig, fields: dict[str, str]) -> None:
    """It opens a second registration and drains the first: no new work, and not listed."""
    first = await rig.register(process_uid="first")
    await rig.write(stage("a"))
    second = await rig.register(**{"process_uid": "first", **fields})
    assert first.registration_id != second.registration_id
    assert [info.registration_id for info in await rig.server.list_runners()] == [second.registration_id]
    await rig.write(stage("b"))
    assert (await rig.server.list_runners())[0].current_load == 1


async def test_a_drained_process_may_finish(rig: Rig) -> None:
    """What the first process works on when the second appears is completed."""
    await rig.register(process_uid="first")
    await rig.write(stage("s", execution_mode=ASYNC))
    execution_id = await rig.accept_next()
    await rig.register(process_uid="second")
    await rig.server.complete_execution(execution_id, Answer())
    await rig.settle()
    assert (await rig.stage("s")).state.name == "FINAL"


async def drained(rig: Rig, _lease: Lease) -> None:
    await rig.register(process_uid="second", address="elsewhere:1", ttl=60)


async def unregistered(rig: Rig, lease: Lease) -> None:
    await rig.server.unregister_runner(lease.registration_id)


async def expired(rig: Rig, _lease: Lease) -> None:
    await rig.advance(60)


@pytest.mark.parametrize("leaves", [drained, unregistered, expired])
async def test_a_call_outlives_the_registration(rig: Rig, leaves: Callable[[Rig, Lease], Awaitable[None]]) -> None:
    """Whatever became of a runner, the answer of a SYNC call that it works on counts; it gets no other."""
    lease = await rig.register(ttl=60, process_uid="first")
    await rig.write(stage("s"))
    call = rig.runners.take()
    await leaves(rig, lease)
    await rig.write(stage("t"))
    await rig.advance(120)
    call.answer()
    await rig.settle()
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert [each.address for each in rig.runners.take_all()] == (["elsewhere:1"] if leaves is drained else [])


async def test_a_process_that_left_comes_back_as_another(rig: Rig) -> None:
    """After unregistering the same process opens a new registration, and gets work again."""
    first = await rig.register(process_uid="first")
    await rig.server.unregister_runner(first.registration_id)
    second = await rig.register(process_uid="first")
    assert first.registration_id != second.registration_id
    await rig.write(stage("s"))
    assert rig.runners.names == ["s:1"]


async def test_a_process_without_a_name_renews_at_its_address(rig: Rig) -> None:
    """Runners that send no `process_uid` are known by their address."""
    first = await rig.register()
    second = await rig.register(process_uid="named")
    third = await rig.register()
    assert first.registration_id == second.registration_id == third.registration_id


async def test_an_unregistered_runner_is_gone(rig: Rig) -> None:
    """It is not listed, gets no new work, and cannot be unregistered twice."""
    lease = await rig.register()
    await rig.server.unregister_runner(lease.registration_id)
    await rig.write(stage("s"))
    assert await listed(rig) == []
    assert rig.runners.calls == []
    with pytest.raises(RunnerNotFound, match="does not exist; it may have expired"):
        await rig.server.unregister_runner(lease.registration_id)
    with pytest.raises(RunnerNotFound):
        await rig.server.unregister_runner("nobody")


async def test_an_expired_runner_gets_no_work(rig: Rig) -> None:
    """A stage that becomes ready after the lease ran out waits for another runner."""
    await rig.register(ttl=60)
    await rig.advance(60)
    await rig.write(stage("s"))
    assert rig.runners.calls == []
    await rig.register("r2")
    assert [call.address for call in rig.runners.calls] == ["r2:1"]


async def test_an_expired_runner_comes_back_as_another(rig: Rig) -> None:
    """Registering after the lease ran out opens a new registration."""
    first = await rig.register(ttl=60)
    await rig.advance(60)
    assert (await rig.register(ttl=60)).registration_id != first.registration_id


async def test_registrations_survive_a_restart(rig: Rig) -> None:
    """A runner need not notice that the server was restarted."""
    lease = await rig.register(max_concurrent=2, metadata={"zone": "a"})
    before = await rig.server.list_runners()
    await rig.restart()
    assert await rig.server.list_runners() == before
    assert (await rig.server.register_runner(runner())).registration_id == lease.registration_id
    await rig.write(stage("s"))
    assert rig.runners.names == ["s:1"]
