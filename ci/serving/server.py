"""A runner of this process as a gRPC server of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from typing import Final, Protocol

from grpc import aio

from ci.port import HostedRunner, Orchestrator
from ci.serving.lease import TTL, LeaseKeeper
from ci.serving.servicer import StageRunnerServicer
from ci.serving.shutdown import Leaving, see_through
from turboci.addresses import Address
from turboci.errors import InvalidState
from turboci.ids import new_id
from turboci.runners import RunnerRegistration

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
GRACE: Final = 30.0
"""Seconds that live attempts get to finish when the runner is shut down."""
LEAVE_SECONDS: Final = 2.0
"""How much longer than the drain it may take to tell the orchestrator that we leave."""
ANSWER_SECONDS: Final = 2.0

_OPTIONS: Final = (
    # Two servers at one port would share its connections without a word.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # An answer that is too large is for the orchestrator to refuse; here it would look like a lost attempt.
    ("grpc.max_send_message_length", -1),
    # The orchestrator may ping an idle connection.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


class RunnerServer:
    """Listens, registers, serves; and on the way out unregisters, drains, closes."""

    def __init__(self, runner: HostedRunner, port: Orchestrator, listen: Address, *, ttl: int = TTL) -> None:
        """Prepare; needs a running event loop.

        Args:
            runner: Who does the work.
            port: The orchestrator to register with, where progress and completions go.
            listen: Where to listen; port 0 lets the system choose. It is registered as it stands, and a host that means
                all interfaces is left for the orchestrator to fill in.
            ttl: Seconds that the registration lives without renewal.
        """
        self._runner = runner
        self._port = port
        self._listen = listen
        self._ttl = ttl
        self._servicer = StageRunnerServicer(runner, port)
        self._server = aio.server(options=_OPTIONS)
        self._server.add_generic_rpc_handlers((self._servicer.handlers(),))
        self._lease: LeaseKeeper | None = None
        self._leaving = Leaving(runner)

    async def start(self) -> None:
        """Listen and register.

        Raises:
            InvalidState: The address is taken or not ours.
            InvalidArgument: The orchestrator refuses the runner.
            OrchestratorUnavailable: It cannot be reached.
        """
        bound = self._bind()
        await self._server.start()
        registered = Address("" if self._listen.is_everywhere else self._listen.host, bound)
        self._lease = LeaseKeeper(
            self._port,
            RunnerRegistration(
                runner_id=self._runner.runner_id,
                runner_type=self._runner.runner_type,
                address=str(registered),
                supported_modes=self._runner.supported_modes,
                max_concurrent=self._runner.max_concurrent,
                ttl=self._ttl,
                process_uid=new_id(),
            ),
        )
        try:
            await self._lease.start()
        except BaseException:
            await self._server.stop(None)
            raise

    async def stop(self, grace: float = GRACE) -> None:
        """Unregister, let live attempts finish for `grace` seconds, and close.

        Being cancelled cuts the grace short; it still returns only when nothing is left behind.
        """
        await self._leaving.see_through(self._close(grace))

    async def _close(self, grace: float) -> None:
        self._servicer.close()
        # Unregistering comes first, so that nothing more is sent; what was sent may finish under the old lease.
        leaving = asyncio.create_task(self._lease.stop() if self._lease is not None else asyncio.sleep(0))
        await self._leaving.drain(grace)
        await asyncio.wait({leaving}, timeout=LEAVE_SECONDS)
        leaving.cancel()
        await asyncio.wait({leaving})
        # The last answers are still on their way.
        await self._server.stop(ANSWER_SECONDS)

    def _bind(self) -> int:
        host = "::" if self._listen.is_everywhere else self._listen.host
        try:
            return self._server.add_insecure_port(str(Address(host, self._listen.port)))
        except RuntimeError as error:
            problem = _why_not(host, self._listen.port) or str(error)
        raise InvalidState(
            f"runner {self._runner.runner_id!r}", f"cannot listen on {self._listen} ({problem})",
            hint="choose another address, or port 0 for any free one", field="listen",
        )  # fmt: skip


class Serving(Protocol):
    """A runner of this process at work."""

    async def stop(self, grace: float = GRACE) -> None:
        """Take nothing new, let live attempts finish for `grace` seconds, and leave."""
        ...


async def stop_all(servers: Collection[Serving], grace: float = GRACE) -> None:
    """Stop servers side by side; being cancelled cuts the grace short."""
    stopping = [asyncio.create_task(server.stop(grace)) for server in servers]

    def hurry() -> None:
        for task in stopping:
            task.cancel()

    await see_through(stopping, hurry)


def _why_not(host: str, port: int) -> str:
    """Return the system's reason for refusing the address; gRPC keeps it to itself."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, _, _, address in found:
            with socket.socket(family, kind) as probe:
                probe.bind(address)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""
