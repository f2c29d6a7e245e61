"""What was looked at, and how it is."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Health(enum.Enum):
    """How a thing is."""

    OK = "ok"
    ODD = "odd"
    """It works, but not as well as it could, or not for everybody."""
    BAD = "bad"
    """An orchestrator cannot work so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `text` has the actual value and, unless all is well, what to do."""

    thing: str
    health: Health
    text: str
