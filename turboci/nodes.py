"""Work plans and their nodes, as stored."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar, get_args, get_origin, overload

from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.errors import InvalidArgument, NotFound
from turboci.payloads import JSON
from turboci.retry import RetryPolicy
from turboci.states import (
    AttemptState,
    CheckState,
    ConcludedReason,
    ExecutionMode,
    Outcome,
    PlanStatus,
    StageState,
)

T = TypeVar("T")
D = TypeVar("D")


class _Missing(enum.Enum):
    VALUE = enum.auto()


STAGE_ATTEMPT: Final = "stage_attempt"
"""Owner type of a result that an attempt left; the owner id is ``<stage id>:<attempt>``."""
ORCHESTRATOR: Final = "orchestrator"
"""Owner type of a result that the orchestrator wrote when it ended a check itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkPlan:
    """One run of a workflow.

    Attributes:
        held: Nothing of it starts until it is released.
        finished_at: When its last node became FINAL; None while something is open.

    Example:
        >>> ci.WorkPlan(id="1", metadata={"name": "release"}).name
        'release'
    """

    id: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    status: PlanStatus = PlanStatus.EMPTY
    deadline: datetime | None = None
    fail_fast: bool = False
    cause: str | None = None
    held: bool = False
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def name(self) -> str:
        """What people call it; empty if nobody named it."""
        return self.metadata.get("name", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """What one owner found out about a check.

    Example:
        >>> ci.CheckResult(owner_type="stage_attempt", owner_id="exec:build:1", data={"ok": True}).stage_id
        'exec:build'
    """

    owner_type: str
    owner_id: str
    data: Mapping[str, JSON] = field(default_factory=dict)
    failure: str | None = None
    id: int = 0
    created_at: datetime | None = None
    finalized_at: datetime | None = None

    @property
    def stage_id(self) -> str | None:
        """The stage whose attempt left it, or None."""
        return self.owner_id.rpartition(":")[0] if self.owner_type == STAGE_ATTEMPT else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """What checks and stages have in common."""

    id: str
    work_plan_id: str
    outcome: Outcome | None = None
    cause: str | None = None
    dependencies: DependencyGroup = DependencyGroup()
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Check(Node):
    """A question of the plan, and its answers.

    Attributes:
        external: Whether a person or another system answers it.

    Example:
        check = await execution.wait_for_check("plan")
        if check.outcome is ci.Outcome.SUCCEEDED:
            targets = check.value("targets", list[str])
    """

    state: CheckState
    kind: str = ""
    options: Mapping[str, JSON] = field(default_factory=dict)
    results: tuple[CheckResult, ...] = ()
    external: bool = False

    @property
    def ref(self) -> NodeRef:
        """Its name within the plan."""
        return NodeRef(NodeKind.CHECK, self.id)

    @property
    def data(self) -> dict[str, JSON]:
        """The results folded in commit order by top-level key; the later one wins."""
        folded: dict[str, JSON] = {}
        for result in self.results:
            folded.update(result.data)
        return folded

    @overload
    def value(self, key: str, kind: type[T], /) -> T: ...
    @overload
    def value(self, key: str, kind: type[T], /, default: D) -> T | D: ...
    def value(self, key: str, kind: type[T], /, default: D | _Missing = _Missing.VALUE) -> T | D:
        """Return one key of `data`, checked.

        Example:
            >>> result = CheckResult(owner_type="test", owner_id="1", data={"targets": ["a", "b"]})
            >>> check = Check(id="plan", work_plan_id="1", state=CheckState.FINAL, results=(result,))
            >>> check.value("targets", list[str])
            ['a', 'b']

        Raises:
            NotFound: There is no such key, and no default.
            InvalidArgument: The value has another type.
        """
        data = self.data
        if key not in data:
            if not isinstance(default, _Missing):
                return default
            known = ", ".join(repr(name) for name in sorted(data)) or "none"
            raise NotFound(f"check {self.id!r}", f"has no result key {key!r}", hint=f"it has: {known}", field=key)
        return typed(data[key], kind, subject=f"check {self.id!r}", path=f"data.{key}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgressEntry:
    """One sign of life of an attempt.

    Attributes:
        percent: 0 to 100, or None.
        log: Output that came with it. It is kept in the log of the attempt, and here only in events.

    Example:
        >>> ci.ProgressEntry(message="compiling", percent=50).percent
        50
    """

    message: str = ""
    percent: int | None = None
    details: Mapping[str, JSON] = field(default_factory=dict)
    timestamp: datetime | None = None
    log: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try to execute a stage; `idx` counts from 1.

    Example:
        stage = await execution.get_stage("build")
        for attempt in stage.attempts:
            print(attempt.idx, attempt.state.name, attempt.failure)
    """

    idx: int
    state: AttemptState
    failure: str | None = None
    process_uid: str = ""
    details: Mapping[str, JSON] = field(default_factory=dict)
    progress: tuple[ProgressEntry, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Says that a stage answers a check, and to which state it brings it.

    Example:
        >>> ci.assigns("build") == ci.Assignment("build", ci.CheckState.FINAL)
        True
    """

    target_check_id: str
    goal_state: CheckState = CheckState.FINAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage(Node):
    """A piece of work of the plan, and the attempts to do it.

    Attributes:
        timeout: Longest time of one attempt in seconds; None is the server's default.
        heartbeat_timeout: Longest silence of an ASYNC attempt in seconds; None is no limit.
        no_runner_timeout: Longest wait in seconds while no live runner takes the stage; None is the server's setting.
        always: Cancelling the plan spares it; it runs when the rest of the cancelled plan is FINAL.

    Example:
        stage = await execution.wait_for_stage("exec:build")
        print(stage.outcome, len(stage.attempts), stage.concluded_reason)
    """

    state: StageState
    runner_type: str = ""
    execution_mode: ExecutionMode = ExecutionMode.SYNC
    args: Mapping[str, JSON] = field(default_factory=dict)
    assignments: tuple[Assignment, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    concluded_reason: ConcludedReason | None = None
    retry: RetryPolicy = RetryPolicy()
    timeout: float | None = None
    heartbeat_timeout: float | None = None
    no_runner_timeout: float | None = None
    priority: int = 0
    parent_stage_id: str | None = None
    always: bool = False

    @property
    def ref(self) -> NodeRef:
        """Its name within the plan."""
        return NodeRef(NodeKind.STAGE, self.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """Nodes as of one moment.

    Attributes:
        sequence: Position of the snapshot, on every page that of the first one; watching after it misses nothing.
        next_page_token: Asks for the next page; empty on the last one, and without pages.

    Example:
        nodes = await orch.query_nodes(plan.id, check_states=[ci.CheckState.FINAL])
        print([check.id for check in nodes.checks])
    """

    checks: tuple[Check, ...] = ()
    stages: tuple[Stage, ...] = ()
    sequence: int = 0
    next_page_token: str = ""


def typed(value: JSON, kind: type[T], *, subject: str, path: str) -> T:
    """Return `value` as a `kind`: a JSON type, or a list or dict of one.

    Raises:
        InvalidArgument: The value has another type.
    """
    if _is_a(value, kind):
        return float(value) if kind is float else value  # type: ignore[return-value, arg-type]
    wanted = str(kind) if get_origin(kind) else kind.__name__
    raise InvalidArgument(subject, f"{path} is {value!r} ({type(value).__name__})", hint=f"{wanted} was asked for")


def _is_a(value: object, kind: object) -> bool:
    arguments = get_args(kind)
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_is_a(item, arguments[0]) for item in value)
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(_is_a(item, arguments[1]) for item in value.values())
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, int | float)  # Whole numbers come back as ints.
    return kind is object or (isinstance(kind, type) and isinstance(value, kind))
