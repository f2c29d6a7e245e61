"""Attempts that have ended without their runners, until these say that they have stopped."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Final, NamedTuple

_REMEMBERED: Final = 10_000
"""Most withdrawn attempts that are kept, the newest: a runner may never say that it has stopped."""


class Withdrawn(NamedTuple):
    """An attempt that its runner was asked to stop.

    Attributes:
        plan: Key of its plan.
        stage: Key of its stage.
        idx: Counts from 1.
        address: Where its runner is asked.
    """

    execution_id: str
    plan: int
    stage: int
    idx: int
    runner_id: str
    address: str
    asked_us: int


class Withdrawals:
    """What may still be worked on, though nobody listens to it any more.

    It is kept in memory: whoever holds a stream says again after a restart what is still being stopped.
    """

    def __init__(self) -> None:
        self._open: Final[OrderedDict[str, Withdrawn]] = OrderedDict()

    def add(self, withdrawn: Withdrawn) -> None:
        """Note that a runner is asked to stop an attempt; the first time counts."""
        self._open.setdefault(withdrawn.execution_id, withdrawn)
        if len(self._open) > _REMEMBERED:
            self._open.popitem(last=False)

    def stopped(self, execution_id: str) -> bool:
        """Note that a runner has stopped; return whether it was asked to."""
        return self._open.pop(execution_id, None) is not None

    def only(self, address: str, held: Collection[str]) -> None:
        """Note what the process at an address speaks for: it has stopped all else."""
        for withdrawn in [entry for entry in self._open.values() if entry.address == address]:
            if withdrawn.execution_id not in held:
                del self._open[withdrawn.execution_id]

    @property
    def all(self) -> tuple[Withdrawn, ...]:
        """What may still be worked on, what was withdrawn first in front."""
        return tuple(self._open.values())
