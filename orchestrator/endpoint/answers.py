"""The shape of answers of runners."""

from __future__ import annotations

from orchestrator.endpoint.limits import Limits
from turboci.executions import Answer
from turboci.ids import require_id


def require_answer(answer: Answer, execution_id: str, limits: Limits) -> None:
    """Accept the answer to an execution.

    Raises:
        InvalidArgument: An id is none.
        LimitExceeded: A part is too large.
    """
    subject = f"the answer to execution {execution_id!r}"
    limits.require_payload(answer.details, subject, "details")
    limits.require_text(answer.failure, subject, "failure")
    for index, update in enumerate(answer.check_updates):
        path = f"check_updates[{index}]"
        require_id(update.check_id, f"{subject}: check", field=f"{path}.check_id")
        limits.require_payload(update.data, subject, f"{path}.result_data")
        limits.require_text(update.failure, subject, f"{path}.failure")
