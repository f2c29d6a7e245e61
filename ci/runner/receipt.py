"""Receipts: progress that was sent, and the way to learn that it arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any

from ci.identity import Unique


class Receipt(Unique):
    """Progress that is under way; await it to know that it arrived, or drop it.

    Example:
        await stage.progress(50, "compiling")   # returns when the orchestrator has it
        stage.progress(60, "linking")           # goes out all the same
    """

    __slots__ = ("__weakref__", "_arrival")

    def __init__(self) -> None:
        # Not an asyncio future: it settles across threads, and nobody complains when its error is never looked at.
        self._arrival: Future[None] = Future()

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the orchestrator has the progress.

        Raises:
            StaleAttempt: The attempt has ended.
            ExecutionNotFound: The orchestrator does not know the attempt.
            OrchestratorUnavailable: It could not be reached.
        """
        return self._arrived().__await__()

    @property
    def settled(self) -> bool:
        """Whether it has arrived, or failed to."""
        return self._arrival.done()

    def settle(self, error: BaseException | None = None) -> None:
        """Say how it went; the first word counts."""
        if self._arrival.done():
            return
        if error is None:
            self._arrival.set_result(None)
        else:
            self._arrival.set_exception(error)

    async def _arrived(self) -> None:
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()

        def wake(_: Future[None]) -> None:
            # The waiter may be gone, and its loop with it; then there is nobody to wake.
            if not loop.is_closed():
                loop.call_soon_threadsafe(arrived.set)

        self._arrival.add_done_callback(wake)
        await arrived.wait()
        self._arrival.result()
