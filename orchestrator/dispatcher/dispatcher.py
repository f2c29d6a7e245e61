"""Carries claimed executions to their runners, and what comes back to the business rules."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from orchestrator.clock import Clock
from orchestrator.dispatcher.acceptances import Acceptances
from orchestrator.dispatcher.caller import AnswerInvalid, DeliveryLost, NotDelivered, RunnerCaller
from orchestrator.dispatcher.outbox import Outbox, Outboxes
from orchestrator.service import asynchronous, completion, deliveries, retries
from orchestrator.service.effects import Acknowledge, Deliver, Withdraw
from orchestrator.service.retries import Loss
from orchestrator.service.routes import is_routed
from orchestrator.service.unit_of_work import UnitOfWork
from orchestrator.service.withdrawals import Withdrawals, Withdrawn
from turboci.eager import begin
from turboci.errors import (
    InternalError,
    InvalidArgument,
    InvalidState,
    LimitExceeded,
    OrchestratorUnavailable,
    StaleAttempt,
)
from turboci.executions import Answer
from turboci.states import ExecutionMode

_log = logging.getLogger("turboci.dispatch")

T = TypeVar("T")

_MICRO: Final = 1_000_000
_TRY_AGAIN_US: Final = 1_000_000
_CANCEL_TIMEOUT: Final = 15.0
"""A runner answers when it has stopped, and its command may take its time."""
_LAST_WORDS_TIMEOUT: Final = 1.0
"""A server that stops does not wait longer for a runner that may be gone."""


class Apply(Protocol):
    """Runs a business rule as one durable unit of work."""

    async def __call__(self, rule: Callable[[UnitOfWork], T], /) -> T:
        """Return what the rule returns, once it is durable."""
        ...


class Dispatcher:
    """One task for each call that is under way; what goes over streams leaves in frames.

    Attributes:
        outboxes: The open streams.
        acceptances: Of attempts that runners have taken, on their way into the database.
        withdrawals: Attempts that have ended, and that their runners have not stopped yet, as far as is known.
    """

    def __init__(self, caller: RunnerCaller, apply: Apply, clock: Clock, *, accept_timeout: float) -> None:
        self._caller: Final = caller
        self._apply: Final = apply
        self._clock: Final = clock
        self._accept_timeout: Final = accept_timeout
        self._calls: Final[dict[str, asyncio.Task[None]]] = {}
        self._called: Final[dict[str, str]] = {}
        """Where the calls that are under way go; a registration may end before they come back."""
        self._farewells: Final[set[asyncio.Task[None]]] = set()
        self.outboxes: Final = Outboxes()
        self.acceptances: Final = Acceptances(self._accept)
        self.withdrawals: Final = Withdrawals()
        self._stopped = False

    @property
    def calls_under_way(self) -> int:
        """How many calls have not come back."""
        return len(self._calls)

    def deliver(self, effect: Deliver) -> None:
        """Bring an execution to its runner, unless the dispatcher was stopped: then the claim is lost uncharged."""
        if self._stopped:
            return
        execution_id = effect.execution.execution_id
        if is_routed(effect.address):
            self._offer(effect)
            return
        self._called[execution_id] = effect.address
        # At once: the call is on its way when this returns.
        task = begin(self._carry(effect), asyncio.get_running_loop(), f"execution {execution_id}")
        self._calls[execution_id] = task
        task.add_done_callback(lambda _: self._forget(execution_id))

    def withdraw(self, effect: Withdraw) -> None:
        """Stop an attempt that has ended without its runner."""
        if is_routed(effect.address):
            outbox = self.outboxes.get(effect.address)
            # One whose stream is broken hears of it on the next one.
            if outbox is None or outbox.cancel(effect.execution_id, effect.reason):
                self._remember(effect)
            return
        call = self._calls.get(effect.execution_id)
        address = effect.address or self._called.get(effect.execution_id, "")
        if effect.mode is ExecutionMode.SYNC:
            if call is None:
                return
            call.cancel()
        if address:
            self._remember(effect)
            self._later(self._say_farewell(effect._replace(address=address), call))

    def acknowledge(self, effect: Acknowledge) -> None:
        """Tell a runner what has arrived; one whose stream broke says it again on the next one."""
        outbox = self.outboxes.get(effect.address)
        if outbox is not None:
            outbox.acknowledge(effect.tickets)

    def hang_up(self, address: str, outbox: Outbox) -> None:
        """Give a stream up that was never really open."""
        if self.outboxes.close(address, outbox):
            self._later(self.settle(partial(deliveries.disconnect, address=address)))

    async def idle(self, timeout: float) -> bool:
        """Wait until no call is under way; return False if that takes longer than `timeout` seconds."""
        if self._calls:
            await asyncio.wait(set(self._calls.values()), timeout=timeout)
        return not self._calls

    async def stop(self) -> None:
        """Cancel every call, and make no other one; attempts on streams go on without us."""
        self._stopped = True
        tasks = {*self._calls.values(), *self._farewells}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.acceptances.stop()

    def _forget(self, execution_id: str) -> None:
        self._calls.pop(execution_id, None)
        self._called.pop(execution_id, None)

    def _offer(self, effect: Deliver) -> None:
        """Send an execution over the stream of its runner."""
        outbox = self.outboxes.get(effect.address)
        if outbox is not None:
            outbox.offer(effect.execution)
        else:
            refusal = self._lose(effect.execution.execution_id, Loss.REFUSED, "the stream to the runner is broken")
            self._later(refusal)

    async def say_farewells(self) -> None:
        """Return when the runners of what was withdrawn since the stop have been told, or cannot be."""
        if self._farewells:
            await asyncio.wait(set(self._farewells))

    async def _carry(self, effect: Deliver) -> None:
        """Call the runner and settle what comes of it, whatever goes wrong: an attempt must not stay live for ever."""
        execution_id = effect.execution.execution_id
        try:
            await (self._run(effect) if effect.execution.mode is ExecutionMode.SYNC else self._run_async(effect))
        except Exception as error:
            _log.exception("execution %s could not be carried through", execution_id)
            await self._lose(execution_id, Loss.LOST, f"the orchestrator failed: {type(error).__name__}: {error}")

    async def _run(self, effect: Deliver) -> None:
        execution_id = effect.execution.execution_id
        timeout = (effect.deadline_us - self._clock.now_us()) / _MICRO
        try:
            answer = await self._caller.run(effect.address, effect.execution, timeout=max(timeout, 0.0))
        except NotDelivered as error:
            await self._lose(execution_id, Loss.REFUSED, str(error))
        except DeliveryLost as error:
            late = self._clock.now_us() >= effect.deadline_us
            cause = "the attempt ran into its deadline" if late else str(error)
            await self._lose(execution_id, Loss.TIMED_OUT if late else Loss.LOST, cause)
        except AnswerInvalid as error:
            await self._complete(execution_id, Answer(failure=str(error)))
        else:
            await self._complete(execution_id, answer)

    async def _run_async(self, effect: Deliver) -> None:
        execution_id = effect.execution.execution_id
        try:
            acceptance = await self._caller.run_async(effect.address, effect.execution, timeout=self._accept_timeout)
        except NotDelivered as error:
            await self._lose(execution_id, Loss.REFUSED, str(error))
        except DeliveryLost as error:
            await self._lose(execution_id, Loss.LOST, str(error))
        else:
            if acceptance.accepted:
                self.acceptances.add(execution_id)
            else:
                await self._lose(execution_id, Loss.REFUSED, "the runner did not accept the attempt")

    async def _accept(self, execution_ids: list[str]) -> None:
        await self.settle(lambda uow: asynchronous.accept(uow, execution_ids))

    async def _complete(self, execution_id: str, answer: Answer) -> None:
        """End a SYNC attempt; an answer that does not fit its plan is red, since nobody can be told."""
        try:
            await self.settle(lambda uow: completion.complete(uow, execution_id, answer, may_come_again=False))
        except StaleAttempt as error:
            _log.info("answer dropped: %s", error)
        except (InvalidArgument, InvalidState) as error:
            await self._complete(execution_id, Answer(failure=f"the answer of the runner does not fit: {error}"))

    async def _lose(self, execution_id: str, loss: Loss, cause: str) -> None:
        await self.settle(lambda uow: retries.lose(uow, execution_id, loss, cause))

    async def settle(self, rule: Callable[[UnitOfWork], None]) -> None:
        """Apply a rule, however long it takes until the database can be written again."""
        while True:
            try:
                await self._apply(rule)
                return
            except (LimitExceeded, OrchestratorUnavailable, InternalError) as error:
                _log.warning("an attempt cannot be settled now: %s", error)
            if self._stopped:
                return  # the next start finds the attempt as it is, and settles it
            await self._clock.sleep_until(self._clock.now_us() + _TRY_AGAIN_US)

    def _remember(self, effect: Withdraw) -> None:
        self.withdrawals.add(
            Withdrawn(
                effect.execution_id,
                effect.plan,
                effect.stage,
                effect.idx,
                effect.runner_id,
                effect.address,
                self._clock.now_us(),
            )
        )

    async def _say_farewell(self, effect: Withdraw, call: asyncio.Task[None] | None) -> None:
        """Ask a runner to stop an attempt, and once more if it is only about to take it; it answers when it has."""
        timeout = _LAST_WORDS_TIMEOUT if self._stopped else _CANCEL_TIMEOUT
        try:
            await self._caller.cancel(effect.address, effect.execution_id, effect.reason, timeout=timeout)
            if call is not None and not call.done():
                await asyncio.wait({call})
                await self._caller.cancel(effect.address, effect.execution_id, effect.reason, timeout=_CANCEL_TIMEOUT)
        finally:
            # Of a runner that does not answer in time, more will not be known.
            self.withdrawals.stopped(effect.execution_id)

    def _later(self, call: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(call)
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)
