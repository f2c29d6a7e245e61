"""The rows of finished plans on their way out."""

from __future__ import annotations

from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements
from turboci.plans import DeletedPlans

SQL: Final = statements("deletion")


def oldest_finished(connection: Connection) -> int | None:
    """Return when the plan finished that finished first, or None if there is none."""
    at_us: int | None = next(connection.execute(SQL["oldest_finished"]))[0]
    return at_us


def count_finished(connection: Connection) -> int:
    """Return how many plans are finished."""
    return int(next(connection.execute(SQL["count_finished"]))[0])


def doom(session: Session, finished_by_us: int, limit: int) -> tuple[list[int], DeletedPlans]:
    """Hide the plans that finished first, if they had by then; return their keys, and count them."""
    hidden = list(session.execute(SQL["doom"], (finished_by_us, limit)))
    return [key for key, _, _ in hidden], DeletedPlans(
        plans=len(hidden),
        checks=sum(checks for _, checks, _ in hidden),
        stages=sum(stages for _, _, stages in hidden),
    )


def eligible(connection: Connection, finished_by_us: int, limit: int) -> DeletedPlans:
    """Count what `doom` would hide."""
    plans, checks, stages = next(connection.execute(SQL["eligible"], (finished_by_us, limit)))
    return DeletedPlans(plans=plans, checks=checks, stages=stages)


def next_doomed(connection: Connection) -> int | None:
    """Return a hidden plan whose rows are still there."""
    return next((key for (key,) in connection.execute(SQL["next_doomed"])), None)


def delete_events(session: Session, plan: int, limit: int) -> int:
    """Delete events of a plan; return how many."""
    return session.change(SQL["events"], (plan, limit))


def delete_edges(session: Session, plan: int, limit: int) -> int:
    """Delete edges of a plan; return how many."""
    return session.change(SQL["edges"], (plan, limit))


def delete_assignments(session: Session, plan: int, limit: int) -> int:
    """Delete assignments of a plan; return how many."""
    return session.change(SQL["assignments"], (plan, limit))


def checks(connection: Connection, plan: int, limit: int) -> list[int]:
    """Return keys of checks of a plan."""
    return [key for (key,) in connection.execute(SQL["checks"], (plan, limit))]


def delete_results(session: Session, check: int, limit: int) -> int:
    """Delete results of a check; return how many."""
    return session.change(SQL["results"], (check, limit))


def delete_check(session: Session, check: int) -> int:
    """Delete a check without results; return 1."""
    return session.change(SQL["check"], (check,))


def stages(connection: Connection, plan: int, limit: int) -> list[int]:
    """Return keys of stages of a plan."""
    return [key for (key,) in connection.execute(SQL["stages"], (plan, limit))]


def delete_attempts(session: Session, stage: int) -> int:
    """Delete the attempts of a stage with their progress; return how many rows it were."""
    return sum(session.change(SQL[name], (stage,)) for name in ("progress", "logs", "attempts"))


def delete_stage(session: Session, stage: int) -> int:
    """Delete a stage without attempts; return 1."""
    return session.change(SQL["stage"], (stage,))


def delete_plan(session: Session, plan: int) -> None:
    """Delete a plan that has nothing any more."""
    session.change(SQL["plan"], (plan,))
