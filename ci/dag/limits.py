"""What ends a plan early."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from turboci.errors import InvalidArgument
from turboci.retry import MAX_SECONDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """When what is open in a plan is cancelled.

    Attributes:
        deadline: A time, or seconds from the moment that the plan is created; None is never.
        fail_fast: With the first FAILED node.
    """

    deadline: datetime | float | None = None
    fail_fast: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no deadline.

        Raises:
            InvalidArgument: The time has no zone, or the seconds are not positive.
        """
        if isinstance(self.deadline, datetime):
            if self.deadline.tzinfo is None:
                text = f"{self.deadline.isoformat()} has no time zone"
                raise InvalidArgument("execute()", f"deadline {text}", hint="use UTC", field="deadline")
        elif self.deadline is not None and not (math.isfinite(self.deadline) and 0 < self.deadline <= MAX_SECONDS):
            raise InvalidArgument(
                "execute()",
                f"is given deadline {self.deadline}",
                hint="a deadline is a time, or a positive number of seconds",
                field="deadline",
            )

    def moment(self) -> datetime | None:
        """Return the deadline of a plan that is created now."""
        if self.deadline is None or isinstance(self.deadline, datetime):
            return self.deadline
        return datetime.now(UTC) + timedelta(seconds=self.deadline)
