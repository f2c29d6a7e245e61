"""Which runner had which attempt, from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from turboci.events import Event, StageChanged
from turboci.nodes import Attempt, Nodes, Stage
from turboci.states import AttemptState


@dataclass(frozen=True, kw_only=True, slots=True)
class Tenure:
    """The time that one attempt spent with its runner.

    Attributes:
        queued_at: When it was ready and waited for a runner.
        begun_at: When the runner got it.
        slot: Which of the things that the runner did at the same time this was, counted from 0.
        lasts: Whether it goes on.
    """

    stage_id: str
    runner: str
    runner_type: str
    attempt: Attempt
    queued_at: datetime
    begun_at: datetime
    ended_at: datetime
    slot: int = 0
    lasts: bool = False

    @property
    def seconds(self) -> float:
        """How long it was."""
        return max(0.0, (self.ended_at - self.begun_at).total_seconds())


def tenures(nodes: Nodes, events: Sequence[Event], now: datetime) -> tuple[Tenure, ...]:
    """Return every attempt that a runner had, by the time of its begin, each in a slot of its runner.

    Args:
        nodes: The plan.
        events: What happened; without them attempts count from when they were queued.
        now: The end of those that go on.
    """
    begun: dict[tuple[str, int], datetime] = {}
    for event in events:
        if isinstance(event, StageChanged) and event.attempt and event.attempt_state is not AttemptState.PENDING:
            begun.setdefault((event.stage_id, event.attempt), event.at)
    found = [
        _tenure(stage, attempt, begun.get((stage.id, attempt.idx)), now)
        for stage in nodes.stages
        for attempt in stage.attempts
        if attempt.process_uid and attempt.created_at is not None
    ]
    return tuple(_slotted(sorted(found, key=lambda tenure: (tenure.begun_at, tenure.stage_id))))


def _tenure(stage: Stage, attempt: Attempt, begun: datetime | None, now: datetime) -> Tenure:
    queued = attempt.created_at or now
    lasts = not attempt.state.ended
    begun_at = begun or queued
    ended = now if lasts else (attempt.updated_at or now)
    return Tenure(
        stage_id=stage.id,
        runner=attempt.process_uid,
        runner_type=stage.runner_type,
        attempt=attempt,
        queued_at=min(queued, begun_at),
        begun_at=begun_at,
        ended_at=max(ended, begun_at),
        lasts=lasts,
    )


def _slotted(found: Iterable[Tenure]) -> list[Tenure]:
    """Give every tenure the lowest slot of its runner that is free when it begins."""
    free_at: dict[str, list[datetime]] = {}
    slotted: list[Tenure] = []
    for tenure in found:
        slots = free_at.setdefault(tenure.runner, [])
        slot = next((index for index, free in enumerate(slots) if free <= tenure.begun_at), len(slots))
        if slot == len(slots):
            slots.append(tenure.ended_at)
        else:
            slots[slot] = tenure.ended_at
        slotted.append(replace(tenure, slot=slot))
    return slotted
