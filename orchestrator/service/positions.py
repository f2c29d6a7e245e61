"""Where in the events of a plan a watcher begins."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.service.plans import require_plan
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import events
from turboci.errors import PositionExpired


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the events of a plan: after the event `sequence`."""

    plan: int
    sequence: int


def position(connection: Connection, work_plan_id: str, after_sequence: int | None) -> Position:
    """Return the place after an event of a plan; None is the present.

    Raises:
        NotFound: There is no such plan.
        PositionExpired: There is no such event yet, or those that follow it are not kept any more.
    """
    plan = require_plan(connection, work_plan_id)
    newest = plan.event_sequence
    after = newest if after_sequence is None else after_sequence
    if after > newest:
        # Waiting for it would be silent: it is of another database, or of this one before it was put back.
        raise _expired(work_plan_id, f"has no event {after}, its newest is {newest}")
    if after < newest and not events.holds(connection, plan.key, after + 1):
        raise _expired(work_plan_id, f"keeps event {after + 1} no more")
    return Position(plan.key, after)


def _expired(work_plan_id: str, problem: str) -> PositionExpired:
    return PositionExpired(
        f"work plan {work_plan_id!r}",
        problem,
        hint="query the nodes, and watch after the sequence of the answer",
        field="after_sequence",
    )
