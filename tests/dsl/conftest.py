from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

import ci
from ci.workflow import Pace
from tests.dsl.by_hand import ByHand
from tests.dsl.recording import RecordingOrchestrator
from tests.e2e.servers import ServerProcess

HASTY = Pace(quiet=0.01, longest=0.02, retry=0.001, longest_retry=0.002, give_up=0.05, warn=0.01)
"""A silent plan is looked at, and a broken stream is resumed, after milliseconds."""
PATIENT = Pace(quiet=60.0)
"""Nothing is found by looking: what a test sees came through the stream."""


@pytest.fixture
def port() -> RecordingOrchestrator:
    return RecordingOrchestrator()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server in a process of its own; the tests of a session share it."""
    process = ServerProcess(tmp_path_factory.mktemp("server"))
    process.start(TURBOCI_DURABILITY="relaxed")
    try:
        yield process.address
    finally:
        assert process.end() == 0


@pytest.fixture(params=["local", "connect"])
async def orchestrator(request: pytest.FixtureRequest) -> AsyncIterator[ci.Orchestrator]:
    """An orchestrator of this process, or a server process; what a test leaves behind there is cancelled."""
    if request.param == "local":
        async with ci.local() as local:
            yield local
        return
    async with ci.connect(request.getfixturevalue("server")) as remote:
        yield remote
        for plan in (await remote.list_work_plans(statuses=[ci.PlanStatus.RUNNING, ci.PlanStatus.STALLED])).plans:
            await remote.cancel_work_plan(plan.id, "its test is over")


@pytest.fixture
async def by_hand(orchestrator: ci.Orchestrator) -> ByHand:
    """What brings nodes to their end when the test says so."""
    return await ByHand.on(orchestrator)
