"""Builds the write of a check."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Self

from ci.builders.dependencies import GroupCollector
from ci.helpers import depends_on, depends_on_any
from turboci.dependencies import Dependable, DependencyGroup
from turboci.ids import require_id
from turboci.payloads import JSON, plain, plain_value
from turboci.required import require_member, require_text
from turboci.states import CheckState
from turboci.writes import CheckResultWrite, CheckWrite


class CheckBuilder:
    """Collects what is said about a check, call by call.

    Example:
        >>> new_check("build").kind("build").depends_on("plan").build().kind
        'build'
    """

    __slots__ = ("_dependencies", "_external", "_id", "_kind", "_options", "_result", "_state")

    def __init__(self, id: str) -> None:
        self._id = require_id(id, "check")
        self._kind: str | None = None
        self._state: CheckState | None = None
        self._options: dict[str, JSON] | None = None
        self._dependencies: GroupCollector | None = None
        self._result: CheckResultWrite | None = None
        self._external: bool | None = None

    def kind(self, kind: str) -> Self:
        """Say what kind of check it is; runners see it.

        Raises:
            InvalidArgument: `kind` is not text.
        """
        self._kind = require_text(kind, self._subject, "kind")
        return self

    def state(self, state: CheckState) -> Self:
        """Bring it to `state`; a new check without one is PLANNED.

        Raises:
            InvalidArgument: `state` is no state of checks.
        """
        self._state = require_member(state, CheckState, self._subject, "state")
        return self

    def planning(self) -> Self:
        """Leave it open for changes: its dependencies do not count yet."""
        return self.state(CheckState.PLANNING)

    def planned(self) -> Self:
        """Lock options and dependencies."""
        return self.state(CheckState.PLANNED)

    def waiting(self) -> Self:
        """Say that results are awaited; its dependencies must be satisfied."""
        return self.state(CheckState.WAITING)

    def final(self) -> Self:
        """End it."""
        return self.state(CheckState.FINAL)

    def option(self, key: str, value: object) -> Self:
        """Set one option.

        Raises:
            InvalidArgument: `value` is not JSON.
        """
        if self._options is None:
            self._options = {}
        self._options[require_text(key, self._subject, "option key")] = plain_value(
            value, self._subject, f"options.{key}"
        )
        return self

    def options(self, options: Mapping[str, object]) -> Self:
        """Set several options; others stay.

        Raises:
            InvalidArgument: A value is not JSON.
        """
        self._options = (self._options or {}) | plain(options, self._subject, "options")
        return self

    def external(self) -> Self:
        """Say that a person or another system answers it; a plan that waits for that is not stalled."""
        self._external = True
        return self

    def depends_on(self, *refs: Dependable) -> Self:
        """Wait for all of `refs`, and for those of earlier calls; a plain string is a check id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no reference, or the check has dependencies of another predicate.
        """
        return self.dependencies(depends_on(*refs))

    def depends_on_any(self, *refs: Dependable) -> Self:
        """Wait for one of `refs` and of those of earlier calls; a plain string is a check id.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is no reference, or the check has dependencies of another predicate.
        """
        return self.dependencies(depends_on_any(*refs))

    def dependencies(self, group: DependencyGroup) -> Self:
        """Add the dependencies of a group.

        Raises:
            InvalidArgument: The check has dependencies of another predicate.
        """
        if self._dependencies is None:
            self._dependencies = GroupCollector()
        self._dependencies.add(self._subject, group)
        return self

    def result(self, data: Mapping[str, object], *, finalize: bool = True) -> Self:
        """Answer the check.

        Args:
            data: The answer.
            finalize: Whether it is the last word.

        Raises:
            InvalidArgument: `data` is not JSON.
        """
        self._result = CheckResultWrite(data=plain(data, self._subject, "result"), finalize=finalize)
        return self

    def result_with_failure(self, message: str, data: Mapping[str, object] | None = None) -> Self:
        """Answer the check red.

        Raises:
            InvalidArgument: `data` is not JSON.
        """
        answer = plain(data or {}, self._subject, "result")
        self._result = CheckResultWrite(data=answer, finalize=True, failure=message)
        return self

    @property
    def group(self) -> DependencyGroup | None:
        """The dependencies so far, or None."""
        return None if self._dependencies is None else self._dependencies.build()

    def __copy__(self) -> Self:
        return copy.deepcopy(self)  # What is added to one of them must not show in the other.

    def build(self) -> CheckWrite:
        """Return the write; the builder can go on, and can build again."""
        return CheckWrite(
            id=self._id,
            kind=self._kind,
            state=self._state,
            options=None if self._options is None else plain(self._options, self._subject, "options"),
            dependencies=self.group,
            result=self._result_copy(),
            external=self._external,
        )

    def _result_copy(self) -> CheckResultWrite | None:
        if self._result is None:
            return None
        data = plain(self._result.data, self._subject, "result")
        return CheckResultWrite(data=data, finalize=self._result.finalize, failure=self._result.failure)

    @property
    def _subject(self) -> str:
        return f"check {self._id!r}"


def new_check(id: str) -> CheckBuilder:
    """Start the write of a check.

    Raises:
        EmptyIdError: `id` is empty.
        InvalidArgument: `id` is not an id.

    Example:
        >>> ci.new_check("build").kind("build").depends_on("plan").build().id
        'build'
    """
    return CheckBuilder(id)
