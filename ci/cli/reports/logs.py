"""The output of the attempts of a plan, as reports quote it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

from ci.cli.reports.history import Tenure
from ci.cli.view.wording import harmless_lines
from ci.port import Orchestrator
from turboci.errors import NotFound

_MOST_ATTEMPTS: Final = 2_000
"""Attempts whose logs are read: the last ones, as those are what people look for."""
_MOST_CHARACTERS: Final = 1 << 18
"""How much of the end of each log is kept."""
_AT_ONCE: Final = 8


async def read_logs(
    port: Orchestrator, work_plan_id: str, tenures: Sequence[Tenure]
) -> dict[tuple[str, int], tuple[str, ...]]:
    """Return the lines that attempts printed, harmless, by stage and attempt; those that printed nothing are left out.

    Args:
        port: Where the plan is.
        work_plan_id: The plan.
        tenures: The attempts that a runner had.
    """
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    free = asyncio.Semaphore(_AT_ONCE)

    async def read(stage_id: str, attempt: int) -> None:
        async with free:
            text = await _end_of(port, work_plan_id, stage_id, attempt)
        if text.strip():
            found[stage_id, attempt] = tuple(harmless_lines(text.strip("\n")))

    async with asyncio.TaskGroup() as tasks:
        for tenure in tenures[-_MOST_ATTEMPTS:]:
            tasks.create_task(read(tenure.stage_id, tenure.attempt.idx))
    return found


async def _end_of(port: Orchestrator, work_plan_id: str, stage_id: str, attempt: int) -> str:
    text = ""
    try:
        async with aclosing(port.read_log(work_plan_id, stage_id, attempt=attempt)) as log:
            async for piece in log:
                text = (text + piece.text)[-_MOST_CHARACTERS:]
    except NotFound:  # deleted meanwhile
        return ""
    return text
