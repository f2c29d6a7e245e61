"""Builds the write of an attempt: for stages without a runner type, which their workers claim."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Self

from turboci.errors import InvalidArgument
from turboci.nodes import ProgressEntry
from turboci.payloads import JSON, plain, plain_value
from turboci.required import is_number, require_member
from turboci.states import AttemptState
from turboci.writes import AttemptWrite


class AttemptBuilder:
    """Collects what is said about the current attempt of a stage.

    Example:
        >>> new_attempt("worker-1").running().progress(50, "compiling").build().state.name
        'RUNNING'
    """

    __slots__ = ("_details", "_failure", "_process_uid", "_progress", "_state")

    def __init__(self, process_uid: str | None = None) -> None:
        self._process_uid = process_uid
        self._state: AttemptState | None = None
        self._progress: ProgressEntry | None = None
        self._details: dict[str, JSON] | None = None
        self._failure: str | None = None

    def state(self, state: AttemptState) -> Self:
        """Bring it to `state`.

        Raises:
            InvalidArgument: `state` is no state of attempts.
        """
        self._state = require_member(state, AttemptState, "attempt", "state")
        return self

    def pending(self) -> Self:
        """Say that it is queued."""
        return self.state(AttemptState.PENDING)

    def scheduled(self) -> Self:
        """Say that somebody has claimed it."""
        return self.state(AttemptState.SCHEDULED)

    def running(self) -> Self:
        """Say that it is being worked on."""
        return self.state(AttemptState.RUNNING)

    def complete(self) -> Self:
        """End it."""
        return self.state(AttemptState.COMPLETE)

    def incomplete(self) -> Self:
        """End it as failed."""
        return self.state(AttemptState.INCOMPLETE)

    def progress(self, percent: int, message: str = "") -> Self:
        """Report how far it has come.

        Raises:
            InvalidArgument: `percent` is not 0 to 100.
        """
        if not (is_number(percent) and 0 <= percent <= 100):
            raise InvalidArgument("attempt", f"has progress {percent!r}", hint="0 to 100 is allowed", field="progress")
        self._progress = ProgressEntry(message=message, percent=percent)
        return self

    def detail(self, key: str, value: object) -> Self:
        """Keep one value with the attempt.

        Raises:
            InvalidArgument: `value` is not JSON.
        """
        if self._details is None:
            self._details = {}
        self._details[key] = plain_value(value, "attempt", f"details.{key}")
        return self

    def details(self, details: Mapping[str, object]) -> Self:
        """Keep several values with the attempt; others stay.

        Raises:
            InvalidArgument: A value is not JSON.
        """
        self._details = (self._details or {}) | plain(details, "attempt", "details")
        return self

    def failure(self, message: str) -> Self:
        """Say why it failed; the state is set apart."""
        self._failure = message
        return self

    def __copy__(self) -> Self:
        return copy.deepcopy(self)  # What is added to one of them must not show in the other.

    def build(self) -> AttemptWrite:
        """Return the write; the builder can go on, and can build again."""
        return AttemptWrite(
            state=self._state,
            process_uid=self._process_uid,
            progress=self._progress,
            details=None if self._details is None else plain(self._details, "attempt", "details"),
            failure=self._failure,
        )


def new_attempt(process_uid: str | None = None) -> AttemptBuilder:
    """Start the write of an attempt.

    Args:
        process_uid: Names the worker that claims it.

    Example:
        >>> ci.new_attempt("worker-1").running().build().process_uid
        'worker-1'
    """
    return AttemptBuilder(process_uid)
