"""Events on their way from commits to watchers."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import partial
from typing import Final

from orchestrator.storage.interface import Database
from orchestrator.storage.tables import events as event_table
from turboci.events import Event

_BATCH: Final = 1_000
"""Events that a slow watcher may leave in memory; what is more, it reads from the table."""


class _Subscription:
    """What has been committed since a watcher looked last."""

    def __init__(self) -> None:
        self.waiting: Final[deque[Event]] = deque()
        self.news: Final = asyncio.Event()
        self.overflowed = False

    def put(self, events: Sequence[Event]) -> None:
        if len(self.waiting) + len(events) > _BATCH:
            self.waiting.clear()
            self.overflowed = True
        else:
            self.waiting.extend(events)
        self.news.set()


class Watchers:
    """Hands committed events to the watchers of their plans, in order and without gaps."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._subscriptions: Final[defaultdict[int, set[_Subscription]]] = defaultdict(set)

    def publish(self, plan: int, events: Sequence[Event]) -> None:
        """Hand events of a plan to its watchers; called in commit order."""
        for subscription in self._subscriptions.get(plan, ()):
            subscription.put(events)

    async def follow(self, plan: int, sequence: int) -> AsyncGenerator[Event, None]:
        """Yield the events of a plan that come after `sequence`, for ever."""
        subscription = _Subscription()
        self._subscriptions[plan].add(subscription)
        try:
            async for event in self._after(plan, sequence):
                sequence = event.sequence
                yield event
            while True:
                while subscription.waiting and not subscription.overflowed:
                    event = subscription.waiting.popleft()
                    if event.sequence > sequence:
                        sequence = event.sequence
                        yield event
                if subscription.overflowed:
                    subscription.overflowed = False
                    async for event in self._after(plan, sequence):
                        sequence = event.sequence
                        yield event
                    continue
                subscription.news.clear()
                await subscription.news.wait()
        finally:
            self._forget(plan, subscription)

    async def _after(self, plan: int, sequence: int) -> AsyncIterator[Event]:
        """Yield what the table holds after `sequence`."""
        while True:
            found = await self._database.read(partial(event_table.after, plan=plan, sequence=sequence, limit=_BATCH))
            for event in found:
                sequence = event.sequence
                yield event
            if len(found) < _BATCH:
                return

    def _forget(self, plan: int, subscription: _Subscription) -> None:
        self._subscriptions[plan].discard(subscription)
        if not self._subscriptions[plan]:
            del self._subscriptions[plan]
