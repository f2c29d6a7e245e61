"""What the orchestrator hands to a runner, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from turboci.payloads import JSON
from turboci.states import CheckState, ExecutionMode, StageState


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignedCheck:
    """A check that the stage is to answer."""

    check_id: str
    kind: str = ""
    options: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One attempt of a stage on its way to a runner.

    Attributes:
        execution_id: Names this attempt for ever.
        attempt_idx: Counts from 1.
        checks: The checks to answer, in the order of assignment.
        deadline: An answer after it is refused.
        callback_address: host:port that takes progress and completions of ASYNC attempts.
    """

    execution_id: str
    work_plan_id: str
    stage_id: str
    attempt_idx: int
    mode: ExecutionMode
    args: Mapping[str, JSON] = field(default_factory=dict)
    checks: tuple[AssignedCheck, ...] = ()
    deadline: datetime | None = None
    callback_address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckUpdate:
    """One answer to one check; a `failure` (an empty string too) makes it red."""

    check_id: str
    state: CheckState | None = None
    data: Mapping[str, JSON] = field(default_factory=dict)
    finalize: bool = False
    failure: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """How an attempt ended, in the words of its runner.

    Attributes:
        stage_state: FINAL or AWAITING_GROUP; None means FINAL.
        failure: Not None: the work failed, and with it every update that names no failure of its own.
        details: Kept with the attempt.
    """

    stage_state: StageState | None = None
    check_updates: tuple[CheckUpdate, ...] = ()
    failure: str | None = None
    details: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """What a runner says to an ASYNC execution."""

    accepted: bool
    estimated_completion: datetime | None = None
    runner_execution_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pong:
    """What a runner says of itself."""

    runner_type: str
    supported_modes: tuple[ExecutionMode, ...]
    available_capacity: int
