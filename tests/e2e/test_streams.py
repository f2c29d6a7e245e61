"""Runners over streams while servers are killed, and connections are cut or go dead."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

import ci
from ci.remote import RemoteOrchestrator
from tests.e2e.contract import PATIENCE, Client
from tests.e2e.cuttable import Cable
from tests.e2e.runners import RecordingRunner, serving
from tests.e2e.servers import ServerProcess
from turboci.states import ExecutionMode, Outcome

MODES = pytest.mark.parametrize("mode", [ExecutionMode.SYNC, ExecutionMode.ASYNC], ids=["sync", "async"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path) as server:
        yield server


class Worker:
    """A streamed runner whose work ends when the test says so.

    Attributes:
        begun: How often each stage was begun.
        may_end: Lets the work end.
    """

    def __init__(self, max_concurrent: int = 8) -> None:
        self.begun: Counter[str] = Counter()
        self.may_end = asyncio.Event()
        self._began = asyncio.Event()
        self.runner = ci.Runner("builder", max_concurrent=max_concurrent)
        self.runner.handler(self._work)

    async def _work(self, stage: ci.StageContext) -> dict[str, str]:
        self.begun[stage.stage_id] += 1
        self._began.set()
        await self.may_end.wait()
        return {"by": self.runner.runner_id}

    async def began(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._began.wait()

    @asynccontextmanager
    async def at_work(self, address: str, *, ttl: int = 60) -> AsyncIterator[RemoteOrchestrator]:
        async with RemoteOrchestrator(address) as orchestrator:
            await orchestrator.host(self.runner, ttl=ttl)
            yield orchestrator


async def written(address: str, mode: ExecutionMode, *names: str) -> str:
    """Write stages without edges, each with one attempt that may be charged; return the plan."""
    async with ci.connect(address) as orchestrator:
        plan = await orchestrator.create_work_plan()
        stages = [
            ci.StageWrite(id=name, runner_type="builder", execution_mode=mode, retry=ci.RetryPolicy(max_attempts=1))
            for name in names
        ]
        await orchestrator.write_nodes(plan.id, stages=stages)
        return plan.id


async def ended(address: str, plan: str) -> dict[str, tuple[Outcome | None, int]]:
    """Return, once all stages are FINAL, their outcomes and how many attempts they took."""
    async with ci.connect(address) as orchestrator, asyncio.timeout(PATIENCE):
        while True:
            nodes = await orchestrator.query_nodes(plan)
            if all(stage.outcome is not None for stage in nodes.stages):
                return {stage.id: (stage.outcome, len(stage.attempts)) for stage in nodes.stages}
            await asyncio.sleep(0.02)


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await what():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)


async def accepted(address: str, plan: str) -> None:
    """Return when every stage is with a runner that has said so."""
    async with ci.connect(address) as orchestrator:

        async def all_run() -> bool:
            nodes = await orchestrator.query_nodes(plan)
            return all(stage.attempts and stage.attempts[-1].state.name == "RUNNING" for stage in nodes.stages)

        await until(all_run)


@MODES
async def test_an_attempt_outlives_the_server(server: ServerProcess, mode: ExecutionMode) -> None:
    """The process that works on it completes it after kill -9 and a restart, once, and it was begun once."""
    worker = Worker()
    async with worker.at_work(server.address):
        plan = await written(server.address, mode, "s")
        await accepted(server.address, plan)
        server.kill()
        server.start()
        worker.may_end.set()
        assert await ended(server.address, plan) == {"s": (Outcome.SUCCEEDED, 1)}
    assert worker.begun == {"s": 1}


@MODES
async def test_an_attempt_may_end_while_the_server_is_down(server: ServerProcess, mode: ExecutionMode) -> None:
    """What the runner has to say then waits for the server."""
    worker = Worker()
    async with worker.at_work(server.address):
        plan = await written(server.address, mode, "s")
        await accepted(server.address, plan)
        server.kill()
        worker.may_end.set()
        await asyncio.sleep(0.3)
        server.start()
        assert await ended(server.address, plan) == {"s": (Outcome.SUCCEEDED, 1)}
    assert worker.begun == {"s": 1}


@MODES
async def test_an_attempt_outlives_its_connection(server: ServerProcess, mode: ExecutionMode) -> None:
    """A connection that is cut is opened again, and what was accepted goes on."""
    worker = Worker()
    async with Cable(server.address).laid() as cable, worker.at_work(cable.address):
        plan = await written(server.address, mode, "s", "t")
        await accepted(server.address, plan)
        for _ in range(3):
            cable.cut()
            await asyncio.sleep(0.1)
        worker.may_end.set()
        assert await ended(server.address, plan) == {"s": (Outcome.SUCCEEDED, 1), "t": (Outcome.SUCCEEDED, 1)}
    assert worker.begun == {"s": 1, "t": 1}


async def test_a_runner_leaves_a_connection_that_is_dead(server: ServerProcess) -> None:
    """Nobody says that it is: the runner misses the answers to its signs of life, opens a stream anew and goes on."""
    worker = Worker()
    ttl = 3
    async with Cable(server.address).laid() as cable, worker.at_work(cable.address, ttl=ttl):
        plan = await written(server.address, ExecutionMode.SYNC, "s")
        await accepted(server.address, plan)
        cable.go_dead()
        await asyncio.sleep(ttl / 2)
        cable.go_on()
        worker.may_end.set()
        assert await ended(server.address, plan) == {"s": (Outcome.SUCCEEDED, 1)}
        cable.go_dead()
        await asyncio.sleep(2 * ttl)
        cable.cut()
        cable.go_on()
        again = await written(server.address, ExecutionMode.SYNC, "t")
        assert await ended(server.address, again) == {"t": (Outcome.SUCCEEDED, 1)}


async def test_a_runner_that_leaves_finishes_its_work(server: ServerProcess) -> None:
    """It takes nothing new meanwhile: that goes to a runner that is called, as Go's are."""
    leaving = Worker(max_concurrent=1)
    called = RecordingRunner()
    async with leaving.at_work(server.address) as orchestrator:
        first = await written(server.address, ExecutionMode.SYNC, "s")
        await accepted(server.address, first)
        closing = asyncio.create_task(orchestrator.close(PATIENCE))
        async with ci.connect(server.address) as other:

            async def is_gone() -> bool:
                return not await other.list_runners("builder")

            await until(is_gone)
        async with serving(called), grpc.aio.insecure_channel(server.address) as channel:
            await Client(channel).register("called", "builder", called.address)
            second = await written(server.address, ExecutionMode.SYNC, "t")
            assert await ended(server.address, second) == {"t": (Outcome.SUCCEEDED, 1)}
        leaving.may_end.set()
        await closing
        assert await ended(server.address, first) == {"s": (Outcome.SUCCEEDED, 1)}
    assert called.stage_ids == ["t"]
    assert leaving.begun == {"s": 1}
