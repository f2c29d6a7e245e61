"""Goes on in plans where more follows than one transaction may do, one transaction after the other."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from orchestrator.clock import Clock
from orchestrator.dispatcher.dispatcher import Apply
from orchestrator.service import cancellation
from turboci.errors import ServiceError

_log = logging.getLogger("turboci.dispatch")

_TRY_AGAIN_US: Final = 1_000_000


class Continuation:
    """One task for each plan that something is left to do in; what it is, the tables know."""

    def __init__(self, apply: Apply, clock: Clock) -> None:
        self._apply: Final = apply
        self._clock: Final = clock
        self._tasks: Final[dict[int, asyncio.Task[None]]] = {}
        self._asked: Final[set[int]] = set()
        self._stopped = False

    def add(self, plan: int) -> None:
        """Go on in a plan, unless stopped: then the next start does."""
        self._asked.add(plan)
        if plan not in self._tasks and not self._stopped:
            self._tasks[plan] = asyncio.create_task(self._go_on(plan), name=f"continue plan {plan}")

    async def stop(self) -> None:
        """Stop after the transaction that is under way."""
        self._stopped = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _go_on(self, plan: int) -> None:
        try:
            while plan in self._asked:
                self._asked.discard(plan)
                await self._step(plan)
        finally:
            del self._tasks[plan]

    async def _step(self, plan: int) -> None:
        try:
            await self._apply(partial(cancellation.go_on, plan=plan))
        except ServiceError as error:
            _log.warning("plan %d cannot be carried on now: %s", plan, error)
            self._asked.add(plan)
            await self._clock.sleep_until(self._clock.now_us() + _TRY_AGAIN_US)
        except Exception:
            _log.exception("plan %d cannot be carried on; the next start tries again", plan)
