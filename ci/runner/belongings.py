"""What belongs to one attempt: what its handler reports, says while it works, and adds to the plan."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Set
from typing import Final

from ci.port import Orchestrator
from ci.runner.children import Children
from ci.runner.reporter import Reporter
from ci.runner.reports import Reports
from turboci.executions import CheckUpdate, Execution
from turboci.payloads import JSON

_NONE: Final[frozenset[str]] = frozenset()


class Belongings:
    """Makes each thing when it is first asked for: most handlers need none, and all of it costs more than they do.

    Handlers may ask from any thread.
    """

    __slots__ = (
        "_cancelled", "_children", "_execution", "_is_cancelled", "_is_closed", "_lock", "_loop", "_on_stale", "_port",
        "_reporter", "_reports",
    )  # fmt: skip

    def __init__(
        self,
        execution: Execution,
        port: Orchestrator,
        loop: asyncio.AbstractEventLoop,
        on_stale: Callable[[str], None],
    ) -> None:
        """Start with nothing.

        Args:
            execution: The attempt.
            port: What it asks and reports to.
            loop: Where the attempt runs.
            on_stale: Called with the reason when the orchestrator says that the attempt has ended.
        """
        self._execution: Final = execution
        self._port: Final = port
        self._on_stale: Final = on_stale
        self._loop: Final = loop
        self._lock: Final = threading.Lock()
        self._is_cancelled = False
        self._is_closed = False
        self._cancelled: threading.Event | None = None
        self._reports: Reports | None = None
        self._reporter: Reporter | None = None
        self._children: Children | None = None

    @property
    def cancelled(self) -> threading.Event:
        """Set once the attempt is stopped."""
        with self._lock:
            if self._cancelled is None:
                self._cancelled = threading.Event()
                if self._is_cancelled:
                    self._cancelled.set()
            return self._cancelled

    @property
    def reports(self) -> Reports:
        """The answers to single checks."""
        with self._lock:
            if self._reports is None:
                self._reports = Reports(self._execution.stage_id)
            return self._reports

    @property
    def reporter(self) -> Reporter:
        """Sends progress and log text."""
        with self._lock:
            if self._reporter is None:
                self._reporter = Reporter(self._execution.execution_id, self._port, self._on_stale, self._loop)
                if self._is_closed:
                    self._reporter.refuse()
            return self._reporter

    @property
    def children(self) -> Children:
        """What is added to the plan."""
        with self._lock:
            if self._children is None:
                self._children = Children(self._execution, self._port)
            return self._children

    def cancel(self) -> None:
        """Tell whoever looks that the attempt is stopped."""
        with self._lock:
            self._is_cancelled = True
            if self._cancelled is not None:
                self._cancelled.set()

    @property
    def has_children(self) -> bool:
        """Whether the stage has children that it waits for."""
        return self._children is not None and self._children.are_awaited

    @property
    def answered_by_children(self) -> Set[str]:
        """The checks that children bring to FINAL; their parent leaves these to them."""
        return _NONE if self._children is None else self._children.answered

    def updates(self, data: Mapping[str, JSON], *, left: Set[str] = _NONE) -> tuple[CheckUpdate, ...]:
        """Return one final update for every assigned and every reported check.

        Args:
            data: What the handler says about all of them; what it reported on single ones wins.
            left: Checks that are left to others, unless they were reported.
        """
        if self._reports is None and not self._execution.checks:
            return ()
        return self.reports.updates([check.check_id for check in self._execution.checks], data, left=left)

    async def commit(self) -> None:
        """Write what the handler has added and left open, once it has ended well.

        Raises:
            DAGValidationError: It has problems.
        """
        if self._children is not None:
            await self._children.finish()

    async def flush(self, timeout: float) -> None:
        """Return when all progress was sent; what is not sent within `timeout` seconds is dropped."""
        if self._reporter is not None:
            await self._reporter.flush(timeout)

    async def close(self) -> None:
        """Drop what was neither written nor sent."""
        if self._children is not None:
            self._children.drop()
        with self._lock:
            self._is_closed = True
        if self._reporter is not None:
            await self._reporter.close()
