"""The plans as peers see them: layers of steps, each of which waits for the whole layer before.

Only the standard library is used here, and in `timing`: both run in the environments of the peers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Layers:
    """A plan.

    Attributes:
        name: That of the same plan in `benchmarks.plans`.
        widths: Steps in each layer.
        grows: Whether a larger plan has more layers; otherwise its widest layer is wider.
        work: Seconds that each step takes by itself.
        slots: Steps at the same time; 0 is no limit.
    """

    name: str
    widths: tuple[int, ...]
    grows: bool
    work: float = 0.0
    slots: int = 0

    @property
    def steps(self) -> int:
        """How many there are."""
        return sum(self.widths)

    def scaled(self, factor: float) -> Layers:
        """Return the plan that is so many times as large."""
        if self.grows:
            return replace(self, widths=self.widths[:1] * max(2, round(len(self.widths) * factor)))
        widest = max(self.widths)
        return replace(self, widths=tuple(max(2, round(w * factor)) if w == widest else w for w in self.widths))


PLANS: Final = (
    Layers("chain", (1,) * 100, grows=True),
    Layers("fan", (1, 500, 1), grows=False),
    Layers("mesh", (20,) * 10, grows=True),
    Layers("light chain", (1,) * 40, grows=True, work=0.010),
    Layers("light crowd", (400,), grows=False, work=0.010, slots=10),
)
