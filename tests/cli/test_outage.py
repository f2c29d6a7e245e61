from __future__ import annotations

import asyncio

from anyio import wait_all_tasks_blocked

from ci.cli.outage import Outage
from turboci.errors import OrchestratorUnavailable

CLOSED = OrchestratorUnavailable("orchestrator x:1", "cannot be reached (socket closed)", hint="start one")
REFUSED = OrchestratorUnavailable("orchestrator x:1", "cannot be reached (connection refused)")


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_outage_is_said_once_and_so_is_its_end() -> None:
    """People hear when it begins and when it is over, with its length; the newest error is kept."""
    said: list[str] = []
    clock = Hands()
    outage = Outage(said.append, clock)
    outage.end()
    outage.begin(CLOSED)
    clock.now += 12.5
    outage.begin(REFUSED)
    errors = [outage.error]
    outage.end()
    outage.end()
    assert [*errors, outage.error] == [REFUSED, None]
    assert said == [
        "orchestrator x:1 cannot be reached (socket closed); trying again for 1m00s",
        "orchestrator x:1 is back after 12.5s",
    ]


async def test_outage_lasts_from_its_last_beginning() -> None:
    """Only an absence of the whole time at a stretch counts."""
    clock = Hands()
    outage = Outage(lambda _: None, clock)
    lasting = asyncio.create_task(outage.outlasts(0.05))
    await wait_all_tasks_blocked()
    outage.begin(CLOSED)
    clock.now += 60
    outage.end()
    await wait_all_tasks_blocked()
    assert not lasting.done()
    outage.begin(CLOSED)
    await asyncio.wait({lasting}, timeout=0.2)
    assert not lasting.done()
    clock.now += 60
    async with asyncio.timeout(10):
        await lasting
