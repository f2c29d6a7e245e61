"""A database that tells when it is asked something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from ci.testing.activity import Activity
from orchestrator.storage.interface import Connection, Database, Session

T = TypeVar("T")


class CountedDatabase:
    """Hands everything on to a real database, and counts what is under way there.

    Implements `orchestrator.storage.interface.Database`.
    """

    def __init__(self, database: Database, activity: Activity) -> None:
        self._real: Final = database
        self._activity: Final = activity

    async def write(self, operation: Callable[[Session], T], /) -> T:
        """Run an operation, as `Database.write` says."""
        return await self._counted(self._real.write(operation))

    async def read(self, query: Callable[[Connection], T], /) -> T:
        """Run a query, as `Database.read` says."""
        return await self._counted(self._real.read(query))

    async def _counted(self, work: Coroutine[Any, Any, T]) -> T:
        self._activity.begin()
        # A caller that is cancelled does not stop the work.
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._activity.end()
        if not task.cancelled():
            task.exception()  # whoever waits for it gets it too
