"""The log of a stage, as one reader gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Final, Self

from orchestrator.engine import Engine
from orchestrator.service import logs
from orchestrator.service.logs import LogPosition, WantedLog
from orchestrator.service.positions import position
from turboci.events import Event, EventFilter
from turboci.logs import LogPiece


class LogStream:
    """Yields pieces of a log in order, until it is closed or nothing follows."""

    def __init__(self, engine: Engine, wanted: WantedLog, start: int) -> None:
        self._engine: Final = engine
        self._wanted: Final = wanted
        self._start: Final = LogPosition(wanted.attempt, start)
        self._pieces: Final = self._followed() if wanted.follow else self._kept()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LogPiece:
        """Return the next piece.

        Raises:
            StopAsyncIteration: Nothing follows, or the stream is closed.
            NotFound: There is no such plan, stage or attempt, or it was deleted.
        """
        return await anext(self._pieces)

    async def aclose(self) -> None:
        """End the stream."""
        await self._pieces.aclose()

    async def _kept(self) -> AsyncGenerator[LogPiece, None]:
        """Yield what is there now."""
        await self._require()
        here = self._start
        while True:
            page = await self._page(here)
            for piece in page.pieces:
                yield piece
            if page.ended:
                return
            here = page.next

    async def _followed(self) -> AsyncGenerator[LogPiece, None]:
        """Yield what is there, and what comes, until the stage has ended; every event is a reason to look."""
        await self._require()
        present = await self._engine.read(
            partial(position, work_plan_id=self._wanted.work_plan_id, after_sequence=None)
        )
        only = EventFilter(checks=False, stage_ids=frozenset({self._wanted.stage_id}), progress=True)
        async with aclosing(_News(self._engine.watchers.follow(present.plan, present.sequence, only))) as news:
            await news.begin()
            here = self._start
            while True:
                page = await self._page(here)
                for piece in page.pieces:
                    yield piece
                if page.ended or (page.next == here and not await news.wait()):
                    return
                here = page.next

    async def _require(self) -> None:
        await self._engine.read(partial(logs.require_log, wanted=self._wanted))

    async def _page(self, here: LogPosition) -> logs.LogPage:
        return await self._engine.read(partial(logs.page, wanted=self._wanted, position=here))


class _News:
    """Says when it is worth looking again."""

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._events: Final = events
        self._next: asyncio.Future[Event | None] = asyncio.ensure_future(anext(events, None))

    async def begin(self) -> None:
        """Listen from now on; whatever comes later is not missed."""
        await asyncio.sleep(0)

    async def wait(self) -> bool:
        """Return when something has happened since the last time; False if nothing will any more."""
        event = await asyncio.shield(self._next)
        if event is not None:
            self._next = asyncio.ensure_future(anext(self._events, None))
        return event is not None

    async def aclose(self) -> None:
        """Stop listening."""
        self._next.cancel()
        await asyncio.wait({self._next})
        await self._events.aclose()
