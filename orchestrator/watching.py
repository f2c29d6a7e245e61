"""Events on their way from commits to watchers.

Watching costs the writer nothing but an append: what was committed last is kept once for all watchers of a plan, and
each of them goes through it at its own pace. One that falls behind what is kept reads on in the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final

from orchestrator.clock import Clock, moment
from orchestrator.storage.interface import Database
from orchestrator.storage.tables import events as event_table
from turboci.errors import PositionExpired
from turboci.events import Bookmark, CheckChanged, Event, EventFilter, ProgressReported, StageChanged
from turboci.payloads import EncodedPayload

_BATCH: Final = 1_000
"""Events of a plan that are kept in memory for those who watch it, up to twice as many for a moment."""
_TEXT: Final = 16 * 1024 * 1024
"""Bytes of what attempts have reported, and of causes, in these events; the newest one is kept in any case."""
_READ: Final = 200
"""Events that a watcher reads from the table at once."""
_HELD_BACK: Final = 1_000
"""Events that a filter may hold back before the watcher is told how far its stream has come."""
_SILENCE_US: Final = 10_000_000
"""How long it may hold back a single one."""


class _Tail:
    """The newest events of a plan, for all its watchers. A place in it counts all events that it ever had."""

    def __init__(self) -> None:
        self.watchers = 0
        self.ended = False
        self._events: Final[list[Event]] = []
        self._text = 0
        self._dropped = 0
        self._waiting: Final[set[asyncio.Future[None]]] = set()

    @property
    def start(self) -> int:
        """The place of the oldest event that is kept."""
        return self._dropped

    @property
    def end(self) -> int:
        """The place behind the newest event."""
        return self._dropped + len(self._events)

    def append(self, events: Sequence[Event]) -> None:
        """Take what was committed."""
        self._events.extend(events)
        self._text += sum(map(_text_of, events))
        if len(self._events) > 2 * _BATCH:
            self._drop(len(self._events) - _BATCH)
        if self._text > _TEXT:
            self._drop(self._surplus())
        self._wake()

    def _drop(self, count: int) -> None:
        self._text -= sum(map(_text_of, self._events[:count]))
        del self._events[:count]
        self._dropped += count

    def _surplus(self) -> int:
        """Return how many of the oldest have to go, so that the text of the others fits."""
        text = self._text
        for count, event in enumerate(self._events):
            if text <= _TEXT:
                return count
            text -= _text_of(event)
        return len(self._events) - 1

    def finish(self) -> None:
        """Say that there will be no more events, nor any others."""
        self.ended = True
        self._wake()

    def __getitem__(self, place: int) -> Event:
        """Return the event at a place from `start` to `end`."""
        return self._events[place - self._dropped]

    def next_change(self) -> asyncio.Future[None]:
        """Return what is done when there is more; to be given back to `forget`."""
        change = asyncio.get_running_loop().create_future()
        self._waiting.add(change)
        return change

    def forget(self, change: asyncio.Future[None]) -> None:
        """Let go of what `next_change` returned."""
        self._waiting.discard(change)

    def _wake(self) -> None:
        for change in self._waiting:
            if not change.done():
                change.set_result(None)


def _text_of(event: Event) -> int:
    """Return about how many bytes an event takes besides its fixed fields."""
    if isinstance(event, ProgressReported):
        said = event.progress
        details = len(said.details.encoded) if isinstance(said.details, EncodedPayload) else 0
        return details + len(said.message) + len(said.log)
    return len(event.cause or "") if isinstance(event, CheckChanged | StageChanged) else 0


class _Reader:
    """One watcher on its way through the events of a plan."""

    def __init__(self, watchers: Watchers, tail: _Tail, plan: int, position: int, only: EventFilter) -> None:
        self._database: Final = watchers.database
        self._clock: Final = watchers.clock
        self._tail: Final = tail
        self._plan: Final = plan
        self._only: Final = only
        self._position = position
        self._behind = True
        self._place = 0
        self._held_back = 0
        self._bookmark_us: int | None = None

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield what passes the filter, until the plan is deleted."""
        while not self._tail.ended:
            for event in await self._next():
                if isinstance(event, ProgressReported):
                    if self._only.passes(event):
                        yield replace(event, sequence=self._position)
                    continue
                if event.sequence <= self._position:
                    continue  # was read from the table before it was published
                self._position = event.sequence
                if self._only.passes(event):
                    self._held_back, self._bookmark_us = 0, None
                    yield event
                elif self._only.bookmarks:
                    self._hold_back()
                    if self._held_back >= _HELD_BACK:
                        yield self._bookmark()
            if self._bookmark_us is not None and self._bookmark_us <= self._clock.now_us():
                yield self._bookmark()

    async def _next(self) -> Iterable[Event]:
        """Return some events; none when a bookmark is due, or the plan is deleted."""
        while True:
            if self._behind:
                return await self._read()
            if self._place < self._tail.start:
                self._behind = True
            elif self._place < self._tail.end:
                return self._kept()
            elif not await self._news() or self._tail.ended:
                return ()

    def _kept(self) -> Iterator[Event]:
        """Yield what is kept in memory, one by one: a watcher that does not read on holds a single event."""
        while self._tail.start <= self._place < self._tail.end:
            event = self._tail[self._place]
            self._place += 1
            yield event

    async def _read(self) -> Sequence[Event]:
        """Return what the table holds next.

        Raises:
            PositionExpired: It does not hold that any more.
        """
        # What is committed while we read is kept for us; some of it comes twice then.
        self._place, self._behind = self._tail.end, False
        query = partial(event_table.after, plan=self._plan, sequence=self._position, limit=_READ)
        found = await self._database.read(query)
        if found and found[0].sequence != self._position + 1:
            raise PositionExpired(
                "the stream",
                f"has come to event {self._position}, but the next one that is kept is {found[0].sequence}",
                hint="query the nodes, and watch after the sequence of the answer",
            )
        self._behind = len(found) == _READ
        return found

    async def _news(self) -> bool:
        """Return True when there is something new, or False when a bookmark is due before."""
        change = self._tail.next_change()
        try:
            if self._bookmark_us is None:
                await change
                return True
            silence = asyncio.ensure_future(self._clock.sleep_until(self._bookmark_us))
            try:
                await asyncio.wait({change, silence}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                silence.cancel()
            return change.done()
        finally:
            self._tail.forget(change)

    def _hold_back(self) -> None:
        self._held_back += 1
        if self._bookmark_us is None:
            self._bookmark_us = self._clock.now_us() + _SILENCE_US

    def _bookmark(self) -> Bookmark:
        self._held_back, self._bookmark_us = 0, None
        return Bookmark(sequence=self._position, at=moment(self._clock.now_us()))


class Watchers:
    """Hands committed events to the watchers of their plans, in order and without gaps."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database: Final = database
        self.clock: Final = clock
        self._tails: Final[dict[int, _Tail]] = {}

    def publish(self, plan: int, events: Sequence[Event]) -> None:
        """Hand events of a plan to its watchers; called in commit order."""
        tail = self._tails.get(plan)
        if tail is not None:
            tail.append(events)

    def end(self, plan: int) -> None:
        """End the streams of a plan that is deleted."""
        tail = self._tails.get(plan)
        if tail is not None:
            tail.finish()

    async def follow(self, plan: int, position: int, only: EventFilter) -> AsyncGenerator[Event, None]:
        """Yield the events of a plan that come after `position` and pass a filter, until the plan is deleted.

        Raises:
            PositionExpired: What follows `position` is not kept any more.
        """
        tail = self._tails.setdefault(plan, _Tail())
        tail.watchers += 1
        try:
            async with aclosing(_Reader(self, tail, plan, position, only).events()) as events:
                async for event in events:
                    yield event
        finally:
            tail.watchers -= 1
            if not tail.watchers:
                self._tails.pop(plan, None)
