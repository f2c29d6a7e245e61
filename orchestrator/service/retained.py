"""How long finished plans are kept, and when to look at them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from orchestrator.config import Config

_MICRO = 1_000_000


@dataclass(slots=True)
class Retained:
    """What the settings say of finished plans; touched on the writer's thread only.

    Attributes:
        for_us: Microseconds after which they are deleted; None: never.
        most: So many are kept; None: all.
        room: How many plans may finish before they have to be counted. Too small a number costs one count.
    """

    for_us: int | None
    most: int | None
    room: int = 0

    def __post_init__(self) -> None:
        if self.most is not None:
            self.room = -1  # nobody has counted yet

    @classmethod
    def of(cls, config: Config) -> Self:
        """Read the settings, of which 0 means never."""
        seconds = config.retain_plans_for
        return cls(int(seconds * _MICRO) if seconds else None, config.retain_plans_most or None)

    def counted(self, kept: int) -> None:
        """Note how many there are; a hundredth too many may gather, so that they are not counted whenever one ends."""
        if self.most is not None:
            self.room = self.most + self.most // 100 - kept

    def finished(self, now_us: int) -> int | None:
        """Note that one more finished; return when to look at them, or None."""
        if self.most is not None:
            self.room -= 1
            if self.room < 0:
                return now_us
        return None if self.for_us is None else now_us + self.for_us
