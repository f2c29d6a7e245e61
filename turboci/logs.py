"""The output of attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPiece:
    """A piece of the log of an attempt.

    Attributes:
        attempt: Which attempt of the stage; counts from 1.
        start: Bytes of UTF-8 that the log has before it. Where it is more than the end of the piece before, what lies
            between was too much to be kept.
        text: What was put out; whole lines, as far as the runner sends them so.
        at: When the orchestrator got it.

    Example:
        async with contextlib.aclosing(orchestrator.read_log(plan.id, "test", follow=True)) as log:
            async for piece in log:
                print(piece.text, end="")
    """

    attempt: int
    start: int
    text: str
    at: datetime

    @property
    def end(self) -> int:
        """Where the next piece begins."""
        return self.start + len(self.text.encode())
