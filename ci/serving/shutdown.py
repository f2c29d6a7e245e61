"""Shutting down in spite of being cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any


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
