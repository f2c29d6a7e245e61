"""Runners over gRPC, as the dispatcher calls them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message
from grpc import aio

from orchestrator.dispatcher.caller import AnswerInvalid, DeliveryLost, NotDelivered
from orchestrator.endpoint.answers import require_answer
from orchestrator.endpoint.limits import Limits
from orchestrator.transport.channels import Connections
from turboci.errors import InvalidArgument, LimitExceeded, RunnerUnavailable
from turboci.executions import Acceptance, Answer, Execution, Pong
from turboci.v1 import stagerunner_pb2
from turboci.wire import executions
from turboci.wire.errors import DETAILS_KEY, error_from
from turboci.wire.methods import STAGE_RUNNER, Method
from turboci.wire.paths import parse

LOG: Final = logging.getLogger("turboci.runners")

_TOO_LARGE: Final = "larger than max"
"""gRPC says it of a message in either direction, with both sizes. No status tells it from a runner that is out of room,
and sending it again would end in the same way."""

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)
V = TypeVar("V")


class GrpcRunnerCaller:
    """Calls the StageRunner service of runners; implements `orchestrator.dispatcher.caller.RunnerCaller`."""

    def __init__(self, *, max_message_bytes: int, limits: Limits) -> None:
        self._max_bytes: Final = max_message_bytes
        self._limits: Final = limits
        # More than is allowed can be received, so that an answer that is too large is known for what it is.
        self._connections: Final = Connections(max_answer_bytes=2 * max_message_bytes)

    async def run(self, address: str, execution: Execution, *, timeout: float) -> Answer:
        """Execute a SYNC attempt; `timeout` is the seconds until its deadline.

        Raises:
            NotDelivered: The runner cannot be reached, or refused the attempt before it began.
            DeliveryLost: The connection broke, the deadline passed, or the runner raised an error.
            AnswerInvalid: The answer cannot be understood, or is above a size limit.
        """
        response = await self._call(address, STAGE_RUNNER.run, executions.run_request(execution), timeout)
        answer = _understood(executions.answer, response, address)
        try:
            require_answer(answer, execution.execution_id, self._limits)
        except (InvalidArgument, LimitExceeded) as error:
            raise AnswerInvalid(str(error)) from None
        return answer

    async def run_async(self, address: str, execution: Execution, *, timeout: float) -> Acceptance:
        """Offer an ASYNC attempt.

        Raises:
            NotDelivered: The runner cannot be reached, or refused the attempt.
            DeliveryLost: The connection broke, nothing came within `timeout` seconds, or it cannot be understood.
        """
        request = executions.run_async_request(execution)
        try:
            response = await self._call(address, STAGE_RUNNER.run_async, request, timeout)
            return _understood(executions.acceptance, response, address)
        except AnswerInvalid as error:
            raise DeliveryLost(str(error)) from None

    async def cancel(self, address: str, execution_id: str, reason: str, *, timeout: float) -> None:
        """Ask the runner to stop an attempt, and return when it has; one that cannot, or is gone, is tolerated."""
        request = stagerunner_pb2.CancelRequest(execution_id=execution_id, reason=reason)
        try:
            await self._call(address, STAGE_RUNNER.cancel, request, timeout)
        except (NotDelivered, DeliveryLost, AnswerInvalid) as error:
            LOG.info("execution %s was not cancelled by its runner: %s", execution_id, error)

    async def ping(self, address: str, *, timeout: float) -> Pong:
        """Ask a runner what it is and how much room it has.

        Raises:
            NotDelivered: The runner cannot be reached.
            DeliveryLost: It did not answer within `timeout` seconds, or raised an error.
            AnswerInvalid: The answer cannot be understood.
        """
        response = await self._call(address, STAGE_RUNNER.ping, stagerunner_pb2.PingRequest(), timeout)
        return _understood(executions.pong, response, address)

    async def close(self) -> None:
        """Close every connection; calls that are under way are cancelled."""
        await self._connections.close()

    async def _call(
        self, address: str, method: Method[Request, Response], request: Request, timeout: float
    ) -> Response:
        ends_at = time.monotonic() + timeout
        async with self._connections.reach(address, timeout) as channel:
            data = await _send(channel, address, method, request, ends_at - time.monotonic())
        if len(data) > self._max_bytes:
            raise AnswerInvalid(
                f"the answer of the runner at {address} has {len(data):,} bytes; "
                f"at most {self._max_bytes:,} are allowed (max_message_bytes)"
            )
        try:
            return parse(method.response, data)
        except InvalidArgument as error:
            raise AnswerInvalid(f"the answer of the runner at {address} is malformed: {error}") from None


async def _send(
    channel: aio.Channel, address: str, method: Method[Request, Response], request: Request, timeout: float
) -> bytes:
    call: aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method.path)
    try:
        return await call(request.SerializeToString(), timeout=max(timeout, 0.0))
    except aio.AioRpcError as error:
        raise _failure(error, address, method) from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise DeliveryLost(f"the connection to the runner at {address} was closed during {method.name}") from None


def _failure(error: aio.AioRpcError, address: str, method: Method[Request, Response]) -> Exception:
    status, said = error.code().name, error.details() or "no message"
    metadata = error.trailing_metadata()
    details = metadata.get(DETAILS_KEY) if metadata is not None else None
    if isinstance(details, bytes) and isinstance(error_from(status, said, details), RunnerUnavailable):
        return NotDelivered(f"the runner at {address} refused: {said}")
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and _TOO_LARGE in said:
        return AnswerInvalid(f"a message between us and the runner at {address} is too large: {said}")
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeliveryLost(f"the runner at {address} did not answer {method.name} in time")
    return DeliveryLost(f"the runner at {address} ended {method.name} with {status}: {said}")


def _understood(convert: Callable[[Response], V], response: Response, address: str) -> V:
    try:
        return convert(response)
    except InvalidArgument as error:
        raise AnswerInvalid(f"the answer of the runner at {address} is invalid: {error}") from None
