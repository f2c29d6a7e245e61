"""How the dispatcher reaches runners, whatever lies between."""

from __future__ import annotations

from typing import Protocol

from turboci.executions import Acceptance, Answer, Execution


class NotDelivered(Exception):
    """The runner never got the execution, or refused it: nothing is charged to the stage."""


class DeliveryLost(Exception):
    """The execution was sent and no answer came: the attempt is lost."""


class AnswerInvalid(Exception):
    """The runner answered something that cannot be understood or is too large: the attempt is red."""


class RunnerCaller(Protocol):
    """Hands executions to runners. Cancelling a call cancels it at the runner, too."""

    async def run(self, address: str, execution: Execution, *, timeout: float) -> Answer:
        """Execute a SYNC attempt; `timeout` is the seconds until its deadline.

        Raises:
            NotDelivered: The runner cannot be reached.
            DeliveryLost: The connection broke, the deadline passed, or the runner raised an error.
            AnswerInvalid: The answer cannot be understood, or is above the size limit.
        """
        ...

    async def run_async(self, address: str, execution: Execution, *, timeout: float) -> Acceptance:
        """Offer an ASYNC attempt.

        Raises:
            NotDelivered: The runner cannot be reached.
            DeliveryLost: The connection broke, or nothing came within `timeout` seconds.
        """
        ...

    async def cancel(self, address: str, execution_id: str, reason: str, *, timeout: float) -> None:
        """Ask the runner to stop an attempt, and return when it has; one that cannot, or is gone, is tolerated."""
        ...
