"""One unary call: its deadline, its retries, its errors."""

from __future__ import annotations

import asyncio
import random
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message
from grpc import aio

from ci.remote.failures import failure_of, too_slow, unreachable
from turboci.addresses import Address
from turboci.errors import InvalidState, OrchestratorUnavailable
from turboci.wire.methods import Method
from turboci.wire.paths import parse

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 1.0


class Calls:
    """Makes unary calls and repeats those that did not reach the orchestrator.

    Every call of the contract may be repeated: reads change nothing, and writes that were applied already are accepted
    again.
    """

    def __init__(self, channel: aio.Channel, address: Address, *, timeout: float, retry_for: float) -> None:
        """Make calls over `channel`.

        Args:
            channel: Stays the caller's.
            address: For messages.
            timeout: Seconds that one try gets; large calls get more.
            retry_for: Seconds after which a call that cannot be delivered is given up.
        """
        self._channel = channel
        self._address = address
        self._timeout = timeout
        self._retry_for = retry_for
        self._closed = False
        self._stubs: dict[str, aio.UnaryUnaryMultiCallable[bytes, bytes]] = {}

    def close(self) -> None:
        """Refuse further calls."""
        self._closed = True

    def require_open(self) -> None:
        """Accept the state in which calls can be made.

        Raises:
            InvalidState: The connection is closed.
        """
        if self._closed:
            raise InvalidState(f"orchestrator {self._address}", "is closed", hint="connect again to go on")

    async def __call__(
        self,
        method: Method[Request, Response],
        request: Request,
        *,
        retry_for: float | None = None,
        times: float = 1.0,
    ) -> Response:
        """Return the response.

        Args:
            method: Which call.
            request: What is sent.
            retry_for: Seconds for this call only.
            times: How many times as long a try of this call gets, because it is a large one.

        Raises:
            InvalidState: The connection is closed.
            CIError: What the orchestrator raised; `OrchestratorUnavailable` if it could not be reached in time.
        """
        data = request.SerializeToString()
        now = asyncio.get_running_loop().time
        give_up = now() + (self._retry_for if retry_for is None else retry_for)
        wait = FIRST_WAIT
        while True:
            try:
                return parse(method.response, await self._once(method, data, self._timeout * times))
            except OrchestratorUnavailable:
                pause = wait * random.uniform(0.5, 1.0)
                if now() + pause > give_up:
                    raise
            await asyncio.sleep(pause)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _once(self, method: Method[Request, Response], data: bytes, timeout: float) -> bytes:
        self.require_open()
        stub = self._stubs.get(method.path)
        if stub is None:
            stub = self._stubs[method.path] = self._channel.unary_unary(method.path)
        try:
            return await stub(data, timeout=timeout)
        except aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                raise too_slow(self._address, method.name, timeout) from None
            raise failure_of(error, self._address) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Nobody cancelled us: the channel was closed under the call.
            raise unreachable(self._address, "the connection was closed") from None
