"""Nodes that somebody in this process is still defining, and that the orchestrator does not know of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from ci.workflow.errors import listed
from ci.workflow.pace import Pace
from turboci.reasons import Reason

logger: Final = logging.getLogger("ci")


class Uncommitted(Protocol):
    """The nodes that are not in the plan yet; as long as there are some it is neither complete nor stalled."""

    @property
    def count(self) -> int:
        """How many there are; asked with every event."""
        ...

    def reasons(self) -> Sequence[Reason]:
        """Return why each of them waits, with the line that defines it."""
        ...


class NothingUncommitted:
    """Nobody defines nodes step by step."""

    @property
    def count(self) -> int:
        """None."""
        return 0

    def reasons(self) -> Sequence[Reason]:
        """Return nothing."""
        return ()


class Reminder:
    """Says once in the log that nodes have not been committed for a while; again after there were none."""

    def __init__(self, work_plan_id: str, nodes: Uncommitted, pace: Pace) -> None:
        self._plan: Final = work_plan_id
        self._nodes: Final = nodes
        self._after: Final = pace.warn
        self._since: float | None = None
        self._said = False

    def look(self) -> None:
        """Look whether it is time; to be called now and then."""
        if not self._nodes.count:
            self._since, self._said = None, False
            return
        now = asyncio.get_running_loop().time()
        if self._since is None:
            self._since = now
        elif not self._said and now - self._since >= self._after:
            self._said = True
            logger.warning(
                "work plan %r waits for nodes that are being added; await dag.commit(), "
                "or let the task that adds them wait or end%s",
                self._plan,
                listed(self._nodes.reasons()),
            )
