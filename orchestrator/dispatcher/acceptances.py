"""Acceptances of leased attempts on their way into the database, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_GATHERED_FOR: Final = 0.005
"""Seconds. A short attempt completes before that, and its acceptance never needs a commit of its own: on a chain the
completion would wait for that commit. A crash in between costs an uncharged attempt, as it does before acceptance."""


class Acceptances:
    """Gathers execution ids for a moment, and hands them on together."""

    def __init__(self, record: Callable[[list[str]], Awaitable[None]]) -> None:
        self._record: Final = record
        self._waiting: dict[str, None] = {}
        self._recording: asyncio.Task[None] | None = None

    def add(self, execution_id: str) -> None:
        """Record, soon, that a runner has accepted this execution."""
        self._waiting[execution_id] = None
        if self._recording is None:
            self._recording = asyncio.create_task(self._gather(), name="acceptances")

    def forget(self, execution_id: str) -> bool:
        """Leave out an execution that is reported on: that it was accepted goes without saying.

        Returns:
            Whether it was waiting.
        """
        waited = execution_id in self._waiting
        self._waiting.pop(execution_id, None)
        return waited

    async def stop(self) -> None:
        """Record what is waiting, at once."""
        if self._recording is not None:
            self._recording.cancel()
            await asyncio.wait({self._recording})
        await self._hand_on()

    async def _gather(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(_GATHERED_FOR)
                await self._hand_on()
        finally:
            self._recording = None

    async def _hand_on(self) -> None:
        accepted, self._waiting = self._waiting, {}
        if accepted:
            await self._record([*accepted])
