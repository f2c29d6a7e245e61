"""Runners that remember what they were asked, and answer what the test tells them to."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from orchestrator.dispatcher.caller import DeliveryLost, NotDelivered
from turboci.executions import Acceptance, Answer, CheckUpdate, Execution
from turboci.states import CheckState


def final(check_id: str, *, failure: str | None = None, **data: int | str) -> CheckUpdate:
    """Return an update that ends a check."""
    return CheckUpdate(check_id=check_id, state=CheckState.FINAL, data=data, failure=failure)


@dataclass(eq=False)
class Call:
    """One call of a runner that has not come back."""

    address: str
    execution: Execution
    timeout: float
    reply: asyncio.Future[Answer | Acceptance] = field(repr=False)
    withdrawn: bool = False

    def answer(self, *updates: CheckUpdate, failure: str | None = None) -> None:
        """Answer a SYNC attempt."""
        self.reply.set_result(Answer(check_updates=updates, failure=failure))

    def answer_with(self, answer: Answer) -> None:
        self.reply.set_result(answer)

    def accept(self) -> None:
        """Take an ASYNC attempt."""
        self.reply.set_result(Acceptance(accepted=True))

    def refuse(self) -> None:
        """Be full: an ASYNC attempt is not accepted, a SYNC one not delivered."""
        self.reply.set_exception(NotDelivered("the runner is full"))

    def decline(self) -> None:
        """Answer an ASYNC attempt with ``accepted = false``."""
        self.reply.set_result(Acceptance(accepted=False))

    def lose(self, why: str = "the connection broke") -> None:
        """Vanish in the middle of the call."""
        self.reply.set_exception(DeliveryLost(why))

    def fail(self, error: Exception) -> None:
        """End the call with any other error."""
        self.reply.set_exception(error)


@dataclass(frozen=True)
class Cancelled:
    """A runner was asked to stop an ASYNC attempt."""

    address: str
    execution_id: str
    reason: str


class RecordedRunners:
    """Implements `orchestrator.dispatcher.caller.RunnerCaller`.

    Attributes:
        calls: Every call so far, in order.
        cancelled: Every attempt that a runner was asked to stop.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.cancelled: list[Cancelled] = []
        self._new: deque[Call] = deque()
        self._stopped = asyncio.Event()
        self._stopped.set()

    def takes_long_to_stop(self) -> asyncio.Event:
        """Let a runner that is asked to stop answer when the event is set."""
        self._stopped = asyncio.Event()
        return self._stopped

    async def run(self, address: str, execution: Execution, *, timeout: float) -> Answer:
        answer = await self._record(address, execution, timeout)
        assert isinstance(answer, Answer)
        return answer

    async def run_async(self, address: str, execution: Execution, *, timeout: float) -> Acceptance:
        acceptance = await self._record(address, execution, timeout)
        assert isinstance(acceptance, Acceptance)
        return acceptance

    async def cancel(self, address: str, execution_id: str, reason: str, *, timeout: float) -> None:
        self.cancelled.append(Cancelled(address, execution_id, reason))
        await self._stopped.wait()

    def take(self) -> Call:
        """Return the oldest call that the test has not seen."""
        assert self._new, "no runner was called"
        return self._new.popleft()

    def take_all(self) -> list[Call]:
        """Return every call that the test has not seen."""
        taken = list(self._new)
        self._new.clear()
        return taken

    @property
    def names(self) -> list[str]:
        """Every attempt that was handed to a runner, as ``stage:attempt``, in order."""
        return [f"{call.execution.stage_id}:{call.execution.attempt_idx}" for call in self.calls]

    async def _record(self, address: str, execution: Execution, timeout: float) -> Answer | Acceptance:
        call = Call(address, execution, timeout, asyncio.get_running_loop().create_future())
        self.calls.append(call)
        self._new.append(call)
        try:
            return await call.reply
        except asyncio.CancelledError:
            call.withdrawn = True
            raise
