"""DBOS: a workflow whose steps run in its own process, each recorded in SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import AbstractAsyncContextManager, closing, nullcontext
from pathlib import Path

from dbos import DBOS, DBOSConfig

from benchmarks.peers.layers import Layers
from benchmarks.peers.timing import asked, tell


def config(folder: Path) -> DBOSConfig:
    """Return settings with the file in a folder; the file is in WAL mode, in which DBOS is faster."""
    path = folder / "dbos.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    return {"name": "benchmark", "system_database_url": f"sqlite:///{path}", "log_level": "CRITICAL"}


@DBOS.step()
def step(work: float) -> None:
    """Do the work of a step."""
    if work:
        time.sleep(work)


@DBOS.workflow()
def one_by_one(plan: Layers) -> None:
    """Run one step after the other, which is the fastest if they do nothing."""
    for width in plan.widths:
        for _ in range(width):
            step(plan.work)


@DBOS.step()
async def step_async(work: float) -> None:
    """Do the work of a step."""
    if work:
        await asyncio.sleep(work)


async def _in(slot: AbstractAsyncContextManager[None], work: float) -> None:
    async with slot:
        await step_async(work)


@DBOS.workflow()
async def together(plan: Layers) -> None:
    """Run the steps of a layer at the same time."""
    slot = asyncio.Semaphore(plan.slots) if plan.slots else nullcontext()
    for width in plan.widths:
        await asyncio.gather(*(_in(slot, plan.work) for _ in range(width)))


if __name__ == "__main__":
    request = asked()
    DBOS(config=config(request.folder))
    DBOS.launch()
    with asyncio.Runner() as runner:
        tell(request, "dbos", [one_by_one, lambda plan: runner.run(together(plan))])
    DBOS.destroy()
