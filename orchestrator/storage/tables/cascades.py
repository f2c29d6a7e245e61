"""The table `cascades`: nodes that are FINAL and have not told all of their dependents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from orchestrator.storage.interface import Connection, Row, Session, Value
from orchestrator.storage.statements import statements

SQL: Final = statements("cascades")


def insert(session: Session, columns: Sequence[Value]) -> None:
    """Add a row: plan, kind, key and id of the node, old state, outcome, spared, told_kind, told."""
    session.change(SQL["insert"], columns)


def take(session: Session, plan: int, limit: int) -> list[Row]:
    """Remove the oldest rows of a plan; return their columns in the order of `insert`."""
    rows = list(session.execute(SQL["oldest"], (plan, limit)))
    if rows:
        session.change(SQL["forget"], (plan, rows[-1][0]))
    return [row[1:] for row in rows]


def any_of(connection: Connection, plan: int) -> bool:
    """Return whether a plan has any row."""
    return next(connection.execute(SQL["any_of"], (plan,)), None) is not None


def plans(connection: Connection) -> list[int]:
    """Return the keys of the plans that have rows."""
    return [plan for (plan,) in connection.execute(SQL["plans"])]
