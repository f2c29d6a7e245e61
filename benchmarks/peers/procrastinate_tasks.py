"""Procrastinate: jobs on a queue in PostgreSQL, taken by ten workers of this process."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from procrastinate import App, PsycopgConnector

from benchmarks.peers.layers import Layers
from benchmarks.peers.postgres import database
from benchmarks.peers.timing import asked, tell

POLL = 0.005
"""Seconds between two looks at the queue, in case that a notification comes too early; by default it is five."""


class Queue:
    """A queue, its workers, and a task to send to it."""

    def __init__(self, conninfo: str) -> None:
        """Make a queue in a database."""
        self._app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=12, max_size=12))
        self._task = self._app.task(self._step, name="step")
        self._ended = asyncio.Semaphore(0)
        self._workers: asyncio.Task[None] | None = None

    async def _step(self, work: float) -> None:
        if work:
            await asyncio.sleep(work)
        self._ended.release()

    async def open(self) -> None:
        """Connect, make the tables, and start the workers."""
        await self._app.open_async()
        await self._app.schema_manager.apply_schema_async()
        self._workers = asyncio.create_task(
            self._app.run_worker_async(concurrency=10, fetch_job_polling_interval=POLL, install_signal_handlers=False)
        )

    async def run(self, plan: Layers) -> None:
        """Send one layer after the other."""
        for width in plan.widths:
            await self._task.batch_defer_async(*({"work": plan.work} for _ in range(width)))
            for _ in range(width):
                await self._ended.acquire()

    async def close(self) -> None:
        """Stop the workers."""
        if self._workers is not None:
            self._workers.cancel()
            with suppress(asyncio.CancelledError):
                await self._workers
        await self._app.close_async()


if __name__ == "__main__":
    request = asked()
    logging.disable(logging.CRITICAL)
    with database(request.folder) as conninfo, asyncio.Runner() as runner:
        queue = Queue(conninfo)
        runner.run(queue.open())
        tell(request, "procrastinate", [lambda plan: runner.run(queue.run(plan))])
        runner.run(queue.close())
