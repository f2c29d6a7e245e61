"""The orchestrator's end of a stream that a runner opened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Self

from orchestrator.dispatcher.outbox import Outbox
from orchestrator.engine import Engine
from orchestrator.service import deliveries
from orchestrator.service.routes import IN_PROCESS, STREAM
from turboci.errors import InternalError, ServiceError
from turboci.frames import OrchestratorFrame, RefusedReport, Report, Returned, RunnerFrame, RunnerHello
from turboci.ids import new_id
from turboci.runners import Lease

_log = logging.getLogger("turboci.dispatch")

_AT_ONCE: Final = 100
"""Reports that one unit of work applies."""
_RENEWED_AFTER: Final = 0.25
"""Share of its life after which whatever the runner sends renews its registration."""


class RunnerSession:
    """What one stream brings, and what is to be sent over it; a runner of this process has one, too."""

    def __init__(self, engine: Engine, hello: RunnerHello, *, route: str = STREAM) -> None:
        """Prepare a session.

        Args:
            engine: Does what the runner says.
            hello: Who the runner is.
            route: What its address begins with.
        """
        self._engine: Final = engine
        self._address: Final = f"{route}{hello.registration.process_uid}"
        self._registration: Final = replace(hello.registration, address=self._address)
        self._held: Final = hello.held
        self._ends_with_us: Final = route == IN_PROCESS
        self._outbox: Outbox = Outbox()
        self._renew_at_us = 0
        self._draining = False
        self._finished = False

    async def open(self, *, draining: bool) -> Self:
        """Register the runner, unless it is draining: then it only says what it still has to say.

        Raises:
            ServiceError: The runner cannot be registered.
        """
        # Before the registration: its transaction may claim the first attempts already.
        self._outbox = self._engine.dispatcher.outboxes.open(self._address)
        try:
            connect = partial(deliveries.connect, registration=self._registration, held=self._held, draining=draining)
            lease = await self._engine.apply(connect)
        except BaseException:
            # Whoever is being cancelled does not know whether the runner was registered: it may have been.
            self._engine.dispatcher.hang_up(self._address, self._outbox)
            raise
        self._draining = draining
        self._renewed(lease)
        self._engine.dispatcher.withdrawals.only(self._address, set(self._held))
        return self

    async def take(self, frame: RunnerFrame) -> None:
        """Apply what the runner says, and acknowledge it."""
        for refused in frame.invalid:
            self._outbox.refuse(refused)
        for execution_id in frame.accepted:
            self.accept(execution_id)
        if frame.returned:
            await self._take_back(frame.returned)
        for start in range(0, len(frame.reports), _AT_ONCE):
            await self._report(frame.reports[start : start + _AT_ONCE])
        if frame.draining and not self._draining:
            self._draining = True
            await self._engine.apply(partial(deliveries.leave, address=self._address))
        elif self._engine.now_us() >= self._renew_at_us:
            await self._renew()
        await self._outbox.read()

    def accept(self, execution_id: str) -> None:
        """Take it from the runner that it works on an execution."""
        # What it was not sent here, it cannot accept; what came over an earlier stream, it has named at the start.
        if self._outbox.accepted(execution_id):
            self._engine.dispatcher.acceptances.add(execution_id)

    def finish(self) -> None:
        """Say that the runner has said all that it had to say."""
        self._finished = True
        self._outbox.finish()

    async def next_frame(self) -> OrchestratorFrame | None:
        """Return what is to be sent, as soon as there is something; None when nothing follows."""
        return await self._outbox.take()

    async def close(self) -> None:
        """End the session; a runner that has not finished may come back, for as long as its registration lives."""
        if not self._engine.dispatcher.outboxes.close(self._address, self._outbox):
            return  # the runner is back already
        if self._finished or self._ends_with_us:
            self._engine.dispatcher.withdrawals.only(self._address, ())
        try:
            await self._engine.apply(partial(self._end(), address=self._address))
        except ServiceError as error:
            _log.warning("the end of the stream of runner %r is not kept: %s", self._registration.runner_id, error)

    def _end(self) -> Callable[..., None]:
        if self._ends_with_us:
            return deliveries.end
        return deliveries.part if self._finished else deliveries.disconnect

    async def _report(self, reports: Sequence[Report]) -> None:
        accepted = [report.execution_id for report in reports if self._is_accepted_by(report)]
        try:
            await self._engine.apply(partial(deliveries.report, address=self._address, reports=reports))
        except Exception as error:
            # Refused or not, whoever reports on an attempt has accepted it.
            for execution_id in accepted:
                self._engine.dispatcher.acceptances.add(execution_id)
            if len(reports) == 1:
                self._outbox.refuse(RefusedReport(ticket=reports[0].ticket, error=_as_service(error)))
                return
            # One of them was refused, and nothing of all is kept: each for itself, then.
            for report in reports:
                await self._report((report,))

    def _is_accepted_by(self, report: Report) -> bool:
        """Return whether a report says first that an attempt was accepted, or before that was written down."""
        offered = self._outbox.accepted(report.execution_id)
        return self._engine.dispatcher.acceptances.forget(report.execution_id) or offered

    async def _take_back(self, returned: Sequence[Returned]) -> None:
        withdrawals = self._engine.dispatcher.withdrawals
        open_ones = [entry for entry in returned if not withdrawals.stopped(entry.execution_id)]
        if not open_ones:
            return
        for entry in open_ones:
            if self._outbox.accepted(entry.execution_id):
                self._engine.dispatcher.acceptances.forget(entry.execution_id)
        take_back = partial(deliveries.take_back, address=self._address, returned=open_ones)
        await self._engine.dispatcher.settle(take_back)
        for entry in open_ones:
            withdrawals.stopped(entry.execution_id)  # it has given up itself what it is asked to stop now

    async def _renew(self) -> None:
        renew = partial(deliveries.renew, registration=self._registration, draining=self._draining)
        self._renewed(await self._engine.apply(renew))

    def _renewed(self, lease: Lease | None) -> None:
        if lease is None:
            return
        now_us = self._engine.now_us()
        lives_us = int(lease.expires_at.timestamp() * 1_000_000) - now_us
        self._renew_at_us = now_us + int(lives_us * _RENEWED_AFTER)
        self._outbox.renew(lease)


def _as_service(error: Exception) -> ServiceError:
    if isinstance(error, ServiceError):
        return error
    error_id = new_id()
    _log.error("error %s in a report of a runner", error_id, exc_info=error)
    return InternalError(
        f"error {error_id}", "stopped the report", hint="the log of the orchestrator has the details under this id"
    )
