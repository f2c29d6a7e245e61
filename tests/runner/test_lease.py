"""Keeping a registration alive."""

from __future__ import annotations

import pytest

from ci.serving.lease import TTL, LeaseKeeper
from tests.runner.fakes import RecordedPort
from turboci.errors import InvalidArgument, InvalidState, OrchestratorUnavailable, RunnerNotFound
from turboci.runners import RunnerRegistration


def keeper(port: RecordedPort, *, ttl: int = 0) -> LeaseKeeper:
    registration = RunnerRegistration(runner_id="b", runner_type="builder", address="127.0.0.1:1", ttl=ttl)
    return LeaseKeeper(port, registration)


async def test_a_runner_registers_renews_and_unregisters() -> None:
    """Renewing is registering again, with everything; the newest registration is the one that is ended."""
    port = RecordedPort()
    lease = keeper(port, ttl=1)
    await lease.start()
    await port.until("register b", 3)
    await lease.stop()
    assert port.calls[-1] == f"unregister registration-{len(port.registrations)}"
    assert port.registrations[0] == port.registrations[-1]


async def test_without_a_ttl_ours_is_asked_for() -> None:
    """A lease is short enough that a dead runner is noticed within a minute or so."""
    port = RecordedPort()
    lease = keeper(port)
    await lease.start()
    await lease.stop()
    assert [registration.ttl for registration in port.registrations] == [TTL]


@pytest.mark.parametrize("error", [OrchestratorUnavailable("it", "is away"), InvalidState("it", "is confused")])
async def test_renewing_goes_on_after_a_failure(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """An orchestrator that is away gets its runner back when it returns; meanwhile the log says so."""
    port = RecordedPort()
    lease = keeper(port, ttl=1)
    await lease.start()
    port.fail("register", error)
    await port.until("register b", 3)
    await lease.stop()
    assert str(error) in caplog.text


async def test_a_refused_registration_is_raised() -> None:
    """The first registration tells its caller what is wrong; there is nothing to end then."""
    port = RecordedPort()
    port.fail("register", InvalidArgument("runner 'b'", "is refused"))
    lease = keeper(port)
    with pytest.raises(InvalidArgument):
        await lease.start()
    await lease.stop()
    assert port.calls == ["register b"]


@pytest.mark.parametrize("error", [OrchestratorUnavailable("it", "is away"), RunnerNotFound("it", "is unknown")])
async def test_leaving_works_without_the_orchestrator(error: Exception) -> None:
    """Unregistering does its best and never raises."""
    port = RecordedPort()
    port.fail("unregister", error)
    lease = keeper(port)
    await lease.start()
    await lease.stop()
    await lease.stop()
    assert port.calls == ["register b", "unregister registration-1"]
