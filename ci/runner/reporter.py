"""The way of progress from a handler to the orchestrator: in order, one call at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final
from weakref import WeakSet

from ci.port import Orchestrator
from ci.runner.receipt import Receipt
from turboci.errors import CIError, ExecutionNotFound, StaleAttempt
from turboci.nodes import ProgressEntry

LOG_INTERVAL: Final = 0.25
"""Seconds between two calls that carry log text."""
MAX_LOG_CHARACTERS: Final = 256 * 1024
"""Log text that one call carries; older text is left out."""
MESSAGE_CHARACTERS: Final = 2 * 1024
"""The end of the text, which is the message of the entry, too: for those who know no logs."""
MAX_WAITING: Final = 100
"""Entries that wait to be sent. The orchestrator keeps the newest hundred of an attempt, so older ones are moot."""

_log = logging.getLogger(__name__)


class Reporter:
    """Sends the progress and the log text of one attempt.

    Entries may be handed in from any thread. They are sent in their order; log text is gathered, so that a chatty
    command costs a few calls a second and not one a line.
    """

    def __init__(
        self,
        execution_id: str,
        port: Orchestrator,
        on_stale: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Start with nothing to send; legal in any thread.

        Args:
            execution_id: The attempt.
            port: Where its progress goes.
            on_stale: Called with the reason when the orchestrator says that the attempt has ended.
            loop: Where the progress is sent from.
        """
        self._execution_id = execution_id
        self._port = port
        self._on_stale = on_stale
        self._loop = loop
        self._waiting: deque[tuple[ProgressEntry, Receipt]] = deque()
        self._moot: WeakSet[Receipt] = WeakSet()
        """Of entries that are left out: only those that somebody still looks at, however many there were."""
        self._text = _GatheredText()
        self._percent: int | None = None
        self._sender: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next_log = 0.0
        self._closed = False

    def progress(self, percent: int, message: str) -> Receipt:
        """Send progress now; legal from any thread."""
        receipt = Receipt()
        self._on_loop(self._take_progress, percent, message, receipt)
        return receipt

    def log(self, text: str) -> None:
        """Send text soon, together with other text; legal from any thread."""
        self._on_loop(self._take_text, text)

    async def flush(self, timeout: float) -> None:
        """Return when everything was sent; what is not sent within `timeout` seconds is dropped."""
        self._move_text()
        if self._sender is not None:
            await asyncio.wait({self._sender}, timeout=timeout)
        await self.close()

    def refuse(self) -> None:
        """Take nothing more: the attempt has ended."""
        self._closed = True

    async def close(self) -> None:
        """Stop sending; what still waits is dropped, and its receipts say so."""
        self.refuse()
        if self._timer is not None:
            self._timer.cancel()
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.wait({self._sender})
        for receipt in (*self._moot, *(receipt for _, receipt in self._waiting)):
            receipt.settle(self._too_late())
        self._waiting.clear()
        self._moot.clear()

    def _on_loop(self, take: Callable[..., None], *arguments: object) -> None:
        if _running_loop() is self._loop:
            take(*arguments)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(take, *arguments)

    def _take_progress(self, percent: int, message: str, receipt: Receipt) -> None:
        self._move_text()
        self._percent = percent
        self._queue(ProgressEntry(message=message, percent=percent), receipt)

    def _take_text(self, text: str) -> None:
        self._text.add(text)
        if self._timer is None and not self._closed:
            self._timer = self._loop.call_at(max(self._next_log, self._loop.time()), self._move_text)

    def _move_text(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if text := self._text.take():
            self._next_log = self._loop.time() + LOG_INTERVAL
            message = text[-MESSAGE_CHARACTERS:].removesuffix("\n")
            self._queue(ProgressEntry(message=message, percent=self._percent, log=text), Receipt())

    def _queue(self, entry: ProgressEntry, receipt: Receipt) -> None:
        if self._closed:
            receipt.settle(self._too_late())
            return
        self._waiting.append((entry, receipt))
        if len(self._waiting) > MAX_WAITING:
            self._moot.add(self._waiting.popleft()[1])
        if self._sender is None:
            self._sender = self._loop.create_task(self._send_waiting(), name=f"progress of {self._execution_id}")

    async def _send_waiting(self) -> None:
        while self._waiting:
            entry, receipt = self._waiting.popleft()
            moot, self._moot = [*self._moot, receipt], WeakSet()
            error: Exception | None = self._too_late()
            try:
                error = await self._send(entry)
            finally:
                for each in moot:
                    each.settle(error)
        self._sender = None

    async def _send(self, entry: ProgressEntry) -> Exception | None:
        try:
            await self._port.update_execution(self._execution_id, entry)
        except (StaleAttempt, ExecutionNotFound) as error:
            self._on_stale(str(error))
            return error
        except CIError as error:
            _log.warning("progress of execution %r was lost: %s", self._execution_id, error)
            return error
        except Exception as error:
            _log.exception("progress of execution %r was lost", self._execution_id)
            return error
        return None

    def _too_late(self) -> StaleAttempt:
        return StaleAttempt(f"execution {self._execution_id!r}", "has ended", hint="the progress was not sent")


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop of this thread, if it is in one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class _GatheredText:
    """Text that waits for the next call, cut at the front when it grows too long."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque()
        self._characters = 0

    def add(self, text: str) -> None:
        text = text[-MAX_LOG_CHARACTERS:]
        self._pieces.append(text)
        self._characters += len(text)
        while self._characters - len(self._pieces[0]) >= MAX_LOG_CHARACTERS:
            self._characters -= len(self._pieces.popleft())

    def take(self) -> str:
        text = "".join(f"{piece.rstrip(chr(10))}\n" for piece in self._pieces)[-MAX_LOG_CHARACTERS:]
        self._pieces.clear()
        self._characters = 0
        return text
