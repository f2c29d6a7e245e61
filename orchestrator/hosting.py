"""Runners of this process: registered like any other, reached without a socket."""

from __future__ import annotations

import asyncio
from typing import Any, Final, TypeVar

from orchestrator.engine import Engine
from orchestrator.hosted_work import HostedRunner, HostedWork
from orchestrator.runner_session import RunnerSession
from orchestrator.service.routes import IN_PROCESS
from turboci.frames import RunnerHello
from turboci.ids import new_id
from turboci.runners import RunnerRegistration

P = TypeVar("P")

HOSTED_TTL: Final = 10 * 365 * 86_400
"""Seconds; a hosted runner lives as long as the process, and is forgotten at the next start."""


class Hosting:
    """The runners that live in this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine: Final = engine
        self._working: Final[list[HostedWork[Any]]] = []

    async def admit(self, runner: HostedRunner[P], port: P) -> None:
        """Register a runner, and let it work until `close`.

        Raises:
            ServiceError: The runner cannot be registered.
        """
        registration = RunnerRegistration(
            runner_id=runner.runner_id,
            runner_type=runner.runner_type,
            address="",
            supported_modes=runner.supported_modes,
            max_concurrent=runner.max_concurrent,
            ttl=HOSTED_TTL,
            process_uid=new_id(),
        )
        session = RunnerSession(self._engine, RunnerHello(registration=registration), route=IN_PROCESS)
        self._working.append(HostedWork(await session.open(draining=False), runner, port))

    async def close(self) -> None:
        """Stop the runners; what they worked on is attempted again at the next start."""
        leaving, self._working[:] = list(self._working), []
        await asyncio.gather(*(work.close() for work in leaving))
