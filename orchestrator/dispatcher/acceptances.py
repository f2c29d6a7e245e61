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
        self._ripening: asyncio.TimerHandle | None = None
        self._recording: asyncio.Task[None] | None = None

    def add(self, execution_id: str) -> None:
        """Record, soon, that a runner has accepted this execution."""
        self._waiting[execution_id] = None
        if self._ripening is None and self._recording is None:
            self._ripening = asyncio.get_running_loop().call_later(_GATHERED_FOR, self._ripen)

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
        if self._ripening is not None:
            self._ripening.cancel()
            self._ripening = None
        if self._recording is not None:
            self._recording.cancel()
            await asyncio.wait({self._recording})
        await self._hand_on()

    def _ripen(self) -> None:
        self._ripening = None
        if self._waiting:
            self._recording = asyncio.create_task(self._record_all(), name="acceptances")

    async def _record_all(self) -> None:
        try:
            while self._waiting:
                await self._hand_on()
                await asyncio.sleep(_GATHERED_FOR)
        finally:
            self._recording = None

    async def _hand_on(self) -> None:
        accepted, self._waiting = self._waiting, {}
        if accepted:
            await self._record([*accepted])
