"""Keeping a registration alive."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import replace
from typing import Final

from ci.port import Orchestrator
from turboci.errors import CIError, OrchestratorUnavailable, RunnerNotFound
from turboci.runners import Lease, RunnerRegistration

TTL: Final = 60
"""Seconds that a registration lives without renewal."""
RETRY_SECONDS: Final = 1.0
"""Wait before the next try when the orchestrator is away."""

_log = logging.getLogger(__name__)


class LeaseKeeper:
    """Registers a runner, renews at a third of its time to live, and unregisters it.

    Renewing is registering again. So a runner that the orchestrator has forgotten, or that sat out its absence, is back
    with the next renewal.
    """

    def __init__(self, port: Orchestrator, registration: RunnerRegistration) -> None:
        """Prepare; nothing is sent yet. A registration without a `ttl` gets ours."""
        self._port = port
        self._registration = registration if registration.ttl else replace(registration, ttl=TTL)
        self._lease: Lease | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Register, and renew from now on.

        Raises:
            InvalidArgument: An id or the address is refused.
            OrchestratorUnavailable: It cannot be reached.
        """
        name = f"lease of {self._registration.runner_id}"
        registering = asyncio.create_task(self._register(), name=name)
        try:
            await asyncio.shield(registering)
        except asyncio.CancelledError:
            # The orchestrator may know us already, and would go on calling.
            await asyncio.wait({registering}, timeout=RETRY_SECONDS)
            registering.cancel()
            await self.stop()
            raise
        self._renewing = asyncio.create_task(self._renew(), name=name)

    async def _register(self) -> None:
        self._lease = await self._port.register_runner(self._registration)

    async def stop(self) -> None:
        """Unregister, as far as the orchestrator can be reached."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})
            self._renewing = None
        if self._lease is None:
            return
        registration_id, self._lease = self._lease.registration_id, None
        try:
            await self._port.unregister_runner(registration_id)
        except RunnerNotFound:
            _log.debug("runner %r was not registered any more", self._registration.runner_id)
        except CIError as error:
            _log.warning("runner %r stays registered until its lease ends: %s", self._registration.runner_id, error)

    async def _renew(self) -> None:
        pause = self._registration.ttl / 3
        while True:
            await asyncio.sleep(pause * random.uniform(0.9, 1.0))
            pause = self._registration.ttl / 3 if await self._renewed() else RETRY_SECONDS

    async def _renewed(self) -> bool:
        try:
            await self._register()
        except OrchestratorUnavailable as error:
            _log.warning("runner %r cannot renew its lease: %s", self._registration.runner_id, error)
            return False
        except CIError:
            _log.exception("the lease of runner %r was refused", self._registration.runner_id)
            return False
        return True
