"""Why a node is not FINAL yet."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from turboci.dependencies import Dependency, NodeRef


class ReasonKind(enum.Enum):
    """What a node waits for.

    Example:
        if any(reason.kind is ci.ReasonKind.NO_RUNNER for reason in await execution.why()):
            print("start a runner")
    """

    DEPENDENCY_OPEN = "dependency_open"
    TARGET_MISSING = "target_missing"
    CHECK_NOT_LOCKED = "check_not_locked"
    NO_RUNNER = "no_runner"
    RUNNERS_BUSY = "runners_busy"
    BACKING_OFF = "backing_off"
    RUNNING = "running"
    QUEUED = "queued"
    CHILDREN_OPEN = "children_open"
    UNASSIGNED = "unassigned"
    STAGES_OPEN = "stages_open"
    UNCLAIMED = "unclaimed"
    EXTERNAL = "external"
    HELD = "held"
    NOT_COMMITTED = "not_committed"
    """Said by the client, of nodes that a task of its process is still defining."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why `node` waits; `str` of it is a sentence.

    Attributes:
        waits_for: The edges that are open.

    Example:
        for reason in await execution.why("deploy"):
            print(reason)                                # a sentence
            print([edge.target for edge in reason.waits_for])
    """

    node: NodeRef
    kind: ReasonKind
    text: str
    waits_for: tuple[Dependency, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class StoppingAttempt:
    """An attempt that has ended, though its runner has not said yet that it has stopped; `str` of it is a sentence.

    Attributes:
        attempt: Counts from 1.
        asked_at: When the runner was asked to stop.

    Example:
        for attempt in (await orch.explain(plan.id)).stopping:
            print(attempt.runner_id, "still works on", attempt.stage_id)
    """

    stage_id: str
    attempt: int
    runner_id: str
    asked_at: datetime

    def __str__(self) -> str:
        return (
            f"runner {self.runner_id!r} is still stopping attempt {self.attempt} of stage {self.stage_id!r}: "
            f"it was asked to at {self.asked_at.astimezone():%H:%M:%S}"
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    r"""Why a plan, or some of its nodes, is not done.

    Attributes:
        stalled: Nothing that is under way can finish the plan.
        stopping: Attempts that were cancelled, or ran out of time, and may still be worked on.

    Example:
        explanation = await orch.explain(plan.id)
        if explanation.stalled:
            print(*explanation.reasons, sep="\n")
    """

    reasons: tuple[Reason, ...] = ()
    stalled: bool = False
    stopping: tuple[StoppingAttempt, ...] = ()
