"""The table `check_results`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements

SQL: Final = statements("results")


@dataclass(slots=True)
class ResultRow:
    """A row of `check_results`."""

    id: int
    owner_type: str
    owner_id: str
    data: bytes
    failure: str | None
    created_us: int
    finalized_us: int | None


@dataclass(frozen=True, slots=True)
class NewResult:
    """What one owner says about a check; `attempt` is the key of the attempt that says it."""

    owner_type: str
    owner_id: str
    data: bytes
    failure: str | None
    finalized: bool
    attempt: int | None = None


def put(session: Session, check: int, new: NewResult, now_us: int) -> None:
    """Add the result of an owner, or replace it."""
    parameters = (
        check,
        new.owner_type,
        new.owner_id,
        new.attempt,
        new.data,
        new.failure,
        now_us,
        now_us if new.finalized else None,
    )
    session.change(SQL["put"], parameters)


def of_owner(connection: Connection, check: int, owner_type: str, owner_id: str) -> ResultRow | None:
    """Return the result of one owner."""
    rows = connection.execute(SQL["of_owner"], (check, owner_type, owner_id))
    return next((ResultRow(*row) for row in rows), None)


def of_checks(connection: Connection, checks: Iterable[int]) -> dict[int, list[ResultRow]]:
    """Return the results of many checks by check, newest last; those without any are missing."""
    found: defaultdict[int, list[ResultRow]] = defaultdict(list)
    for check, *row in connection.execute(SQL["of_checks"], (json.dumps([*checks]),)):
        found[check].append(ResultRow(*row))
    return found


def finalize(session: Session, check: int, now_us: int) -> int:
    """Finalize what is open and counts; return how many results that were."""
    return session.change(SQL["finalize"], (now_us, check))


def red(connection: Connection, check: int) -> tuple[str, str, str] | None:
    """Return owner type, owner id and failure of the first finalized red result that counts."""
    # Sorted here: there are few, most often none, and a sort in the statement costs even then.
    first = min(connection.execute(SQL["red"], (check,)), default=None)
    return (first[1], first[2], first[3]) if first else None
