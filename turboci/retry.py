"""How often, and after how long, a stage is attempted again."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from turboci.errors import InvalidArgument
from turboci.required import is_number


class RetryOn(enum.Flag):
    """Which kind of ended attempt is followed by another one.

    Example:
        >>> dag = ci.DAG()
        >>> dag.shell("flaky", "make test").retry(max_attempts=3, retry_on=ci.RetryOn.LOST | ci.RetryOn.FAILED)
        <StageNode 'flaky'>
    """

    LOST = 1
    FAILED = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """When to try again. Times are seconds.

    Attributes:
        max_attempts: Attempts that are charged to the stage, the first included.
        initial_backoff: Wait before the second attempt.
        multiplier: Factor from one wait to the next.
        max_backoff: Longest wait.
        retry_on: LOST: the machinery failed. FAILED: the work said that it failed.

    Raises:
        InvalidArgument: A number is out of range.

    Example:
        >>> RetryPolicy(initial_backoff=1.0).backoff(3)
        4.0
    """

    max_attempts: int = 3
    initial_backoff: float = 1.0
    multiplier: float = 2.0
    max_backoff: float = 60.0
    retry_on: RetryOn = RetryOn.LOST

    def __post_init__(self) -> None:
        self._require("max_attempts", self.max_attempts, 1, 1_000_000)
        self._require("initial_backoff", self.initial_backoff, 0, MAX_SECONDS)
        self._require("multiplier", self.multiplier, 1, 1_000_000)
        self._require("max_backoff", self.max_backoff, 0, MAX_SECONDS)
        if not self.retry_on:
            raise InvalidArgument(
                "retry policy", "has an empty retry_on", hint="max_attempts=1 means no retries", field="retry_on"
            )

    def _require(self, field: str, value: float, low: float, high: float) -> None:
        if not (is_number(value) and low <= value <= high):
            raise InvalidArgument(
                "retry policy", f"has {field} {value!r}", hint=f"{low:,} to {high:,} is allowed", field=field
            )

    def backoff(self, ended: int) -> float:
        """Return the seconds to wait after the attempt number `ended`, before jitter."""
        try:
            wait = self.initial_backoff * self.multiplier ** (ended - 1)
        except OverflowError:
            return self.max_backoff
        return min(wait, self.max_backoff)


MAX_SECONDS = 10 * 365 * 86_400.0
"""Longest time that a setting may name, ten years; beyond it sums leave the range of timestamps."""
