"""What a runner has to say to the orchestrator, kept until it is known to have arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from turboci.errors import CIError, OrchestratorUnavailable
from turboci.executions import Answer
from turboci.frames import RefusedReport, Report, Returned, RunnerFrame, RunnerHello
from turboci.nodes import ProgressEntry
from turboci.v1 import service_pb2
from turboci.wire.frames import report_message, runner_frame_message

ACCEPTED_AFTER: Final = 0.005
"""Seconds that an acceptance waits for company. Work that is done by then needs none: its report says it all."""
_REPORTS: Final = 100
"""Most reports of one frame: the orchestrator applies them while the next ones are still worked on."""
_BYTES: Final = 1024 * 1024
"""A frame takes no more reports once they have this size."""


@dataclass(slots=True)
class _Posted:
    """A report that was neither acknowledged nor refused."""

    message: service_pb2.RunnerReport
    settled: asyncio.Future[None]


class Outgoing:
    """Gathers what there is to say into frames; says again on the next stream what may have been lost with the last.

    Needs a running event loop.
    """

    def __init__(self) -> None:
        # Asked for once: with each report it would be a system call.
        self._loop: Final = asyncio.get_running_loop()
        self._posted: Final[dict[int, _Posted]] = {}
        """By ticket, and so in order."""
        self._unsent: dict[int, None] = {}
        self._accepted: dict[str, None] = {}
        self._returned: list[Returned] = []
        self._tickets = 0
        self._hello: RunnerHello | None = None
        self._draining = False
        self._beat = False
        self._finished = False
        self._waiting: asyncio.Future[None] | None = None
        self._gathering: asyncio.TimerHandle | None = None
        self._ripe = False

    def begin(self, hello: RunnerHello) -> None:
        """Start a new stream: greet, and repeat what was not acknowledged on the last one."""
        self._hello = hello
        self._unsent = dict.fromkeys(self._posted)

    async def post(self, execution_id: str, content: ProgressEntry | Answer) -> None:
        """Report, and return when the orchestrator has it for good, however many streams that takes.

        Raises:
            CIError: The orchestrator refused it.
            OrchestratorUnavailable: The stream was given up.
        """
        self._tickets += 1
        ticket = self._tickets
        message = report_message(Report(ticket=ticket, execution_id=execution_id, content=content))
        posted = self._posted[ticket] = _Posted(message, self._loop.create_future())
        self._unsent[ticket] = None
        self._accepted.pop(execution_id, None)
        self._wake()
        try:
            await posted.settled
        finally:
            # Nobody waits for it any more: it is not repeated.
            self._posted.pop(ticket, None)
            self._unsent.pop(ticket, None)

    def acknowledged(self, tickets: Iterable[int]) -> None:
        """Settle reports that are durable."""
        for ticket in tickets:
            posted = self._posted.get(ticket)
            if posted is not None and not posted.settled.done():
                posted.settled.set_result(None)

    def refused(self, refused: Iterable[RefusedReport]) -> None:
        """Settle reports that have no effect."""
        for entry in refused:
            posted = self._posted.get(entry.ticket)
            if posted is not None and not posted.settled.done():
                posted.settled.set_exception(entry.error)

    def accept(self, execution_id: str) -> None:
        """Say, soon, that an execution is worked on."""
        self._accepted[execution_id] = None
        if self._gathering is None:
            self._gathering = self._loop.call_later(ACCEPTED_AFTER, self._ripen)

    def give_back(self, returned: Returned) -> None:
        """Say that an execution is not worked on."""
        self._accepted.pop(returned.execution_id, None)
        self._returned.append(returned)
        self._wake()

    def drain(self) -> None:
        """Say that nothing new is taken."""
        self._draining = True
        self._wake()

    def beat(self) -> None:
        """Say something, whatever it is: it renews the lease."""
        self._beat = True
        self._wake()

    def finish(self) -> None:
        """Say that nothing follows what is there."""
        self._finished = True
        self._wake()

    def give_up(self) -> None:
        """Fail every report that is still under way, and those to come."""
        self._finished = True
        for posted in self._posted.values():
            if not posted.settled.done():
                posted.settled.set_exception(_given_up())
        self._wake()

    async def take(self) -> bytes | None:
        """Return the next frame as soon as there is something to say; None when nothing follows.

        One caller at a time may wait.
        """
        if self._is_empty and not self._finished:
            self._waiting = self._loop.create_future()
            await self._waiting
        return None if self._is_empty else self._frame()

    @property
    def _is_empty(self) -> bool:
        said = self._unsent or self._returned or self._hello or self._beat or self._draining
        return not said and not (self._accepted and self._ripe)

    def _frame(self) -> bytes:
        reports = self._next_reports()
        frame = runner_frame_message(
            RunnerFrame(
                hello=self._hello,
                accepted=tuple(self._accepted),
                returned=tuple(self._returned),
                draining=self._draining,
            )
        )
        frame.reports.extend(reports)
        self._hello, self._returned = None, []
        self._accepted = {}
        self._draining = self._beat = self._ripe = False
        return frame.SerializeToString()

    def _next_reports(self) -> list[service_pb2.RunnerReport]:
        reports: list[service_pb2.RunnerReport] = []
        size = 0
        for ticket in islice(self._unsent, _REPORTS):
            message = self._posted[ticket].message
            reports.append(message)
            size += message.ByteSize()
            if size >= _BYTES:
                break
        for message in reports:
            del self._unsent[message.ticket]
        return reports

    def _ripen(self) -> None:
        self._gathering = None
        if self._accepted:
            self._ripe = True
            self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


def _given_up() -> CIError:
    return OrchestratorUnavailable("the stream to the orchestrator", "was given up", hint="the runner has left")
