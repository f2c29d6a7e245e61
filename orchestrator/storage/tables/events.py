"""The table `events`: what happened to each plan, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from orchestrator.clock import moment
from orchestrator.storage.interface import Connection, Row, Session, Value
from orchestrator.storage.statements import statements
from orchestrator.storage.tables.edges import CHECK, STAGE
from turboci.events import Change, CheckChanged, PlanCompleted, StageChanged
from turboci.states import AttemptState, CheckState, Outcome, StageState

SQL: Final = statements("events")

COMPLETED: Final = 3
_RED: Final = "RED"


def insert(session: Session, plan: int, events: Iterable[Change], at_us: int) -> None:
    """Add events to a plan that happened at `at_us`."""
    rows = [(plan, event.sequence, at_us, *_columns(event)) for event in events]
    session.change_each(SQL["insert"], rows)


def after(connection: Connection, plan: int, sequence: int, limit: int) -> list[Change]:
    """Return the events of a plan that follow `sequence`, at most `limit`."""
    return [_event(row) for row in connection.execute(SQL["after"], (plan, sequence, limit))]


def holds(connection: Connection, plan: int, sequence: int) -> bool:
    """Return whether an event of a plan is kept."""
    return next(connection.execute(SQL["holds"], (plan, sequence)), None) is not None


def _columns(event: Change) -> tuple[Value, ...]:
    if isinstance(event, PlanCompleted):
        red = _RED if event.has_failures else None
        return COMPLETED, "", event.checks_completed, event.stages_completed, red, None, None, None
    outcome = event.outcome.value if event.outcome else None
    if isinstance(event, CheckChanged):
        return CHECK, event.check_id, event.old_state, event.new_state, outcome, event.cause, None, None
    stage = (STAGE, event.stage_id, event.old_state, event.new_state, outcome, event.cause)
    return *stage, event.attempt, event.attempt_state


def _event(row: Row) -> Change:
    sequence, at_us, kind, node_id, old, new, outcome, cause, attempt, attempt_state = row
    at = moment(at_us)
    if kind == COMPLETED:
        return PlanCompleted(
            sequence=sequence, at=at, checks_completed=old, stages_completed=new, has_failures=outcome == _RED
        )
    ended = Outcome(outcome) if outcome else None
    if kind == CHECK:
        before = CheckState(old) if old else None
        return CheckChanged(
            sequence=sequence,
            at=at,
            check_id=node_id,
            old_state=before,
            new_state=CheckState(new),
            outcome=ended,
            cause=cause,
        )
    started = StageState(old) if old else None
    return StageChanged(
        sequence=sequence,
        at=at,
        stage_id=node_id,
        old_state=started,
        new_state=StageState(new),
        outcome=ended,
        cause=cause,
        attempt=attempt,
        attempt_state=AttemptState(attempt_state) if attempt_state else None,
    )
