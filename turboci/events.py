"""What happened to a plan, in commit order with dense sequence numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from turboci.nodes import Check, ProgressEntry, Stage
from turboci.states import AttemptState, CheckState, Outcome, StageState


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    sequence: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckChanged(_Event):
    """A check moved; `old_state` is None when it was just created, `check` is None unless asked for.

    Example:
        async for event in execution.events(after_sequence=0):
            if isinstance(event, ci.CheckChanged) and event.outcome is ci.Outcome.FAILED:
                print(event.check_id, event.cause)
    """

    check_id: str
    old_state: CheckState | None
    new_state: CheckState
    outcome: Outcome | None = None
    cause: str | None = None
    check: Check | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StageChanged(_Event):
    """A stage moved, or its attempt did: then both states may be equal.

    Attributes:
        old_state: None when the stage was just created.
        stage: None unless asked for.
        attempt: The attempt that was queued (PENDING) or that a runner took; None where the stage alone moved.
        attempt_state: How far that attempt is.

    Example:
        async for event in execution.events():
            if isinstance(event, ci.StageChanged):
                print(event.stage_id, event.new_state.name, event.attempt)
    """

    stage_id: str
    old_state: StageState | None
    new_state: StageState
    outcome: Outcome | None = None
    cause: str | None = None
    stage: Stage | None = None
    attempt: int | None = None
    attempt_state: AttemptState | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanCompleted(_Event):
    """Every node of the plan is FINAL; it comes again if nodes are added later and finish.

    Example:
        async for event in execution.events(after_sequence=0):
            if isinstance(event, ci.PlanCompleted):
                break
    """

    checks_completed: int
    stages_completed: int
    has_failures: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgressReported(_Event):
    """An attempt said how far it is; only on request, and not kept: the newest entries are in the attempt.

    It has no number of its own: `sequence` is how far the stream has come.

    Example:
        async for event in execution.events(only=ci.EventFilter(progress=True)):
            if isinstance(event, ci.ProgressReported):
                print(event.stage_id, event.progress.percent, event.progress.message)
    """

    stage_id: str
    attempt: int
    progress: ProgressEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class Bookmark(_Event):
    """Nothing passed the filter for a while; `sequence` is how far the stream has come. Only on request.

    Example:
        if isinstance(event, ci.Bookmark):
            position = event.sequence  # nothing before it is missed when the watch starts again after it
    """


Change: TypeAlias = CheckChanged | StageChanged | PlanCompleted
"""What is kept, and has a number of its own."""
Event: TypeAlias = Change | ProgressReported | Bookmark


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events a watcher wants; empty means all. `PlanCompleted` passes every filter.

    Attributes:
        checks: Whether events of checks pass.
        stages: Whether events of stages pass.
        check_states: New states that pass.
        stage_states: New states that pass.
        include_nodes: Whether events carry the node as stored at sending.
        bookmarks: Whether the stream says how far it has come while the filter holds events back.
        progress: Whether `ProgressReported` passes, of the stages that `stages` and `stage_ids` let through.

    Example:
        >>> only = ci.EventFilter(stages=False, check_states=frozenset({ci.CheckState.FINAL}))
        >>> only.checks, only.stages
        (True, False)
    """

    checks: bool = True
    stages: bool = True
    check_states: frozenset[CheckState] = frozenset()
    stage_states: frozenset[StageState] = frozenset()
    check_ids: frozenset[str] = frozenset()
    stage_ids: frozenset[str] = frozenset()
    include_nodes: bool = False
    bookmarks: bool = False
    progress: bool = False

    def passes(self, event: Event) -> bool:
        """Return whether the watcher wants the event."""
        if isinstance(event, CheckChanged):
            return (
                self.checks
                and (not self.check_states or event.new_state in self.check_states)
                and (not self.check_ids or event.check_id in self.check_ids)
            )
        if isinstance(event, StageChanged):
            return (
                self.stages
                and (not self.stage_states or event.new_state in self.stage_states)
                and (not self.stage_ids or event.stage_id in self.stage_ids)
            )
        if isinstance(event, ProgressReported):
            return self.progress and self.stages and (not self.stage_ids or event.stage_id in self.stage_ids)
        if isinstance(event, Bookmark):
            return self.bookmarks
        return True
