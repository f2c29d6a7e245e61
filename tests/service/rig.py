"""An orchestrator on a real file, with runners and a clock that the test moves."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from orchestrator.config import Config
from orchestrator.local import LocalOrchestrator
from orchestrator.storage.interface import Connection, Database, Session
from orchestrator.storage.sqlite import SQLiteDatabase
from tests.service.clock import ManualClock
from tests.service.recording import RecordedRunners
from tests.service.writing import runner
from turboci.nodes import Check, Nodes, Stage
from turboci.runners import Lease
from turboci.states import ExecutionMode
from turboci.writes import CheckWrite, StageWrite

T = TypeVar("T")

_QUIET_TURNS = 20
"""Turns of the event loop without any work at the database: more than any chain of callbacks in the server takes."""


class WatchedDatabase:
    """Hands everything on to a real database, and knows whether anything is under way there."""

    def __init__(self, database: SQLiteDatabase) -> None:
        self.real = database
        self._under_way = 0
        self._idle = asyncio.Event()

    async def write(self, operation: Callable[[Session], T], /) -> T:
        return await self._count(self.real.write(operation))

    async def read(self, query: Callable[[Connection], T], /) -> T:
        return await self._count(self.real.read(query))

    async def settle(self) -> None:
        """Return when everything that follows from what was done has happened."""
        quiet = 0
        while quiet < _QUIET_TURNS:
            quiet += 1
            await one_turn()
            while self._under_way:
                quiet = 0
                self._idle.clear()
                await self._idle.wait()

    async def _count(self, work: Coroutine[Any, Any, T]) -> T:
        self._under_way += 1
        # A caller that is cancelled does not stop the work.
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._under_way -= 1
        if not task.cancelled():
            task.exception()  # whoever waits for it gets it too
        if not self._under_way:
            self._idle.set()


async def one_turn() -> None:
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_soon(passed.set_result, None)
    await passed


class Rig:
    """One server at a time on one file; `plan` is a plan that is there from the start.

    Attributes:
        server: The orchestrator.
        runners: What it called.
        clock: Its time.
    """

    def __init__(self, folder: Path) -> None:
        self._begin()
        self._folder = folder
        self._path = folder / "turboci.db"
        self._database: WatchedDatabase
        self._crashes = 0

    def _begin(self) -> None:
        self.clock = ManualClock()
        self.runners = RecordedRunners()
        self.plan = ""
        self.server: LocalOrchestrator
        self._config = Config()

    async def start(self, **settings: Any) -> None:
        """Open the file and start a server on it."""
        self._config = replace(self._config, **settings)
        self._database = WatchedDatabase(await SQLiteDatabase.open(self._path, durability="relaxed"))
        await self._serve(self._database)

    async def _serve(self, database: Database) -> None:
        self.server = LocalOrchestrator(database, self.runners, config=self._config, clock=self.clock)
        self.server.callback_address = "server:1"
        await self.server.start()
        await self.settle()
        if not self.plan:
            self.plan = (await self.server.create_work_plan()).id

    async def stop(self) -> None:
        """Stop the server as SIGTERM does after its drain time."""
        await self.server.stop()
        await self._database.real.close()

    async def restart(self, **settings: Any) -> None:
        """Stop the server, and start another one on its file."""
        await self.stop()
        await self.start(**settings)

    async def crash(self, **settings: Any) -> None:
        """Start a server on the file as it is at this moment, as after a kill -9 of the first one."""
        self._crashes += 1
        copy = self._folder / f"after-crash-{self._crashes}.db"
        for suffix in ("", "-wal"):
            source = Path(f"{self._path}{suffix}")
            if source.exists():
                shutil.copyfile(source, f"{copy}{suffix}")
        await self.stop()
        self._path = copy
        self.runners.take_all()
        await self.start(**settings)

    @staticmethod
    def start_task(work: Awaitable[T]) -> asyncio.Future[T]:
        """Begin to wait for something that the test brings about afterwards."""
        return asyncio.ensure_future(work)

    async def settle(self) -> None:
        """Let everything happen that follows from what was done."""
        await self._database.settle()

    async def settle_acceptances(self) -> None:
        """Let acceptances that are being gathered come into the database."""
        await self.server._engine.dispatcher.acceptances.stop()
        await self.settle()

    async def advance(self, seconds: float) -> None:
        """Move the clock on, stopping at each time that the server waits for."""
        await self.settle()
        end_us = self.clock.at_us + round(seconds * 1_000_000)
        while (alarm_us := self.clock.next_alarm_us) is not None and alarm_us <= end_us:
            self.clock.set(max(alarm_us, self.clock.at_us))
            await self.settle()
        self.clock.set(end_us)
        await self.settle()

    async def write(self, *nodes: CheckWrite | StageWrite, execution_id: str | None = None, plan: str = "") -> Nodes:
        """Write nodes in one call, and let everything happen that follows."""
        checks = [node for node in nodes if isinstance(node, CheckWrite)]
        stages = [node for node in nodes if isinstance(node, StageWrite)]
        written = await self.server.write_nodes(
            plan or self.plan, checks=checks, stages=stages, execution_id=execution_id
        )
        await self.settle()
        return written

    async def register(self, runner_id: str = "r1", **fields: Any) -> Lease:
        """Register a runner of type ``builder``, and let it be given work."""
        lease = await self.server.register_runner(runner(runner_id, **fields))
        await self.settle()
        return lease

    async def check(self, check_id: str, *, plan: str = "") -> Check:
        found = await self.server.query_nodes(plan or self.plan, check_ids=[check_id], include_stages=False)
        return found.checks[0]

    async def stage(self, stage_id: str, *, plan: str = "") -> Stage:
        found = await self.server.query_nodes(plan or self.plan, stage_ids=[stage_id], include_checks=False)
        return found.stages[0]

    async def accept_next(self) -> str:
        """Let the runner take the next ASYNC attempt; return its execution id."""
        call = self.runners.take()
        assert call.execution.mode is ExecutionMode.ASYNC
        call.accept()
        await self.settle()
        return call.execution.execution_id

    @property
    def database(self) -> WatchedDatabase:
        """What the server writes to."""
        return self._database

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Return what a query reads from the file."""
        return await self._database.read(query)

    async def change(self, sql: str, *parameters: int | str) -> None:
        """Change the file behind the server's back."""
        await self._database.write(lambda session: session.change(sql, parameters))

    async def findings(self) -> list[str]:
        """Return what is wrong with the file."""
        return await self._database.real.check_integrity()

    async def rows(self, sql: str, *parameters: int | str) -> list[tuple[Any, ...]]:
        """Return the rows that a statement reads from the file."""
        return await self.read(lambda connection: list(connection.execute(sql, parameters)))
