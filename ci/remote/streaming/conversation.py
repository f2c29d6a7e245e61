"""One stream of a runner, from its hello to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import grpc
from grpc import aio

from ci.remote.streaming.outgoing import Outgoing
from ci.remote.streaming.work import Work
from turboci.errors import CIError, OrchestratorUnavailable
from turboci.frames import OrchestratorFrame, RunnerHello
from turboci.wire.frames import orchestrator_frame
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.paths import parse


class StreamUnknown(Exception):
    """The orchestrator offers no streams to runners."""


class Conversation:
    """Speaks and listens side by side until one of them ends.

    Attributes:
        was_open: Whether the orchestrator has answered.
    """

    def __init__(
        self,
        call: aio.StreamStreamCall[bytes, bytes],
        work: Work,
        outgoing: Outgoing,
        explain: Callable[[aio.AioRpcError], CIError],
        *,
        ttl: float,
    ) -> None:
        self.was_open: bool = False
        self._call: Final = call
        self._work: Final = work
        self._outgoing: Final = outgoing
        self._explain: Final = explain
        self._ttl: Final = ttl
        self._loop: Final = asyncio.get_running_loop()
        self._heard_at = 0.0
        self._silence: asyncio.TimerHandle | None = None
        self._write_failed = False

    async def run(self, hello: RunnerHello, registered: asyncio.Future[None]) -> None:
        """Talk until everything is said.

        Args:
            hello: Who we are.
            registered: Is done once the orchestrator has answered.

        Raises:
            OrchestratorUnavailable: The stream broke, or the orchestrator has ended it.
            StreamUnknown: The orchestrator knows no such call.
            CIError: It refused the runner.
        """
        self._outgoing.begin(hello)
        speaking = asyncio.create_task(self._speak(), name="runner stream, out")
        listening = asyncio.create_task(self._listen(registered), name="runner stream, in")
        beating = asyncio.create_task(self._beat(), name="runner stream, lease")
        try:
            self._heard_at = self._loop.time()
            self._silence = self._loop.call_later(self._ttl, self._look_for_signs)
            await asyncio.wait({speaking, listening}, return_when=asyncio.FIRST_EXCEPTION)
            # The listener knows better why: a stream that was refused cannot be written to, either.
            if speaking.done() and speaking.exception() is not None:
                await asyncio.wait({listening}, timeout=1.0)
            if listening.done():
                listening.result()
            speaking.result()
        finally:
            if self._silence is not None:
                self._silence.cancel()
            self._call.cancel()
            await _ended(speaking, listening, beating)

    async def _speak(self) -> None:
        while (frame := await self._outgoing.take()) is not None:
            try:
                await self._call.write(frame)
            except (aio.AioRpcError, asyncio.InvalidStateError):
                self._write_failed = True
                raise _broken("does not take what the runner says") from None
        await self._call.done_writing()

    async def _listen(self, registered: asyncio.Future[None]) -> None:
        while (frame := await self._next_frame()) is not None:
            self._heard_at = self._loop.time()
            self._outgoing.acknowledged(frame.acknowledged)
            self._outgoing.refused(frame.refused)
            self._work.stop(frame.cancellations)
            self._work.begin(frame.executions)
            self.was_open = True
            if not registered.done():
                registered.set_result(None)

    async def _next_frame(self) -> OrchestratorFrame | None:
        """Return what the orchestrator says; None when it has closed the stream after us."""
        try:
            data: object = await self._call.read()
        except aio.AioRpcError as error:
            raise self._reason(error) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise _broken("is silent") from None
        if isinstance(data, bytes):
            return orchestrator_frame(parse(ORCHESTRATOR.connect_stage_runner.response, data))
        return None

    def _reason(self, error: aio.AioRpcError) -> Exception:
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return StreamUnknown(error.details())
        if error.code() is grpc.StatusCode.INTERNAL and self._write_failed:
            # A write that fails while the status is under way leaves gRPC's own in its place.
            return _broken("has ended the stream")
        return self._explain(error)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._ttl / 3)
            self._outgoing.beat()

    def _look_for_signs(self) -> None:
        """Give the stream up if nothing came for as long as the lease lives; our signs of life are answered."""
        left = self._heard_at + self._ttl - self._loop.time()
        if left <= 0:
            self._call.cancel()
        else:
            self._silence = self._loop.call_later(left, self._look_for_signs)


def _broken(problem: str) -> CIError:
    return OrchestratorUnavailable("the orchestrator", problem, hint="the stream is opened again")


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
