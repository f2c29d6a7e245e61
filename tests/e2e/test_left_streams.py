"""Streams that a client has left."""

from __future__ import annotations

import asyncio
from pathlib import Path

import ci
from orchestrator.app import Server, running
from orchestrator.config import Config
from tests.service.writing import ended

PATIENCE = 20.0


async def test_a_client_that_has_waited_leaves_no_stream(tmp_path: Path) -> None:
    """While a client stays connected, the server sends it nothing of plans that it waits for no longer."""
    async with (
        running(Config(port=0, sqlite_path=str(tmp_path / "turboci.db"), log_level="ERROR")) as server,
        ci.connect(server.address) as port,
    ):
        for _ in range(3):
            async with ci.WorkflowContext(port) as flow:
                check = await flow.define_check("c")
                async with asyncio.TaskGroup() as both:
                    waiting = both.create_task(check.wait(timeout=PATIENCE))
                    assert await becomes(server, watched=True)
                    both.create_task(port.write_nodes(flow.work_plan_id, checks=[ended("c")]))
                assert waiting.result().outcome is ci.Outcome.SUCCEEDED
        assert await becomes(server, watched=False)


async def becomes(server: Server, *, watched: bool) -> bool:
    """Return whether the server comes to have streams, or to have none, in time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while (there := bool(server.orchestrator._engine.watchers._tails)) is not watched and loop.time() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.02)  # no event tells of it
    return there is watched
