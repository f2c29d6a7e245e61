"""Random answers of runners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.service.drafts import pool
from turboci.executions import Answer, CheckUpdate, Execution
from turboci.states import CheckState, StageState


@dataclass(frozen=True)
class Reply:
    """What a runner does with one of its attempts, and what it answers if it does.

    Attributes:
        which: The attempt.
        how: To answer, report (or accept, if that comes first), lose, refuse or decline.
        offered: Whether it ends the checks that it was offered.
        others: Numbers of other checks that it ends.
        reds: Which of them it ends red.
        failure: Whether, and why, the work failed as a whole.
    """

    which: int
    how: str
    offered: bool
    others: tuple[int, ...]
    reds: tuple[bool, ...]
    failure: str | None
    waits: bool

    @property
    def size(self) -> int:
        """How much there is about it that is not as usual."""
        return 2 * len(self.others) + sum(self.reds) + bool(self.failure) + self.waits + (not self.offered)

    def answer(self, execution: Execution, check_ids: Sequence[str]) -> Answer:
        """Return the answer to an attempt in a plan with these checks."""
        ids = [check.check_id for check in execution.checks] if self.offered else []
        ids += [check_ids[number % len(check_ids)] for number in self.others if check_ids]
        updates = tuple(
            CheckUpdate(check_id=check_id, state=CheckState.FINAL, failure="red" if red else None)
            for check_id, red in zip(ids, self.reds, strict=False)
        )
        state = StageState.AWAITING_GROUP if self.waits else None
        return Answer(stage_state=state, check_updates=updates, failure=self.failure)

    @staticmethod
    def of_unknown_check() -> Answer:
        """Return an answer that does not fit any plan."""
        return Answer(check_updates=(CheckUpdate(check_id="unknown", state=CheckState.FINAL),))


def _reply(random: Random) -> Reply:
    return Reply(
        which=random.randrange(10),
        how=random.choice(["answer", "answer", "answer", "answer", "report", "report", "lose", "refuse", "decline"]),
        offered=random.random() < 0.6,
        others=tuple(random.randrange(16) for _ in range(random.choice([0, 0, 1, 2]))),
        reds=tuple(random.random() < 0.2 for _ in range(8)),
        failure="the work failed" if random.random() < 0.15 else None,
        waits=random.random() < 0.4,
    )


replies = pool(_reply, lambda reply: reply.size, 1024)
