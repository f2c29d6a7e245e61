"""One row of the view: a stage, the check that it answers, or both."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ci.cli.view.phases import OUTCOME_PHASES, WORST_FIRST, Phase
from ci.cli.view.wording import one_line
from turboci.dependencies import NodeKind, NodeRef
from turboci.reasons import Reason, ReasonKind
from turboci.states import CheckState, Outcome, StageState

TAIL_LINES: Final = 3
"""Lines of output of what runs that are kept for the view."""
_STUCK: Final = frozenset(
    {
        ReasonKind.NO_RUNNER,
        ReasonKind.BACKING_OFF,
        ReasonKind.TARGET_MISSING,
        ReasonKind.CHECK_NOT_LOCKED,
        ReasonKind.UNASSIGNED,
        ReasonKind.UNCLAIMED,
    }
)


@dataclass(slots=True)
class Seen:
    """What is known of one node.

    Attributes:
        targets: The nodes that it waits for, as far as its own group says.
        sequence: The event that told its state.
    """

    ref: NodeRef
    state: CheckState | StageState | None = None
    outcome: Outcome | None = None
    cause: str | None = None
    targets: tuple[NodeRef, ...] = ()
    sequence: int = 0


@dataclass(slots=True)
class Row:
    """What stands in one line.

    Attributes:
        check: The check of a step, or a check that stands alone.
        stage: The stage, or None for a check that stands alone.
        answers: Ids of the checks that the stage is assigned to.
        parent: The stage that added this one, or None.
        taken: Whether a runner has the attempt; until then an ATTEMPTING stage only queues.
        attempt: Counts from 1.
        since: When the row entered its phase.
        started_at: When a runner got the first attempt.
        heard: Whether the work is done in this process, which hears what it prints.
        output: The last line that the work printed.
        tail: The last lines that it printed, the newest last.
        reason: Why the row waits, as far as the orchestrator was asked.
    """

    label: str
    check: Seen | None = None
    stage: Seen | None = None
    answers: tuple[str, ...] = ()
    parent: NodeRef | None = None
    taken: bool = False
    attempt: int = 1
    since: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    percent: int | None = None
    heard: bool = False
    output: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    reason: Reason | None = None

    @property
    def refs(self) -> tuple[NodeRef, ...]:
        """The nodes that the row stands for."""
        return tuple(seen.ref for seen in (self.check, self.stage) if seen is not None)

    def hear(self, text: str) -> None:
        """Take in what the work printed or reported, of which the last line is shown."""
        lines = [line for line in text.splitlines() if line.strip()]
        if lines:
            self.output = lines[-1]
            self.tail.extend(lines[-TAIL_LINES:])

    def begin_again(self) -> None:
        """Forget what a former attempt said."""
        self.percent, self.output = None, ""
        self.tail.clear()

    @property
    def alone(self) -> bool:
        """Whether it is a check that other rows answer, or nobody."""
        return self.stage is None

    @property
    def phase(self) -> Phase:
        """What the row does."""
        ended = [OUTCOME_PHASES[seen.outcome] for seen in (self.check, self.stage) if seen and seen.outcome]
        if ended and len(ended) == len(self.refs):
            return next(phase for phase in WORST_FIRST if phase in ended)
        if self.stage is None:
            return Phase.WAITING
        if self.stage.outcome is not None:  # its check is still open
            ran = self.taken or self.stage.outcome in {Outcome.SUCCEEDED, Outcome.FAILED}
            return Phase.RUNNING if ran else Phase.WAITING
        if self.taken:
            return Phase.RUNNING
        return Phase.WAITING if self.stage.state in {None, StageState.PLANNED} else Phase.QUEUED

    @property
    def cause(self) -> str:
        """Why it ended as it did: in the words of the node that decided; empty for a success."""
        phase = self.phase
        for seen in (self.stage, self.check):
            if seen is not None and seen.cause and seen.outcome and OUTCOME_PHASES[seen.outcome] is phase:
                return seen.cause
        return ""

    @property
    def gist(self) -> str:
        """The cause in one line; of what did not run only the fact that decided, as the rest goes without saying."""
        cause = one_line(self.cause)
        if self.phase is Phase.SKIPPED:
            return cause.partition(", so ")[0]
        return cause.partition(": ")[2] or cause if self.phase is Phase.CANCELLED else cause

    @property
    def waits(self) -> str:
        """Why it waits, in one line without the name of the stage; empty if nobody asked."""
        if self.reason is None:
            return ""
        who = f"{self.reason.node}"
        return one_line(self.reason.text).removeprefix(f"{who} ").removesuffix(f"; {who} waits")

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for more than the end of what is under way."""
        return self.reason is not None and self.reason.kind in _STUCK

    def seconds(self, now: datetime) -> float | None:
        """Return how long it ran, or has run so far; None if it never did."""
        if self.started_at is None:
            return None
        return ((self.ended_at or now) - self.started_at).total_seconds()


def label_of(ref: NodeRef) -> str:
    """Return what a row is called that stands for this node alone."""
    return ref.id if ref.kind is NodeKind.STAGE else f"{ref.id} (check)"
