"""Shutting down in spite of being cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Final

from ci.port import HostedRunner


async def see_through(tasks: Collection[asyncio.Task[Any]], hurry: Callable[[], None]) -> None:
    """Return when all tasks are done, also when the caller is cancelled meanwhile.

    Args:
        tasks: What has to end.
        hurry: Called at each cancellation, to make them end sooner. The cancellation goes on afterwards.
    """
    cancelled = False
    while open_tasks := [task for task in tasks if not task.done()]:
        try:
            await asyncio.wait(open_tasks)
        except asyncio.CancelledError:
            cancelled = True
            hurry()
    if cancelled:
        raise asyncio.CancelledError
    for task in tasks:
        task.result()


class Leaving:
    """The way out of a runner, whatever it was reached by: its attempts may finish, unless somebody is in a hurry."""

    def __init__(self, runner: HostedRunner) -> None:
        self._runner: Final = runner
        self._draining: asyncio.Task[None] | None = None

    async def see_through(self, closing: Coroutine[Any, Any, None]) -> None:
        """Close; being cancelled cuts the drain short, and still returns only when nothing is left behind."""
        task = asyncio.create_task(closing, name=f"shutdown of {self._runner.runner_id}")
        await see_through([task], self._hurry)

    async def drain(self, grace: float) -> None:
        """Return when no attempt is live any more; they get `grace` seconds to finish."""
        self._draining = asyncio.create_task(self._runner.drain(grace))
        await asyncio.wait({self._draining})

    def _hurry(self) -> None:
        if self._draining is not None:
            self._draining.cancel()
