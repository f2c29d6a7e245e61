"""From what a handler returned or raised to the answer of its attempt."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Final

from ci.runner.belongings import Belongings
from turboci.errors import InvalidArgument, StageFailed
from turboci.executions import Answer, Execution
from turboci.payloads import JSON, plain
from turboci.states import StageState

MAX_MESSAGE_CHARACTERS: Final = 4_000
TRACEBACK_LINES: Final = 20


def answer_of(returned: object, execution: Execution, belongings: Belongings) -> Answer:
    """Turn the return value of a handler into an answer.

    A mapping becomes the data of every assigned check, or the details of the attempt if there is none. Anything else
    but None makes the answer red, and so does a mapping that is not JSON. A stage with children waits for them, and
    leaves the checks that they answer to them: these may be FINAL by now.
    """
    try:
        data = _data(returned, execution)
    except InvalidArgument as error:
        return _red(str(error), execution, belongings)
    left = belongings.answered_by_children
    answers_something = any(check.check_id not in left for check in execution.checks)
    return Answer(
        stage_state=StageState.AWAITING_GROUP if belongings.has_children else None,
        check_updates=belongings.updates(data, left=left),
        details={} if answers_something else data,
    )


def answer_of_failure(error: StageFailed, execution: Execution, belongings: Belongings) -> Answer:
    """Turn the failure that a handler declared into a red answer with its data."""
    message = error.message
    data: dict[str, JSON] = {}
    try:
        data = _data(error.data, execution)
    except InvalidArgument as refused:
        message = f"{message} (its data is left out: {refused})"
    return _red(message, execution, belongings, data=data)


def answer_of_exception(error: BaseException, execution: Execution, belongings: Belongings) -> Answer:
    """Turn a defect of a handler into a red answer; the end of the traceback is kept in the details."""
    text = str(error)
    name = type(error).__name__
    lines = "".join(traceback.format_exception(type(error), error, _of_handler(error.__traceback__))).splitlines()
    details: dict[str, JSON] = {"traceback": _sendable("\n".join(lines[-TRACEBACK_LINES:]))}
    return _red(f"{name}: {text}" if text else name, execution, belongings, details=details)


def answer_refused(reason: Exception) -> Answer:
    """Return the answer that replaces one which the orchestrator refused for its content."""
    return Answer(failure=_sendable(f"the answer of the runner was refused: {reason}"))


def _red(
    message: str,
    execution: Execution,
    belongings: Belongings,
    *,
    data: Mapping[str, JSON] | None = None,
    details: Mapping[str, JSON] | None = None,
) -> Answer:
    kept = dict(details or {})
    if not execution.checks:
        kept.update(data or {})
    return Answer(check_updates=belongings.updates(data or {}), failure=_sendable(message), details=kept)


def _data(returned: object, execution: Execution) -> dict[str, JSON]:
    subject = f"stage {execution.stage_id!r}"
    if returned is None:
        return {}
    if isinstance(returned, Mapping):
        return plain(returned, subject, "result")
    raise InvalidArgument(
        subject,
        f"returned {returned!r:.80} ({type(returned).__name__})",
        hint="a handler returns a mapping with string keys, or None",
        field="result",
    )


def _sendable(text: str) -> str:
    """Cut text and replace what is no UTF-8: a message must never be the reason why an answer is lost."""
    cut = text if len(text) <= MAX_MESSAGE_CHARACTERS else text[:MAX_MESSAGE_CHARACTERS] + "..."
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")


def _of_handler(tb: TracebackType | None) -> TracebackType | None:
    """Leave out the leading frames that are ours."""
    start = tb
    while start is not None and str(start.tb_frame.f_globals.get("__name__", "")).startswith("ci.runner."):
        start = start.tb_next
    return start if start is not None else tb
