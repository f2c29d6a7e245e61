"""The seven things that a row can be, and how each looks."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from turboci.states import Outcome


class Phase(enum.Enum):
    """What a row does, in the word that people read."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "FAILED"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to the row any more."""
        return self not in _OPEN


_OPEN: Final = frozenset({Phase.WAITING, Phase.QUEUED, Phase.RUNNING})

OUTCOME_PHASES: Final[Mapping[Outcome, Phase]] = {
    Outcome.SUCCEEDED: Phase.SUCCEEDED,
    Outcome.FAILED: Phase.FAILED,
    Outcome.SKIPPED: Phase.SKIPPED,
    Outcome.CANCELLED: Phase.CANCELLED,
}

WORST_FIRST: Final = (Phase.FAILED, Phase.CANCELLED, Phase.SKIPPED, Phase.SUCCEEDED)
"""Which outcome a row shows when its check and its stage ended differently."""

STYLES: Final[Mapping[Phase, str]] = {
    Phase.WAITING: "dim",
    Phase.QUEUED: "cyan",
    Phase.RUNNING: "bold cyan",
    Phase.SUCCEEDED: "green",
    Phase.FAILED: "bold red",
    Phase.SKIPPED: "dim",
    Phase.CANCELLED: "yellow",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Glyphs:
    """The signs of one character set; `spinner` is shown frame after frame, `full` and `empty` make bars."""

    phases: Mapping[Phase, str]
    spinner: str
    branch: str
    last: str
    rail: str
    ellipsis: str
    quote: str
    full: str
    empty: str

    def of(self, phase: Phase, frame: int = 0) -> str:
        """Return the sign of a phase; `frame` counts redraws."""
        return self.spinner[frame % len(self.spinner)] if phase is Phase.RUNNING else self.phases[phase]

    @classmethod
    def for_encoding(cls, encoding: str) -> Glyphs:
        """Return the richest set that the encoding of a terminal can show."""
        try:
            "".join(
                [
                    *UNICODE.phases.values(),
                    UNICODE.spinner,
                    UNICODE.branch,
                    UNICODE.ellipsis,
                    UNICODE.full,
                    UNICODE.empty,
                ]
            ).encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return ASCII
        return UNICODE


UNICODE: Final = Glyphs(
    phases={
        Phase.WAITING: "·",
        Phase.QUEUED: "○",
        Phase.RUNNING: "●",
        Phase.SUCCEEDED: "✓",
        Phase.FAILED: "✗",
        Phase.SKIPPED: "⊘",
        Phase.CANCELLED: "■",
    },
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    branch="├─ ",
    last="└─ ",
    rail="│  ",
    ellipsis="…",
    quote="│ ",
    full="━",
    empty="╌",
)
ASCII: Final = Glyphs(
    phases={
        Phase.WAITING: ".",
        Phase.QUEUED: "o",
        Phase.RUNNING: "*",
        Phase.SUCCEEDED: "+",
        Phase.FAILED: "X",
        Phase.SKIPPED: "-",
        Phase.CANCELLED: "#",
    },
    spinner="|/-\\",
    branch="|- ",
    last="`- ",
    rail="|  ",
    ellipsis="...",
    quote="| ",
    full="#",
    empty=".",
)
