"""Why a node is not FINAL yet."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from turboci.dependencies import Dependency, NodeRef


class ReasonKind(enum.Enum):
    """What a node waits for."""

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


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why `node` waits; `str` of it is a sentence.

    Attributes:
        waits_for: The edges that are open.
    """

    node: NodeRef
    kind: ReasonKind
    text: str
    waits_for: tuple[Dependency, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a plan, or some of its nodes, is not done.

    Attributes:
        stalled: Nothing that is under way can finish the plan.
    """

    reasons: tuple[Reason, ...] = ()
    stalled: bool = False
