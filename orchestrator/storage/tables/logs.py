"""The table `attempt_logs`: the output of attempts, the newest of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orchestrator.storage.interface import Connection, Session
from orchestrator.storage.statements import statements

SQL: Final = statements("logs")


@dataclass(frozen=True, slots=True)
class LogRow:
    """A piece of the log of an attempt; `start` and `size` are bytes."""

    start: int
    size: int
    text: str
    at_us: int

    @property
    def end(self) -> int:
        """Where the next piece begins."""
        return self.start + self.size


def append(session: Session, attempt: int, text: str, at_us: int, *, keep: int) -> None:
    """Add output; pieces go, oldest first, as long as what stays has at least `keep` bytes, and this one stays."""
    start: int = next(session.execute(SQL["end"], (attempt,)), (0,))[0]
    size = len(text.encode())
    session.change(SQL["append"], (attempt, start, size, text, at_us))
    if start + size > keep:
        session.change(SQL["trim"], (attempt, min(start, start + size - keep)))


def after(connection: Connection, attempt: int, start: int, limit: int) -> list[LogRow]:
    """Return pieces that begin at `start` or later, oldest first, at most `limit`."""
    return [LogRow(*row) for row in connection.execute(SQL["after"], (attempt, start, limit))]
