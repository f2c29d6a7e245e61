"""Small plans as the orchestrator would tell of them, for the tests of the view."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.events import CheckChanged, Event, StageChanged
from turboci.nodes import Assignment, Attempt, Check, CheckResult, Nodes, ProgressEntry, Stage
from turboci.states import AttemptState, CheckState, Outcome, StageState

START = datetime(2025, 3, 1, 12, 0, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def after(*check_ids: str) -> DependencyGroup:
    return DependencyGroup(dependencies=tuple(NodeRef(NodeKind.CHECK, id).succeeded for id in check_ids))


def check(id: str, *deps: str, state: CheckState = CheckState.PLANNED, **fields: Any) -> Check:
    return Check(id=id, work_plan_id="p1", state=state, dependencies=after(*deps), **fields)


def stage(id: str, *deps: str, answers: Iterable[str] = (), **fields: Any) -> Stage:
    fields.setdefault("state", StageState.PLANNED)
    return Stage(
        id=id,
        work_plan_id="p1",
        assignments=tuple(Assignment(answered) for answered in answers),
        dependencies=after(*deps),
        **fields,
    )


def steps(edges: dict[str, tuple[str, ...]]) -> Nodes:
    """Return the nodes of a DAG of steps: each is a check and the stage that answers it."""
    return Nodes(
        checks=tuple(check(id) for id in edges),
        stages=tuple(stage(id, *deps, answers=[id]) for id, deps in edges.items()),
    )


class Story:
    """Tells a view what happens, with sequence numbers and times."""

    def __init__(self, view: PlanView) -> None:
        self.view = view
        self.sequence = 0

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def begins(self, id: str, seconds: float) -> None:
        self.attempts(id, seconds, AttemptState.RUNNING)

    def queues(self, id: str, seconds: float) -> None:
        self.attempts(id, seconds, AttemptState.PENDING)

    def attempts(self, id: str, seconds: float, state: AttemptState, number: int = 1) -> Row | None:
        return self.view.apply(attempted(id, self._next(), state, number, seconds))

    def ends(self, id: str, seconds: float, outcome: Outcome = Outcome.SUCCEEDED, cause: str | None = None) -> None:
        self.view.apply(self.stage_end(id, seconds, outcome, cause))
        self.view.apply(self.check_end(id, seconds, outcome, cause))

    def stage_end(self, id: str, seconds: float, outcome: Outcome, cause: str | None = None) -> Event:
        return StageChanged(
            sequence=self._next(),
            at=at(seconds),
            stage_id=id,
            old_state=StageState.ATTEMPTING,
            new_state=StageState.FINAL,
            outcome=outcome,
            cause=cause,
        )

    def check_end(self, id: str, seconds: float, outcome: Outcome, cause: str | None = None) -> Event:
        return CheckChanged(
            sequence=self._next(),
            at=at(seconds),
            check_id=id,
            old_state=CheckState.WAITING,
            new_state=CheckState.FINAL,
            outcome=outcome,
            cause=cause,
        )


def attempted(
    id: str, sequence: int, state: AttemptState = AttemptState.RUNNING, number: int = 1, seconds: float | None = None
) -> StageChanged:
    """Return the event that an attempt was queued, or that a runner took it."""
    return StageChanged(
        sequence=sequence,
        at=at(sequence if seconds is None else seconds),
        stage_id=id,
        old_state=StageState.PLANNED,
        new_state=StageState.ATTEMPTING,
        attempt=number,
        attempt_state=state,
    )


def attempt(idx: int, state: AttemptState, seconds: float, *progress: ProgressEntry) -> Attempt:
    uid = "" if state is AttemptState.PENDING else "runner-1"
    return Attempt(idx=idx, state=state, process_uid=uid, created_at=at(seconds), progress=progress)


def output(text: str) -> CheckResult:
    return CheckResult(owner_type="stage_attempt", owner_id="test:1", data={"output": text}, failure="exit status 1")
