"""What a call has written, for whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.service import views
from orchestrator.service.writes.creation import NewCheck, NewStage
from turboci.nodes import Check, Nodes, Stage


@dataclass(frozen=True, slots=True)
class Written:
    """Nodes as they are after a call: those that it created as they were made, the others as they were read.

    Attributes:
        work_plan_id: Their plan.
        sequence: Position of the plan.
        checks: In the order of the call.
        stages: In the order of the call.
    """

    work_plan_id: str
    sequence: int
    checks: Sequence[NewCheck | Check]
    stages: Sequence[NewStage | Stage]

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self.checks) + len(self.stages)

    def nodes(self) -> Nodes:
        """Return them as values; this needs no database."""
        return Nodes(
            checks=tuple(self._check(check) for check in self.checks),
            stages=tuple(self._stage(stage) for stage in self.stages),
            sequence=self.sequence,
        )

    def _check(self, check: NewCheck | Check) -> Check:
        return check if isinstance(check, Check) else views.check_of(check.row, self.work_plan_id, check.group)

    def _stage(self, stage: NewStage | Stage) -> Stage:
        if isinstance(stage, Stage):
            return stage
        tried = (views.queued(stage.row),) if stage.queued else ()
        return views.stage_of(stage.row, self.work_plan_id, stage.group, stage.assignments, tried, parent=stage.parent)
