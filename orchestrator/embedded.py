"""The orchestrator inside the process of its client: no socket, no server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Final

from orchestrator.clock import Clock, SystemClock
from orchestrator.config import Config
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.endpoint.limits import Limits
from orchestrator.hosted_work import HostedRunner
from orchestrator.local import LocalOrchestrator
from orchestrator.storage.interface import Database
from orchestrator.storage.sqlite.database import SQLiteDatabase
from orchestrator.transport.runner_client import GrpcRunnerCaller


class EmbeddedOrchestrator(Endpoint):
    """An orchestrator of this process: the same checks of requests and the same rules as behind a socket."""

    def __init__(self, orchestrator: LocalOrchestrator, limits: Limits) -> None:
        super().__init__(orchestrator, limits)
        self._orchestrator: Final = orchestrator

    async def host(self, runner: HostedRunner[EmbeddedOrchestrator]) -> None:
        """Let a runner of this process work until the orchestrator stops; its reports are checked like any other."""
        await self._orchestrator.host(runner, self)


@asynccontextmanager
async def embedded(
    path: str | None, *, config: Config | None = None, clock: Clock | None = None
) -> AsyncIterator[EmbeddedOrchestrator]:
    """Run an orchestrator until the block ends; what runs then is attempted again at the next start, uncharged.

    Args:
        path: The database file; None keeps everything in memory.
        config: Its other settings; those of the network do not matter.
        clock: Its time; the machine's by default.

    Raises:
        StorageUnusable: The database cannot be opened.
    """
    config = config or Config()
    async with assembled(path, config=config, clock=clock or SystemClock()) as orchestrator:
        yield EmbeddedOrchestrator(orchestrator, limits_of(config))


@asynccontextmanager
async def assembled(
    path: str | None,
    *,
    config: Config,
    clock: Clock,
    around: Callable[[Database], Database] = lambda database: database,
) -> AsyncIterator[LocalOrchestrator]:
    """Run the calls of an orchestrator without the checks of requests, which belong in front of them.

    Args:
        path: The database file; None keeps everything in memory.
        config: Its other settings.
        clock: Its time.
        around: Wraps the database, so that somebody sees what it is asked.

    Raises:
        StorageUnusable: The database cannot be opened.
    """
    config = replace(config, sqlite_path=path)
    async with AsyncExitStack() as stack:
        database = await SQLiteDatabase.open(config.sqlite_path, durability=config.durability)
        stack.push_async_callback(database.close)
        caller = GrpcRunnerCaller(max_message_bytes=config.max_message_bytes, limits=limits_of(config))
        stack.push_async_callback(caller.close)
        orchestrator = LocalOrchestrator(around(database), caller, config=config, clock=clock)
        stack.push_async_callback(orchestrator.stop)
        await orchestrator.start()
        yield orchestrator


def limits_of(config: Config) -> Limits:
    """Return what the settings say of the size of requests."""
    return Limits(nodes_per_call=config.max_nodes_per_call, payload_bytes=config.max_payload_bytes)
