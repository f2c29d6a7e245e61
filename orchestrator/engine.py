"""Runs business rules and carries out what follows: the heart that every call goes through."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from orchestrator.clock import Clock
from orchestrator.config import Config
from orchestrator.dispatcher.alarm import Alarm
from orchestrator.dispatcher.caller import RunnerCaller
from orchestrator.dispatcher.continuation import Continuation
from orchestrator.dispatcher.dispatcher import Dispatcher
from orchestrator.service import recovery, sweeping
from orchestrator.service.effects import Acknowledge, Continue, Deliver, Effect, Forget, Publish, Withdraw
from orchestrator.service.operation import operation, operation_and_view
from orchestrator.service.pool import RunnerPool
from orchestrator.service.retained import Retained
from orchestrator.service.unit_of_work import Services, UnitOfWork
from orchestrator.storage.interface import Connection, Database
from orchestrator.watching import Watchers
from turboci.errors import ServiceError

T = TypeVar("T")

_log = logging.getLogger("turboci.server")
_JITTER: Final = 0.2


class Engine:
    """Business rules on one side, runners, watchers and the clock on the other.

    Attributes:
        pool: Registrations; touched by rules only.
        watchers: Take committed events.
        dispatcher: Carries claimed attempts to runners.
        callback_address: host:port that runners report to.
    """

    def __init__(self, database: Database, caller: RunnerCaller, config: Config, clock: Clock) -> None:
        self.pool: Final = RunnerPool()
        self.watchers: Final = Watchers(database, clock)
        self.callback_address = config.callback_address or ""
        self._database: Final = database
        self.dispatcher: Final = Dispatcher(caller, self.apply, clock, accept_timeout=config.accept_timeout)
        self._continuation: Final = Continuation(self.apply, clock)
        self._alarm: Final = Alarm(clock, self._sweep)
        self._ticking: asyncio.Task[None] | None = None
        self._accepting = False
        self._services: Final = Services(
            pool=self.pool,
            config=config,
            now_us=clock.now_us,
            jitter=lambda: 1.0 + random.uniform(-_JITTER, _JITTER),
            callback_address=lambda: self.callback_address,
            accepting=lambda: self._accepting,
            retained=Retained.of(config),
        )

    async def apply(self, rule: Callable[[UnitOfWork], T], /) -> T:
        """Run a rule as one durable unit of work."""
        return await self._database.write(operation(rule, self._services, self._carry_out))

    async def apply_and_view(self, rule: Callable[[UnitOfWork], None], view: Callable[[Connection], T]) -> T:
        """Run a rule, and return what `view` reads in the same transaction once everything has settled."""
        return await self._database.write(operation_and_view(rule, view, self._services, self._carry_out))

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query on a snapshot."""
        return await self._database.read(query)

    def silent_since_us(self) -> int:
        """Return since when nobody must have written to a plan that counts as stalled."""
        return self._services.silent_since_us(self._services.now_us())

    def now_us(self) -> int:
        """Return microseconds since 1970."""
        return self._services.now_us()

    async def start(self) -> None:
        """Put right what the last process left behind, and begin to dispatch."""
        self._accepting = True
        await self.apply(recovery.recover)
        self._ticking = asyncio.create_task(self._alarm.run(), name="alarm")

    async def drain(self, timeout: float) -> None:
        """Claim nothing new, and give the calls that are under way `timeout` seconds."""
        self._accepting = False
        await self.dispatcher.idle(timeout)

    def pause(self) -> None:
        """Claim nothing new."""
        self._accepting = False

    async def stop(self) -> None:
        """Cancel what still runs; it is lost uncharged, and attempted again at the next start."""
        self._accepting = False
        if self._ticking is None:
            return
        self._ticking.cancel()
        await asyncio.wait({self._ticking})
        self._ticking = None
        await self._continuation.stop()
        await self.dispatcher.stop()
        try:
            await self.apply(recovery.release_claims)
        except ServiceError as error:
            _log.warning("the next start settles what still ran: %s", error)
        await self.dispatcher.say_farewells()

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Deliver):
                self.dispatcher.deliver(effect)
            elif isinstance(effect, Publish):
                self.watchers.publish(effect.plan, effect.events)
            elif isinstance(effect, Forget):
                self.watchers.end(effect.plan)
            elif isinstance(effect, Withdraw):
                self.dispatcher.withdraw(effect)
            elif isinstance(effect, Acknowledge):
                self.dispatcher.acknowledge(effect)
            elif isinstance(effect, Continue):
                self._continuation.add(effect.plan)
            else:
                self._alarm.set(effect.at_us)

    async def _sweep(self) -> None:
        try:
            await self.apply(sweeping.sweep)
        except Exception:
            # Whatever it is: without this, no deadline would ever end anything again.
            _log.exception("what is due could not be looked at; trying again in a second")
            self._alarm.set(self._services.now_us() + 1_000_000)
