"""What a recording runner does with the attempts of a stage."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from ci.runner import Handler
from turboci.errors import InvalidArgument
from turboci.payloads import JSON, plain


class Act(enum.Enum):
    """What happens to an attempt."""

    SUCCEED = "succeed"
    FAIL = "fail"
    HANG = "hang"
    LOSE = "lose"
    CALL = "call"


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What happens to one attempt.

    Attributes:
        after: Seconds on the clock until it happens.
        handler: Who answers; for CALL alone.
    """

    act: Act
    data: Mapping[str, JSON] = field(default_factory=dict)
    message: str = ""
    after: float = 0.0
    handler: Handler | None = None


SUCCESS: Final = Turn(act=Act.SUCCEED)


class StageScript:
    """What happens to the attempts of a stage: each call says it of the next one, the last call of all that follow.

    Example:
        runner.on("test").lose().fail("2 tests failed").succeed({"passed": 40})
    """

    def __init__(self, stage_id: str) -> None:
        """Make an empty script, by which every attempt succeeds."""
        self._stage_id: Final = stage_id
        self._turns: Final[list[Turn]] = []

    def succeed(self, data: Mapping[str, object] | None = None, *, after: float = 0.0) -> Self:
        """Answer green.

        Args:
            data: What the checks of the stage are answered with.
            after: Seconds on the clock that the work takes.

        Raises:
            InvalidArgument: `data` is not JSON, or `after` is negative.
        """
        return self._add(Turn(act=Act.SUCCEED, data=self._plain(data), after=self._seconds(after)))

    def fail(self, message: str, *, data: Mapping[str, object] | None = None, after: float = 0.0) -> Self:
        """Answer red, as `ci.StageFailed` does.

        Args:
            message: Why.
            data: What the checks of the stage are answered with.
            after: Seconds on the clock that the work takes.

        Raises:
            InvalidArgument: `data` is not JSON, or `after` is negative.
        """
        turn = Turn(act=Act.FAIL, message=message, data=self._plain(data), after=self._seconds(after))
        return self._add(turn)

    def hang(self) -> Self:
        """Never answer; the attempt ends by its timeout, by silence, or when it is cancelled."""
        return self._add(Turn(act=Act.HANG))

    def lose(self) -> Self:
        """Let the runner be gone: the orchestrator gets no answer, and knows it."""
        return self._add(Turn(act=Act.LOSE))

    def call(self, handler: Handler) -> Self:
        """Let a function answer, as it would on a real runner.

        Example:
            runner.on("plan").call(lambda stage: {"targets": ["a", stage.arg("extra", str)]})
        """
        return self._add(Turn(act=Act.CALL, handler=handler))

    def turn(self, attempt: int) -> Turn:
        """Return what happens to an attempt, counted from 1."""
        if not self._turns:
            return SUCCESS
        return self._turns[min(attempt, len(self._turns)) - 1]

    def _add(self, turn: Turn) -> Self:
        self._turns.append(turn)
        return self

    def _plain(self, data: Mapping[str, object] | None) -> dict[str, JSON]:
        return plain(data or {}, f"script of stage {self._stage_id!r}", "data")

    def _seconds(self, after: float) -> float:
        if not (math.isfinite(after) and after >= 0):
            raise InvalidArgument(
                f"script of stage {self._stage_id!r}", f"has after={after}", hint="it is a number of seconds from 0"
            )
        return after
