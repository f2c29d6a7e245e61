"""What happened in a rehearsal, as a list that people read and tests compare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from turboci.events import Event, StageChanged
from turboci.states import AttemptState, Outcome, StageState

_ENDS: Final = {
    Outcome.SUCCEEDED: "completed",
    Outcome.FAILED: "failed",
    Outcome.SKIPPED: "skipped",
    Outcome.CANCELLED: "cancelled",
}


class History(list[str]):
    """Lines such as ``dispatched build``, ``retried build``, ``completed build``, in the order of what happened.

    The words: ``dispatched`` - a runner was given an attempt; ``retried`` - an attempt was lost, timed out or was red,
    and another one follows; ``completed``, ``failed``, ``skipped``, ``cancelled`` - the stage ended.

    Example:
        assert rehearsal.history == ["dispatched build", "completed build", "dispatched test", "failed test"]
        rehearsal.history.assert_order("completed build", "dispatched test")
        rehearsal.history.assert_never("dispatched deploy")
    """

    def assert_order(self, *lines: str) -> None:
        """Require that these lines are there in this order, with or without others between them.

        Raises:
            AssertionError: A line is missing, or comes too early.
        """
        place = 0
        for number, line in enumerate(lines):
            if line in self[place:]:
                place = self.index(line, place) + 1
                continue
            if line in self:
                problem = f"{line!r} does not come after {lines[number - 1]!r}"
            else:
                problem = f"{line!r} did not happen"
            raise AssertionError(f"{problem}; what happened:{self._listed()}")

    def assert_never(self, *lines: str) -> None:
        """Require that none of these lines is there.

        Raises:
            AssertionError: One is.
        """
        for line in lines:
            if line in self:
                raise AssertionError(f"{line!r} happened; what happened:{self._listed()}")

    def _listed(self) -> str:
        return "".join(f"\n  {line}" for line in self) or " nothing"


class Historian:
    """Writes a history from the events of plans.

    Attributes:
        history: The lines so far.
        events: What they were written from, with the events of checks.
    """

    def __init__(self) -> None:
        self.history: Final = History()
        self.events: Final[list[Event]] = []
        self._retried: Final[dict[tuple[str, str], int]] = {}

    def hear(self, work_plan_id: str, event: Event) -> None:
        """Write down what an event says."""
        self.events.append(event)
        if isinstance(event, StageChanged):
            self.history.extend(self._lines(work_plan_id, event))

    def _lines(self, work_plan_id: str, event: StageChanged) -> Iterable[str]:
        if event.attempt is not None and event.attempt > self._retried.get((work_plan_id, event.stage_id), 1):
            self._retried[work_plan_id, event.stage_id] = event.attempt
            yield f"retried {event.stage_id}"
        if event.attempt is not None and event.attempt_state is not AttemptState.PENDING:
            yield f"dispatched {event.stage_id}"
        if event.new_state is StageState.FINAL and event.outcome is not None:
            yield f"{_ENDS[event.outcome]} {event.stage_id}"
