"""A handler that a test steers."""

from __future__ import annotations

import asyncio

from ci.runner import Runner, StageContext


class Work:
    """A handler that begins, waits to be released, and notes how it ended."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.release = asyncio.Event()
        self._noted = asyncio.Event()

    async def __call__(self, stage: StageContext) -> dict[str, object]:
        self._note(f"begun {stage.stage_id}")
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self._note(f"cancelled {stage.stage_id} {stage.cancelled.is_set()}")
            raise
        self._note(f"done {stage.stage_id}")
        return {}

    def _note(self, note: str) -> None:
        self.notes.append(note)
        self._noted.set()

    async def until(self, note: str) -> None:
        while note not in self.notes:
            self._noted.clear()
            await self._noted.wait()


def a_runner(work: Work, *, max_concurrent: int = 0) -> Runner:
    runner = Runner("builder", max_concurrent=max_concurrent, runner_id="builder-1")
    runner.handler(work)
    return runner
