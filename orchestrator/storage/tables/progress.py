"""The table `attempt_progress`: signs of life, the newest ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements

SQL: Final = statements("progress")


@dataclass(slots=True)
class ProgressRow:
    """A row of `attempt_progress`, without its key."""

    message: str
    percent: int | None
    details: bytes
    at_us: int


def append(session: Session, attempt: int, row: ProgressRow, *, keep: int) -> None:
    """Add an entry; only the newest `keep` of the attempt stay."""
    parameters = (attempt, row.message, row.percent, row.details, row.at_us)
    position = next(session.execute(SQL["append"], parameters))[0]
    if position > keep:
        session.change(SQL["trim"], (attempt, position - keep))


def of_attempt(connection: Connection, attempt: int) -> list[ProgressRow]:
    """Return the entries of an attempt, oldest first."""
    return [ProgressRow(*row) for row in connection.execute(SQL["of_attempt"], (attempt,))]
