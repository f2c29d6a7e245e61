"""What waits to be sent to the runners that have opened streams."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Final

from turboci.errors import OrchestratorUnavailable
from turboci.executions import Execution
from turboci.frames import Cancellation, OrchestratorFrame, RefusedReport
from turboci.payloads import EncodedPayload
from turboci.runners import Lease

_EXECUTIONS: Final = 100
"""Most executions of one frame: the runner works on them while the next ones are still encoded."""
_BYTES: Final = 1024 * 1024
"""A frame takes no more executions once their payloads have this size."""
_UNREAD: Final = 10_000
"""Acknowledgements and refusals that wait for a runner that does not read, before no more is read of it."""


class Outbox:
    """Everything for one stream, in one frame as soon as the stream takes one.

    What piles up while a frame is on its way leaves with the next one; so frames grow with the load, and the sender
    goes no faster than the runner reads.
    """

    def __init__(self) -> None:
        self._lease: Lease | None = None
        self._executions: Final[dict[str, Execution]] = {}
        self._unaccepted: Final[set[str]] = set()
        self._cancellations: list[Cancellation] = []
        self._acknowledged: list[int] = []
        self._refused: list[RefusedReport] = []
        self._waiting: asyncio.Future[None] | None = None
        self._finished = False
        self._replaced = False
        self._is_read: Final = asyncio.Event()
        self._is_read.set()

    def renew(self, lease: Lease) -> None:
        """Tell how long the registration lives."""
        self._lease = lease
        self._wake()

    def offer(self, execution: Execution) -> None:
        """Send an attempt."""
        self._executions[execution.execution_id] = execution
        self._unaccepted.add(execution.execution_id)
        self._wake()

    def accepted(self, execution_id: str) -> bool:
        """Return whether an attempt was offered here, and was neither accepted nor cancelled before."""
        if execution_id not in self._unaccepted:
            return False
        self._unaccepted.discard(execution_id)
        return True

    def cancel(self, execution_id: str, reason: str) -> bool:
        """Ask to stop an attempt; one that still waits here is not sent at all: return whether the runner is asked."""
        self._unaccepted.discard(execution_id)
        if self._executions.pop(execution_id, None) is not None:
            return False
        self._cancellations.append(Cancellation(execution_id=execution_id, reason=reason))
        self._wake()
        return True

    def acknowledge(self, tickets: Iterable[int]) -> None:
        """Say that reports are durable."""
        self._acknowledged.extend(tickets)
        self._wake()
        self._see_room()

    def refuse(self, refused: RefusedReport) -> None:
        """Say that a report has no effect."""
        self._refused.append(refused)
        self._wake()
        self._see_room()

    def finish(self) -> None:
        """Say that nothing follows what is there."""
        self._finished = True
        self._wake()

    def replace(self) -> None:
        """Say that the process has opened another stream: this one is of no use any more."""
        self._replaced = True
        self._is_read.set()
        self._wake()

    async def read(self) -> None:
        """Return when the runner has read enough of what it was told about its reports."""
        await self._is_read.wait()

    async def take(self) -> OrchestratorFrame | None:
        """Return what there is to say, as soon as there is something; None when nothing follows.

        One caller at a time may wait.

        Raises:
            OrchestratorUnavailable: Another stream has taken its place.
        """
        if self._is_empty and not self._finished and not self._replaced:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        if self._replaced:
            raise OrchestratorUnavailable(
                "this stream", "was replaced: the same process has opened another one", hint="speak there"
            )
        return None if self._is_empty else self._frame()

    def _frame(self) -> OrchestratorFrame:
        executions = tuple(islice(self._executions.values(), self._fitting()))
        for execution in executions:
            del self._executions[execution.execution_id]
        frame = OrchestratorFrame(
            lease=self._lease,
            executions=executions,
            cancellations=tuple(self._cancellations),
            acknowledged=tuple(self._acknowledged),
            refused=tuple(self._refused),
        )
        self._lease = None
        self._cancellations, self._acknowledged, self._refused = [], [], []
        self._is_read.set()
        return frame

    def _see_room(self) -> None:
        if len(self._acknowledged) + len(self._refused) > _UNREAD:
            self._is_read.clear()

    @property
    def _is_empty(self) -> bool:
        queued = self._executions or self._cancellations or self._acknowledged or self._refused
        return not queued and self._lease is None

    def _fitting(self) -> int:
        """Return how many executions go into the next frame."""
        size = 0
        for count, execution in enumerate(islice(self._executions.values(), _EXECUTIONS), start=1):
            size += _payload_bytes(execution)
            if size >= _BYTES:
                return count
        return _EXECUTIONS

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


def _payload_bytes(execution: Execution) -> int:
    payloads = (execution.args, *(check.options for check in execution.checks))
    return sum(len(payload.encoded) for payload in payloads if isinstance(payload, EncodedPayload))


class Outboxes:
    """The open streams by the address that leads over them."""

    def __init__(self) -> None:
        self._open: Final[dict[str, Outbox]] = {}

    def open(self, address: str) -> Outbox:
        """Return the outbox of a new stream; it takes the place of an earlier one of the same process."""
        former = self._open.get(address)
        if former is not None:
            former.replace()
        outbox = self._open[address] = Outbox()
        return outbox

    def close(self, address: str, outbox: Outbox) -> bool:
        """Send nothing more over a stream; return False if another one has taken its place."""
        if self._open.get(address) is not outbox:
            return False
        del self._open[address]
        return True

    def get(self, address: str) -> Outbox | None:
        """Return the outbox of an open stream."""
        return self._open.get(address)
