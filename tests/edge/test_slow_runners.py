"""Runners that do not read what they are sent: they hold nobody up, and what waits for them is bounded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from grpc import aio

import ci
from orchestrator.app import Server, running
from orchestrator.config import Config
from orchestrator.dispatcher.outbox import Outbox
from orchestrator.service.pool import MOST_OFFERED
from tests.edge.test_runner_streams import a_hello
from turboci.states import Outcome
from turboci.v1 import service_pb2_grpc

STAGES = 3 * MOST_OFFERED


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"), durability="relaxed", log_level="ERROR")
    async with running(config) as server:
        yield server


@pytest.fixture
async def call(server: Server) -> AsyncIterator[Any]:
    """A stream of a runner without a limit; nobody reads from it but the test."""
    async with aio.insecure_channel(server.address) as channel:
        stub: Any = service_pb2_grpc.TurboCIOrchestratorStub(channel)
        call = stub.ConnectStageRunner()
        await call.write(a_hello())
        await call.read()
        yield call
        call.cancel()


def outbox(server: Server) -> Outbox:
    found = server.orchestrator._engine.dispatcher.outboxes.get("stream/p1")
    assert found is not None
    return found


async def test_work_waits_in_the_database_for_a_runner_that_does_not_read(server: Server, call: Any) -> None:
    """Of many ready stages it holds up those that it was offered; another runner does all others meanwhile."""
    quick = ci.Runner("builder", max_concurrent=100)

    @quick.handler
    async def build(stage: ci.StageContext) -> None:
        return None

    args = {"text": "x" * 1_000}
    async with ci.connect(server.address) as orchestrator:
        plan = await orchestrator.create_work_plan()
        stages = [ci.StageWrite(id=f"s{n}", runner_type="builder", args=args) for n in range(STAGES)]
        await orchestrator.write_nodes(plan.id, stages=stages)
        assert len(outbox(server)._executions) <= MOST_OFFERED
        (entry,) = server.orchestrator._engine.pool
        assert entry.load == MOST_OFFERED
        done = 0
        async with ci.connect(server.address, runners=[quick]):
            async for event in orchestrator.watch(plan.id, after_sequence=0):
                done += getattr(event, "outcome", None) is Outcome.SUCCEEDED
                if done == STAGES - MOST_OFFERED:
                    break
