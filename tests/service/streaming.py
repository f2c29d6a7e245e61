"""A runner at the other end of a stream, which keeps what it was told and says what the test makes it say."""

from __future__ import annotations

import asyncio
from itertools import count

from orchestrator.runner_session import RunnerSession
from tests.service.rig import Rig
from tests.service.writing import runner
from turboci.errors import CIError, OrchestratorUnavailable
from turboci.executions import Answer, CheckUpdate, Execution
from turboci.frames import OrchestratorFrame, Report, Returned, RunnerFrame, RunnerHello
from turboci.nodes import ProgressEntry
from turboci.states import CheckState


class StreamedRunner:
    """One process of a runner; it may connect again and again.

    Attributes:
        frames: What it was sent, in order.
        executions: The attempts among that.
        cancelled: The executions that it was asked to stop.
        acknowledged: Tickets of reports that are durable.
        refused: The errors of reports that have no effect, by ticket.
    """

    def __init__(self, rig: Rig, runner_id: str = "r1", *, process: str = "p1", **fields: object) -> None:
        self.frames: list[OrchestratorFrame] = []
        self.executions: list[Execution] = []
        self.cancelled: list[str] = []
        self.acknowledged: list[int] = []
        self.refused: dict[int, CIError] = {}
        self._rig = rig
        self._registration = runner(runner_id, process_uid=process, **fields)
        self._tickets = count(1)
        self._session: RunnerSession | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def names(self) -> list[str]:
        """Every attempt that it was sent, as ``stage:attempt``."""
        return [f"{execution.stage_id}:{execution.attempt_idx}" for execution in self.executions]

    @property
    def newest(self) -> str:
        """The id of the execution that came last."""
        return self.executions[-1].execution_id

    async def connect(self, *held: str, draining: bool = False) -> None:
        """Open a stream."""
        hello = RunnerHello(registration=self._registration, held=held)
        self._session = await self._rig.server.connect_runner(hello, draining=draining)
        self._reading = asyncio.create_task(self._read(self._session))
        await self._rig.settle()

    async def break_off(self) -> None:
        """Lose the stream."""
        session = self.session
        await self._stop_reading()
        await session.close()
        await self._rig.settle()

    @property
    def former(self) -> RunnerSession | None:
        """The stream that was opened last, whatever became of it."""
        return self._session

    async def drop(self, session: RunnerSession) -> None:
        """Let the server notice that an earlier stream is gone."""
        await session.close()
        await self._rig.settle()

    async def leave(self) -> None:
        """Close the stream in order."""
        self.session.finish()
        assert self._reading is not None
        await self._reading
        await self.session.close()
        await self._rig.settle()

    @property
    def session(self) -> RunnerSession:
        """The open stream."""
        assert self._session is not None
        return self._session

    async def say(self, frame: RunnerFrame) -> None:
        """Send a frame, and let everything happen that follows."""
        await self.session.take(frame)
        await self._rig.settle()

    async def accept(self, *execution_ids: str) -> None:
        """Say that it works on executions; on the newest one by default."""
        await self.say(RunnerFrame(accepted=execution_ids or (self.newest,)))

    async def refuse(self, *, begun: bool = False) -> None:
        """Give the newest execution back."""
        await self.say(RunnerFrame(returned=(Returned(execution_id=self.newest, reason="full", begun=begun),)))

    async def report(self, *contents: Answer | ProgressEntry, of: str = "", ticket: int = 0) -> None:
        """Report on the newest execution, or the one with the id `of`, in one frame."""
        reports = tuple(
            Report(ticket=ticket or next(self._tickets), execution_id=of or self.newest, content=content)
            for content in contents
        )
        await self.say(RunnerFrame(reports=reports))

    async def close(self) -> None:
        """End the stream, whatever its state."""
        await self._stop_reading()

    async def read_on(self) -> None:
        """Begin to read again."""
        self._reading = asyncio.create_task(self._read(self.session))
        await self._rig.settle()

    async def _read(self, session: RunnerSession) -> None:
        while (frame := await _next_frame(session)) is not None:
            self.frames.append(frame)
            self.executions += frame.executions
            self.cancelled += [entry.execution_id for entry in frame.cancellations]
            self.acknowledged += frame.acknowledged
            self.refused |= {entry.ticket: entry.error for entry in frame.refused}

    async def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})


async def _next_frame(session: RunnerSession) -> OrchestratorFrame | None:
    try:
        return await session.next_frame()
    except OrchestratorUnavailable:
        return None  # another stream has taken its place


def green(*check_ids: str) -> Answer:
    """Return an answer that ends checks well."""
    updates = tuple(CheckUpdate(check_id=id, state=CheckState.FINAL) for id in check_ids)
    return Answer(check_updates=updates)
