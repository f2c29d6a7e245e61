"""What writers may say about nodes. None and empty mean: leave it as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from turboci.dependencies import DependencyGroup
from turboci.nodes import Assignment, ProgressEntry
from turboci.payloads import JSON
from turboci.retry import RetryPolicy
from turboci.states import AttemptState, CheckState, ExecutionMode, StageState


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResultWrite:
    """Adds or replaces the result of one owner; a `failure` (an empty string too) makes it red.

    Example:
        result = ci.CheckResultWrite(owner_type="person", owner_id="ada", data={"approved": True}, finalize=True)
        await orch.write_nodes(plan.id, checks=[ci.CheckWrite(id="approval", result=result)])
    """

    owner_type: str = ""
    owner_id: str = ""
    data: Mapping[str, JSON] = field(default_factory=dict)
    finalize: bool = False
    failure: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckWrite:
    """Creates a check, or changes it.

    Attributes:
        state: None on a new check means PLANNED.
        options: Merged key by key.
        dependencies: Replaces the group.
        expected_version: The version that the check must have; 0: it must not exist.
        external: Whether a person or another system answers it.

    Example:
        >>> ci.CheckWrite(id="build", kind="build") == ci.new_check("build").kind("build").build()
        True
    """

    id: str
    state: CheckState | None = None
    kind: str | None = None
    options: Mapping[str, JSON] | None = None
    dependencies: DependencyGroup | None = None
    result: CheckResultWrite | None = None
    expected_version: int | None = None
    external: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptWrite:
    """Claims, reports on or ends the attempt of a stage without a runner type.

    Example:
        >>> ci.new_attempt().incomplete().failure("no disk").build().failure
        'no disk'
    """

    state: AttemptState | None = None
    process_uid: str | None = None
    details: Mapping[str, JSON] | None = None
    progress: ProgressEntry | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StageWrite:
    """Creates a stage, or changes it while it is PLANNED.

    Attributes:
        args: Merged key by key.
        assignments: If not empty, replaces them.
        dependencies: Replaces the group.
        timeout: Seconds for one attempt.
        heartbeat_timeout: Seconds of silence that an ASYNC attempt may keep.
        no_runner_timeout: Seconds without a live runner after which the stage is FAILED.
        parent_stage_id: Only when the stage is created.
        always: Cancelling the plan spares it; it runs when the rest of the cancelled plan is FINAL.
        expected_version: The version that the stage must have; 0: it must not exist.

    Example:
        >>> ci.StageWrite(id="s", runner_type="builder") == ci.new_stage("s").runner_type("builder").build()
        True
    """

    id: str
    state: StageState | None = None
    runner_type: str | None = None
    execution_mode: ExecutionMode | None = None
    args: Mapping[str, JSON] | None = None
    assignments: tuple[Assignment, ...] = ()
    dependencies: DependencyGroup | None = None
    current_attempt: AttemptWrite | None = None
    retry: RetryPolicy | None = None
    timeout: float | None = None
    heartbeat_timeout: float | None = None
    no_runner_timeout: float | None = None
    priority: int | None = None
    parent_stage_id: str | None = None
    always: bool | None = None
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeWrites:
    """One call: checks before stages, each in order, all or none.

    Attributes:
        execution_id: The attempt on whose behalf they are written, or None.
    """

    checks: tuple[CheckWrite, ...] = ()
    stages: tuple[StageWrite, ...] = ()
    execution_id: str | None = None
