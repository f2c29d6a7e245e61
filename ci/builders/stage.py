"""Builds the write of a stage."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Self, TypedDict, Unpack

from ci.builders.attempt import new_attempt
from ci.builders.dependencies import GroupCollector
from ci.helpers import assigns, assigns_with_goal, depends_on_checks, depends_on_stages
from turboci.dependencies import DependencyGroup
from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.nodes import Assignment
from turboci.payloads import JSON, plain, plain_value
from turboci.required import is_number, require_member, require_text, require_whole
from turboci.retry import MAX_SECONDS, RetryOn, RetryPolicy
from turboci.states import CheckState, ExecutionMode, StageState
from turboci.writes import AttemptWrite, StageWrite


class RetryFields(TypedDict, total=False):
    """The fields of a `RetryPolicy`, as keywords.

    Example:
        >>> stage = ci.new_stage("build").runner_type("builder").retry(max_attempts=5, initial_backoff=2.0)
        >>> stage.build().retry.max_attempts
        5
    """

    max_attempts: int
    initial_backoff: float
    multiplier: float
    max_backoff: float
    retry_on: RetryOn


class StageBuilder:
    """Collects what is said about a stage, call by call.

    Example:
        >>> new_stage("exec:build").runner_type("builder").assigns("build").build().runner_type
        'builder'
    """

    __slots__ = (
        "_always", "_args", "_assignments", "_attempt", "_dependencies", "_id", "_mode", "_parent", "_priority",
        "_retry", "_runner_type", "_state", "_timeout",
    )  # fmt: skip

    def __init__(self, id: str) -> None:
        self._id = require_id(id, "stage")
        self._runner_type: str | None = None
        self._mode: ExecutionMode | None = None
        self._state: StageState | None = None
        self._args: dict[str, JSON] | None = None
        self._assignments: tuple[Assignment, ...] = ()
        self._dependencies: GroupCollector | None = None
        self._attempt: AttemptWrite | None = None
        self._retry: RetryPolicy | None = None
        self._timeout: float | None = None
        self._priority: int | None = None
        self._parent: str | None = None
        self._always: bool | None = None

    def runner_type(self, runner_type: str) -> Self:
        """Say which runners may execute it; required, unless the stage is claimed through `current_attempt`.

        Raises:
            EmptyIdError: `runner_type` is empty.
            InvalidArgument: `runner_type` is not an id.
        """
        self._runner_type = require_id(runner_type, "runner type")
        return self

    def sync(self) -> Self:
        """Let the runner answer within the call; the default."""
        self._mode = ExecutionMode.SYNC
        return self

    def async_(self) -> Self:
        """Let the runner accept it and answer later."""
        self._mode = ExecutionMode.ASYNC
        return self

    def state(self, state: StageState) -> Self:
        """Bring it to `state`; a new stage is PLANNED.

        Raises:
            InvalidArgument: `state` is no state of stages.
        """
        self._state = require_member(state, StageState, self._subject, "state")
        return self

    def arg(self, key: str, value: object) -> Self:
        """Set one argument for the runner.

        Raises:
            InvalidArgument: `value` is not JSON.
        """
        if self._args is None:
            self._args = {}
        self._args[require_text(key, self._subject, "argument key")] = plain_value(value, self._subject, f"args.{key}")
        return self

    def args(self, args: Mapping[str, object]) -> Self:
        """Set several arguments for the runner; others stay.

        Raises:
            InvalidArgument: A value is not JSON.
        """
        self._args = (self._args or {}) | plain(args, self._subject, "args")
        return self

    def assigns(self, *check_ids: str) -> Self:
        """Let the stage answer these checks.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is not an id.
        """
        return self.assigns_all(*map(assigns, check_ids))

    def assigns_with_goal(self, check_id: str, goal: CheckState) -> Self:
        """Let the stage bring a check to `goal`.

        Raises:
            EmptyIdError: `check_id` is empty.
            InvalidArgument: `check_id` is not an id.
        """
        return self.assigns_all(assigns_with_goal(check_id, goal))

    def assigns_all(self, *assignments: Assignment) -> Self:
        """Add assignments; a check that is named again takes the later goal."""
        goals = {known.target_check_id: known for known in (*self._assignments, *assignments)}
        self._assignments = tuple(goals.values())
        return self

    def depends_on_stages(self, *ids: str) -> Self:
        """Wait for these stages, and for what earlier calls named.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is not an id, or the stage has dependencies of another predicate.
        """
        return self.depends_on(depends_on_stages(*ids))

    def depends_on_checks(self, *ids: str) -> Self:
        """Wait for these checks, and for what earlier calls named.

        Raises:
            EmptyIdError: An id is empty.
            InvalidArgument: Something is not an id, or the stage has dependencies of another predicate.
        """
        return self.depends_on(depends_on_checks(*ids))

    def depends_on(self, group: DependencyGroup) -> Self:
        """Add the dependencies of a group.

        Raises:
            InvalidArgument: The stage has dependencies of another predicate.
        """
        if self._dependencies is None:
            self._dependencies = GroupCollector()
        self._dependencies.add(self._subject, group)
        return self

    def current_attempt(self, attempt: AttemptWrite) -> Self:
        """Write the attempt of a stage without a runner type."""
        self._attempt = attempt
        return self

    def claim_attempt(self, process_uid: str) -> Self:
        """Take the pending attempt for the worker `process_uid`."""
        return self.current_attempt(new_attempt(process_uid).running().build())

    def complete_attempt(self) -> Self:
        """End the attempt, and with it the stage."""
        return self.current_attempt(new_attempt().complete().build())

    def fail_attempt(self, message: str) -> Self:
        """End the attempt as failed, and with it the stage."""
        return self.current_attempt(new_attempt().incomplete().failure(message).build())

    def retry(self, **policy: Unpack[RetryFields]) -> Self:
        """Say when to try again; times are seconds.

        Raises:
            InvalidArgument: A number is out of range.
        """
        self._retry = RetryPolicy(**policy)
        return self

    def timeout(self, seconds: float) -> Self:
        """Limit one attempt.

        Raises:
            InvalidArgument: `seconds` is not a positive number.
        """
        if not (is_number(seconds) and 0 < seconds <= MAX_SECONDS):
            raise InvalidArgument(
                self._subject,
                f"has timeout {seconds!r}",
                hint="a timeout is a positive number of seconds",
                field="timeout",
            )
        self._timeout = float(seconds)
        return self

    def priority(self, priority: int) -> Self:
        """Let it go first within its plan when runners are busy; higher goes first.

        Raises:
            InvalidArgument: `priority` is not a whole number.
        """
        self._priority = require_whole(priority, self._subject, "priority")
        return self

    def always(self) -> Self:
        """Let cancelling the plan spare it: it runs when the rest of a cancelled plan is FINAL."""
        self._always = True
        return self

    def parent(self, stage_id: str) -> Self:
        """Make it a child of a stage that is not FINAL; only when it is created.

        Raises:
            EmptyIdError: `stage_id` is empty.
            InvalidArgument: `stage_id` is not an id.
        """
        self._parent = require_id(stage_id, "stage")
        return self

    @property
    def has_runner(self) -> bool:
        """Whether a runner type was given."""
        return self._runner_type is not None

    @property
    def group(self) -> DependencyGroup | None:
        """The dependencies so far, or None."""
        return None if self._dependencies is None else self._dependencies.build()

    def __copy__(self) -> Self:
        return copy.deepcopy(self)  # What is added to one of them must not show in the other.

    def build(self) -> StageWrite:
        """Return the write; the builder can go on, and can build again.

        Raises:
            InvalidArgument: The stage has neither a runner type nor an attempt that somebody claims.
        """
        if self._runner_type is None and self._attempt is None:
            raise InvalidArgument(
                self._subject, "has no runner type", hint="add .runner_type(...)", field="runner_type"
            )
        return StageWrite(
            id=self._id,
            state=self._state,
            runner_type=self._runner_type,
            execution_mode=self._mode,
            args=None if self._args is None else plain(self._args, self._subject, "args"),
            assignments=self._assignments,
            dependencies=self.group,
            current_attempt=self._attempt,
            retry=self._retry,
            timeout=self._timeout,
            priority=self._priority,
            parent_stage_id=self._parent,
            always=self._always,
        )

    @property
    def _subject(self) -> str:
        return f"stage {self._id!r}"


def new_stage(id: str) -> StageBuilder:
    """Start the write of a stage.

    Raises:
        EmptyIdError: `id` is empty.
        InvalidArgument: `id` is not an id.

    Example:
        >>> ci.new_stage("exec:build").runner_type("builder").assigns("build").build().id
        'exec:build'
    """
    return StageBuilder(id)
