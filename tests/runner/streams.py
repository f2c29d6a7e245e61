"""An orchestrator that offers streams to runners: it records what they say, and says what the test makes it say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import grpc

from tests.runner.fakes import an_execution
from tests.runner.server import Context, SmallOrchestrator, fail
from turboci.errors import ServiceError
from turboci.frames import OrchestratorFrame, RunnerFrame
from turboci.runners import Lease
from turboci.states import ExecutionMode
from turboci.v1 import service_pb2
from turboci.wire.frames import orchestrator_frame_message, runner_frame


class StreamingOrchestrator(SmallOrchestrator):
    """Takes one stream at a time.

    Attributes:
        frames: What runners said, in order, whichever the stream.
        acknowledging: Whether reports are acknowledged as they come.
        silent: Whether nothing is said at all.
        refusal: What new streams are refused with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[RunnerFrame] = []
        self.acknowledging = True
        self.silent = False
        self.refusal: ServiceError | None = None
        self._outgoing: asyncio.Queue[OrchestratorFrame | None] = asyncio.Queue()
        self._heard = asyncio.Event()
        self._numbers = count(1)

    async def ConnectStageRunner(  # noqa: N802 - as gRPC spells it
        self, requests: AsyncIterator[service_pb2.RunnerFrame], context: Context
    ) -> AsyncIterator[service_pb2.OrchestratorFrame]:
        if self.refusal is not None:
            await anext(aiter(requests))
            await fail(context, self.refusal)
        self._outgoing = asyncio.Queue()
        if not self.silent:
            self._outgoing.put_nowait(OrchestratorFrame(lease=_LEASE))
        reading = asyncio.create_task(self._read(requests, self._outgoing))
        try:
            while (frame := await self._outgoing.get()) is not None:
                yield orchestrator_frame_message(frame)
            if not reading.done():
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the stream breaks")
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _read(
        self, requests: AsyncIterator[service_pb2.RunnerFrame], outgoing: asyncio.Queue[OrchestratorFrame | None]
    ) -> None:
        async for message in requests:
            frame = runner_frame(message)
            self.frames.append(frame)
            self._heard.set()
            if frame.reports and self.acknowledging:
                tickets = tuple(report.ticket for report in frame.reports)
                outgoing.put_nowait(OrchestratorFrame(acknowledged=tickets))
        outgoing.put_nowait(None)

    def say(self, frame: OrchestratorFrame) -> None:
        """Send a frame over the stream that is open."""
        self._outgoing.put_nowait(frame)

    def break_off(self) -> None:
        """End the stream that is open with an error."""
        self._outgoing.put_nowait(None)

    def offer(self, stage_id: str = "s", mode: ExecutionMode = ExecutionMode.SYNC) -> str:
        """Send an attempt; return its execution id."""
        execution_id = f"e{next(self._numbers)}"
        execution = an_execution(execution_id=execution_id, stage_id=stage_id, mode=mode)
        self.say(OrchestratorFrame(executions=(execution,)))
        return execution_id

    async def heard(self, count: int = 1) -> list[RunnerFrame]:
        """Return all frames, once there are so many."""
        while len(self.frames) < count:
            self._heard.clear()
            await self._heard.wait()
        return self.frames

    async def hellos(self, count: int) -> list[RunnerFrame]:
        """Return the frames that began a stream, once there are so many."""
        while len(found := [frame for frame in self.frames if frame.hello is not None]) < count:
            self._heard.clear()
            await self._heard.wait()
        return found

    async def reported(self, count: int = 1) -> list[tuple[int, str]]:
        """Return ticket and execution of the reports, once there are so many."""
        while len(found := self._reports()) < count:
            self._heard.clear()
            await self._heard.wait()
        return found

    async def returned(self) -> tuple[str, str, bool]:
        """Return execution, reason and whether it was begun, of the first execution that was given back."""
        while not (found := [entry for frame in self.frames for entry in frame.returned]):
            self._heard.clear()
            await self._heard.wait()
        return found[0].execution_id, found[0].reason, found[0].begun

    async def accepted(self) -> str:
        """Return the first execution that was accepted."""
        while not (found := [execution_id for frame in self.frames for execution_id in frame.accepted]):
            self._heard.clear()
            await self._heard.wait()
        return found[0]

    def _reports(self) -> list[tuple[int, str]]:
        return [(report.ticket, report.execution_id) for frame in self.frames for report in frame.reports]


_LEASE = Lease(registration_id="r", expires_at=datetime(2040, 1, 1, tzinfo=UTC))
