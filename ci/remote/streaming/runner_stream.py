"""A runner that works over a stream: opens it, keeps it open, leaves in order."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from grpc import aio

from ci.port import HostedRunner, Orchestrator
from ci.remote.streaming.conversation import Conversation, StreamUnknown
from ci.remote.streaming.outgoing import Outgoing
from ci.remote.streaming.work import Carriers, Work
from ci.serving.lease import TTL
from ci.serving.server import GRACE, LEAVE_SECONDS
from ci.serving.shutdown import Leaving
from turboci.errors import CIError, OrchestratorUnavailable
from turboci.frames import RunnerHello
from turboci.ids import new_id
from turboci.runners import RunnerRegistration

FIRST_WAIT: Final = 0.05
LONGEST_WAIT: Final = 1.0

OpenCall: TypeAlias = Callable[[], aio.StreamStreamCall[bytes, bytes]]

_log = logging.getLogger(__name__)


class RunnerStream:
    """Opens a stream, works, and opens another one whenever it breaks.

    What the runner has accepted goes on meanwhile, and what it has to say waits.
    """

    def __init__(
        self,
        runner: HostedRunner,
        port: Orchestrator,
        open_call: OpenCall,
        carriers: Carriers,
        explain: Callable[[aio.AioRpcError], CIError],
        *,
        ttl: int = TTL,
    ) -> None:
        """Prepare; needs a running event loop.

        Args:
            runner: Who does the work.
            port: What it asks and reports to.
            open_call: Opens the stream.
            carriers: Is told through whom reports on an execution go.
            explain: Turns the end of the call into an error.
            ttl: Seconds that the registration lives without a sign of life.
        """
        self._runner: Final = runner
        self._open_call: Final = open_call
        self._explain: Final = explain
        self._outgoing: Final = Outgoing()
        self._work: Final = Work(runner, port, self._outgoing, carriers)
        self._registration: Final = RunnerRegistration(
            runner_id=runner.runner_id,
            runner_type=runner.runner_type,
            address="",
            supported_modes=runner.supported_modes,
            max_concurrent=runner.max_concurrent,
            ttl=ttl,
            process_uid=new_id(),
        )
        self._keeping: asyncio.Task[None] | None = None
        self._way_out: Final = Leaving(runner)
        self._conversation: Conversation | None = None
        self._leaving = False

    async def start(self) -> None:
        """Open the stream; return once the runner is registered.

        Raises:
            StreamUnknown: The orchestrator offers no streams to runners.
            InvalidArgument: The orchestrator refuses the runner.
            OrchestratorUnavailable: It cannot be reached.
        """
        registered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeping = asyncio.create_task(self._keep(registered), name=f"stream of {self._runner.runner_id}")
        try:
            await registered
        except BaseException:
            await _ended(self._keeping)
            raise

    async def stop(self, grace: float = GRACE) -> None:
        """Take nothing new, let live attempts finish for `grace` seconds, and leave.

        Being cancelled cuts the grace short; it still returns only when nothing is left behind.
        """
        await self._way_out.see_through(self._close(grace))

    async def _close(self, grace: float) -> None:
        self._leaving = True
        self._work.refuse()
        self._outgoing.drain()
        await self._way_out.drain(grace)
        self._work.abandon("its runner was shut down")
        self._outgoing.finish()
        if self._keeping is not None:
            await asyncio.wait({self._keeping}, timeout=LEAVE_SECONDS)
            await _ended(self._keeping)
        self._outgoing.give_up()
        await self._work.close()

    async def _keep(self, registered: asyncio.Future[None]) -> None:
        wait = FIRST_WAIT
        while True:
            conversation = Conversation(
                self._open_call(), self._work, self._outgoing, self._explain, ttl=self._registration.ttl
            )
            try:
                await conversation.run(self._hello(), registered)
                return
            except (CIError, StreamUnknown) as error:
                if not registered.done():
                    registered.set_exception(error)
                    return
                if self._leaving and not self._work.held:
                    return
                self._complain(error)
            wait = FIRST_WAIT if conversation.was_open else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))

    def _hello(self) -> RunnerHello:
        if self._leaving:
            self._outgoing.drain()
        return RunnerHello(registration=self._registration, held=self._work.held)

    def _complain(self, error: Exception) -> None:
        level = logging.INFO if isinstance(error, OrchestratorUnavailable) else logging.ERROR
        _log.log(level, "the stream of runner %r broke: %s", self._runner.runner_id, error)


async def _ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})
