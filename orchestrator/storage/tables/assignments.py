"""The table `assignments`: which stage answers which check."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from orchestrator.storage.interface import Connection, Row, Session
from orchestrator.storage.statements import statements
from orchestrator.storage.tables.checks import CheckRow
from turboci.nodes import Assignment
from turboci.states import CheckState

SQL: Final = statements("assignments")


def insert(session: Session, rows: Iterable[Row]) -> None:
    """Add assignments, as `rows_of` returns them."""
    session.change_each(SQL["insert"], rows)


def rows_of(plan: int, stage: int, assignments: Iterable[Assignment]) -> list[Row]:
    """Return the assignments of one stage as rows."""
    return [
        (stage, position, plan, assignment.target_check_id, assignment.goal_state)
        for position, assignment in enumerate(assignments)
    ]


def answered_of(connection: Connection, plan: int, ids: Iterable[str]) -> Iterator[str]:
    """Yield those of some checks that any stage is assigned to."""
    for (check_id,) in connection.execute(SQL["answered_of"], (plan, json.dumps([*ids]))):
        yield check_id


def delete(session: Session, stage: int) -> None:
    """Remove the assignments of a stage."""
    session.change(SQL["delete"], (stage,))


def of_stage(connection: Connection, stage: int) -> tuple[Assignment, ...]:
    """Return the assignments of a stage, in order."""
    rows = connection.execute(SQL["of_stage"], (stage,))
    return tuple(Assignment(check_id, CheckState(goal)) for check_id, goal in rows)


def of_stages(connection: Connection, stages: Iterable[int]) -> dict[int, list[Assignment]]:
    """Return the assignments of many stages by stage, in order; those without any are missing."""
    found: defaultdict[int, list[Assignment]] = defaultdict(list)
    for stage, check_id, goal in connection.execute(SQL["of_stages"], (json.dumps([*stages]),)):
        found[stage].append(Assignment(check_id, CheckState(goal)))
    return found


def any_of(connection: Connection, stage: int) -> bool:
    """Return whether a stage is assigned to any check."""
    return next(connection.execute(SQL["any_of"], (stage,)), None) is not None


def assigned_checks(connection: Connection, stage: int) -> list[tuple[int, CheckRow]]:
    """Return the existing checks of a stage, each with the state that the stage brings it to."""
    return [(goal, CheckRow(*row)) for goal, *row in connection.execute(SQL["assigned_checks"], (stage,))]


def offered_to(connection: Connection, stages: Iterable[int]) -> dict[int, list[CheckRow]]:
    """Return the existing checks that are not FINAL, by the stages that are to answer them; others are missing."""
    found: defaultdict[int, list[CheckRow]] = defaultdict(list)
    for stage, *row in connection.execute_each(SQL["offered_to"], [(stage,) for stage in stages]):
        found[stage].append(CheckRow(*row))
    return found


def unanswered_by(connection: Connection, stages: Iterable[int]) -> list[CheckRow]:
    """Return the checks that some stages were to finish, and that are not FINAL, each once."""
    rows = connection.execute_each(SQL["unanswered_by"], [(stage,) for stage in stages])
    return [*{row[0]: CheckRow(*row) for row in rows}.values()]


def assigned_states(connection: Connection, stage: int) -> list[int | None]:
    """Return the state of each check of a stage, None for one that is not written yet."""
    return [state for (state,) in connection.execute(SQL["assigned_states"], (stage,))]


def stages_of(connection: Connection, plan: int, check_id: str) -> list[tuple[int, int]]:
    """Return the keys of the stages assigned to a check, each with its goal."""
    return [(stage, goal) for stage, goal in connection.execute(SQL["stages_of"], (plan, check_id))]
