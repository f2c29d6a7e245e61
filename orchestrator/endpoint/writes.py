"""The shape of writes to nodes."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.endpoint.limits import Limits
from orchestrator.endpoint.shapes import require_group, require_name, require_progress, require_seconds
from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.writes import AttemptWrite, CheckResultWrite, CheckWrite, StageWrite


def require_writes(checks: Sequence[CheckWrite], stages: Sequence[StageWrite], limits: Limits) -> None:
    """Accept the nodes of one call.

    Raises:
        InvalidArgument: A value is wrong whatever the state; the field has its path.
        LimitExceeded: There are too many, or one is too large.
    """
    limits.require_nodes(len(checks) + len(stages))
    for index, check in enumerate(checks):
        _require_check(check, f"checks[{index}]", limits)
    for index, stage in enumerate(stages):
        _require_stage(stage, f"stages[{index}]", limits)


def _require_check(write: CheckWrite, path: str, limits: Limits) -> None:
    require_id(write.id, "check", field=f"{path}.id")
    subject = f"check {write.id!r}"
    require_name(write.kind, f"{subject}: kind", field=f"{path}.kind")
    _require_version(write.expected_version, subject, path)
    limits.require_payload(write.options, subject, "options")
    require_group(write.dependencies, subject, field=f"{path}.dependencies")
    if write.result is not None:
        _require_result(write.result, subject, f"{path}.result", limits)


def _require_result(write: CheckResultWrite, subject: str, path: str, limits: Limits) -> None:
    require_name(write.owner_type, f"{subject}: owner type", field=f"{path}.owner_type")
    # An attempt owns its results as '<stage id>:<attempt>', which may be longer than an id.
    limits.require_text(write.owner_id, subject, "result.owner_id")
    limits.require_payload(write.data, subject, "result.data")
    limits.require_text(write.failure, subject, "result.failure")


def _require_stage(write: StageWrite, path: str, limits: Limits) -> None:
    require_id(write.id, "stage", field=f"{path}.id")
    subject = f"stage {write.id!r}"
    require_name(write.runner_type, f"{subject}: runner type", field=f"{path}.runner_type")
    require_name(write.parent_stage_id, f"{subject}: parent stage", field=f"{path}.parent_stage_id")
    _require_version(write.expected_version, subject, path)
    limits.require_payload(write.args, subject, "args")
    require_group(write.dependencies, subject, field=f"{path}.dependencies")
    require_seconds(write.timeout, subject, "timeout")
    require_seconds(write.heartbeat_timeout, subject, "heartbeat_timeout")
    require_seconds(write.no_runner_timeout, subject, "no_runner_timeout")
    for index, assignment in enumerate(write.assignments):
        field = f"{path}.assignments[{index}].target_check_id"
        require_id(assignment.target_check_id, f"{subject}: assigned check", field=field)
    if write.current_attempt is not None:
        _require_attempt(write.current_attempt, subject, f"{path}.current_attempt", limits)


def _require_attempt(write: AttemptWrite, subject: str, path: str, limits: Limits) -> None:
    require_name(write.process_uid, f"{subject}: process", field=f"{path}.process_uid")
    limits.require_payload(write.details, subject, "current_attempt.details")
    limits.require_text(write.failure, subject, "current_attempt.failure")
    if write.progress is not None:
        require_progress(write.progress, subject, limits)


def _require_version(version: int | None, subject: str, path: str) -> None:
    if version is not None and version < 0:
        raise InvalidArgument(
            subject,
            f"is written with the expected version {version}",
            hint="versions count from 1, and 0 says that the node must not exist",
            field=f"{path}.expected_version",
        )
