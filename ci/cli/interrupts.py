"""Ctrl-C and SIGTERM: the first asks to stop, the second leaves at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self

from ci.cli.exits import Exit

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Catches the signals that ask a run to stop, while it is entered.

    The handlers are plain ones, not those of the event loop: the second signal has to work also when the user's code
    blocks the loop. SIGHUP counts too, so that closing the terminal leaves no children behind.

    Args:
        leave: Called by the second signal, inside the signal handler, before the process ends.
    """

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave: Final = leave
        self._loop: Final = asyncio.get_running_loop()
        self._asked: Final = asyncio.Event()
        self._former: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
        self._signal: signal.Signals | None = None
        self._reader_left = False

    @property
    def name(self) -> str:
        """What asked, in the words of people; empty if nothing did."""
        if self._signal is None:
            return ""
        return "Ctrl-C" if self._signal is signal.SIGINT else self._signal.name

    @property
    def reason(self) -> str:
        """Why it stops, in the words of people."""
        return "stopped: nobody reads its output any more" if self._reader_left else f"stopped by {self.name}"

    def ask(self) -> None:
        """Stop because the reader has left, as if the terminal had been closed, if nothing has asked to stop yet."""
        if self._signal is None:
            self._signal, self._reader_left = signal.SIGHUP, True
            self._loop.call_soon_threadsafe(self._asked.set)

    async def wait(self) -> None:
        """Return when the first signal has come."""
        await self._asked.wait()

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            self._former[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if self._signal is None:
            self._signal = signal.Signals(number)
            self._loop.call_soon_threadsafe(self._asked.set)
            return
        try:
            self._leave()
        finally:
            os._exit(Exit.INTERRUPTED)
