"""The table `attempt_progress`: signs of life, the newest ones."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
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


def of_attempts(connection: Connection, attempts: Iterable[int]) -> dict[int, list[ProgressRow]]:
    """Return the entries of many attempts by attempt, oldest first; those without any are missing."""
    found: defaultdict[int, list[ProgressRow]] = defaultdict(list)
    for attempt, *row in connection.execute(SQL["of_attempts"], (json.dumps([*attempts]),)):
        found[attempt].append(ProgressRow(*row))
    return found
