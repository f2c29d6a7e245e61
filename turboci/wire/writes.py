"""What writers say about nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from google.protobuf.message import Message

from turboci.errors import InvalidArgument
from turboci.ids import require_id
from turboci.v1 import check_pb2, service_pb2, stage_pb2
from turboci.wire import enums, structs, times
from turboci.wire.attempts import failure_message, progress_entry, progress_entry_message
from turboci.wire.dependencies import ReadGroup, SharedGroups, dependency_group, fill_dependency_group
from turboci.wire.nodes import assignment, assignment_message, fill_timeouts
from turboci.wire.paths import each, inside, unsendable
from turboci.wire.retries import retry_policy, retry_policy_message
from turboci.writes import AttemptWrite, CheckResultWrite, CheckWrite, NodeWrites, StageWrite

M = TypeVar("M", bound=Message)
W = TypeVar("W", CheckWrite, StageWrite)


def check_result_write(message: check_pb2.CheckResultWrite) -> CheckResultWrite:
    """Return what a writer says about a result.

    Raises:
        InvalidArgument: A number of the data is not finite.
    """
    return CheckResultWrite(
        owner_type=message.owner_type,
        owner_id=message.owner_id,
        data=structs.payload(message.data, "result", "data"),
        finalize=message.finalize,
        failure=message.failure.message if message.HasField("failure") else None,
    )


def check_result_write_message(result: CheckResultWrite) -> check_pb2.CheckResultWrite:
    """Return the message for what a writer says about a result."""
    return check_pb2.CheckResultWrite(
        owner_type=result.owner_type,
        owner_id=result.owner_id,
        data=structs.filled(result.data),
        finalize=result.finalize,
        failure=failure_message(result.failure),
    )


def check_write(message: check_pb2.CheckWrite, group: ReadGroup = dependency_group) -> CheckWrite:
    """Return what a writer says about a check; `group` reads what it waits for.

    Raises:
        InvalidArgument: A value is out of range or not listed, or an id is none.
    """
    given = message.HasField
    return CheckWrite(
        id=require_id(message.id, "check", field="id"),
        state=enums.check_state_or_none(message.state, "state"),
        kind=message.kind or None,
        options=structs.payload(message.options, f"check {message.id!r}", "options") if given("options") else None,
        dependencies=inside(group, message.dependencies, "dependencies") if given("dependencies") else None,
        result=inside(check_result_write, message.result, "result") if given("result") else None,
        expected_version=message.expected_version if given("expected_version") else None,
        external=message.external if given("external") else None,
    )


def check_write_message(write: CheckWrite) -> check_pb2.CheckWrite:
    """Return the message for what a writer says about a check."""
    message = check_pb2.CheckWrite()
    _fill_check(message, write)
    return message


def _fill_check(message: check_pb2.CheckWrite, write: CheckWrite) -> None:
    message.id = write.id
    if write.state:
        message.state = enums.CHECK_STATES[write.state]
    if write.kind is not None:
        message.kind = write.kind
    if write.options is not None:
        structs.fill(message.options, write.options)
    if write.dependencies is not None:
        fill_dependency_group(message.dependencies, write.dependencies)
    if write.result:
        message.result.CopyFrom(check_result_write_message(write.result))
    if write.expected_version is not None:
        message.expected_version = write.expected_version
    if write.external is not None:
        message.external = write.external


def attempt_write(message: stage_pb2.AttemptWrite) -> AttemptWrite:
    """Return what a writer says about an attempt.

    Raises:
        InvalidArgument: A value is out of range or not listed.
    """
    given = message.HasField
    return AttemptWrite(
        state=enums.attempt_state_or_none(message.state, "state"),
        process_uid=message.process_uid or None,
        details=structs.payload(message.details, "attempt", "details") if given("details") else None,
        progress=inside(progress_entry, message.progress, "progress") if given("progress") else None,
        failure=message.failure.message if given("failure") else None,
    )


def attempt_write_message(write: AttemptWrite) -> stage_pb2.AttemptWrite:
    """Return the message for what a writer says about an attempt."""
    return stage_pb2.AttemptWrite(
        state=enums.ATTEMPT_STATES[write.state] if write.state else None,
        process_uid=write.process_uid,
        details=structs.struct(write.details) if write.details is not None else None,
        progress=progress_entry_message(write.progress) if write.progress else None,
        failure=failure_message(write.failure),
    )


def stage_write(message: stage_pb2.StageWrite, group: ReadGroup = dependency_group) -> StageWrite:
    """Return what a writer says about a stage; `group` reads what it waits for.

    Raises:
        InvalidArgument: A value is out of range or not listed, or an id is none.
    """
    given = message.HasField
    parent = message.parent_stage_id
    silence = message.heartbeat_timeout if given("heartbeat_timeout") else None
    return StageWrite(
        id=require_id(message.id, "stage", field="id"),
        state=enums.stage_state_or_none(message.state, "state"),
        runner_type=message.runner_type or None,
        execution_mode=enums.execution_mode_or_none(message.execution_mode, "execution_mode"),
        args=structs.payload(message.args, f"stage {message.id!r}", "args") if given("args") else None,
        assignments=each(assignment, message.assignments, "assignments"),
        dependencies=inside(group, message.dependencies, "dependencies") if given("dependencies") else None,
        current_attempt=inside(attempt_write, message.current_attempt, "current_attempt")
        if given("current_attempt")
        else None,
        retry=inside(retry_policy, message.retry, "retry") if given("retry") else None,
        timeout=times.seconds(message.timeout, "timeout") if given("timeout") else None,
        heartbeat_timeout=times.seconds(silence, "heartbeat_timeout") if silence is not None else None,
        no_runner_timeout=times.seconds(message.no_runner_timeout, "no_runner_timeout")
        if given("no_runner_timeout")
        else None,
        priority=message.priority if given("priority") else None,
        parent_stage_id=require_id(parent, "stage", field="parent_stage_id") if parent else None,
        always=message.always if given("always") else None,
        expected_version=message.expected_version if given("expected_version") else None,
    )


def stage_write_message(write: StageWrite) -> stage_pb2.StageWrite:
    """Return the message for what a writer says about a stage."""
    message = stage_pb2.StageWrite()
    _fill_stage(message, write)
    return message


def _fill_stage(message: stage_pb2.StageWrite, write: StageWrite) -> None:
    message.id = write.id
    if write.state:
        message.state = enums.STAGE_STATES[write.state]
    if write.runner_type is not None:
        message.runner_type = write.runner_type
    if write.execution_mode:
        message.execution_mode = enums.EXECUTION_MODES[write.execution_mode]
    if write.args is not None:
        structs.fill(message.args, write.args)
    if write.assignments:
        message.assignments.extend([assignment_message(assignment) for assignment in write.assignments])
    if write.dependencies is not None:
        fill_dependency_group(message.dependencies, write.dependencies)
    if write.current_attempt:
        message.current_attempt.CopyFrom(attempt_write_message(write.current_attempt))
    if write.parent_stage_id is not None:
        message.parent_stage_id = write.parent_stage_id
    if write.expected_version is not None:
        message.expected_version = write.expected_version
    _fill_policy(message, write)


def _fill_policy(message: stage_pb2.StageWrite, write: StageWrite) -> None:
    if write.retry:
        message.retry.CopyFrom(retry_policy_message(write.retry))
    fill_timeouts(message, write)
    if write.priority is not None:
        message.priority = write.priority
    if write.always is not None:
        message.always = write.always


def node_writes(message: service_pb2.WriteNodesRequest) -> NodeWrites:
    """Return everything that one call writes.

    Raises:
        InvalidArgument: A value is out of range or not listed, or an id is none.
    """
    groups = SharedGroups()
    return NodeWrites(
        checks=each(lambda check: check_write(check, groups), message.checks, "checks"),
        stages=each(lambda stage: stage_write(stage, groups), message.stages, "stages"),
        execution_id=message.execution_id or None,
    )


def write_nodes_request(
    work_plan_id: str,
    checks: Sequence[CheckWrite] = (),
    stages: Sequence[StageWrite] = (),
    execution_id: str | None = None,
) -> service_pb2.WriteNodesRequest:
    """Return the request that writes all of this.

    Raises:
        InvalidArgument: No message can carry a value: a number is too large, a text is not valid UTF-8.
    """
    request = service_pb2.WriteNodesRequest(work_plan_id=work_plan_id, execution_id=execution_id)
    _fill_each(_fill_check, request.checks.add, checks, "check")
    _fill_each(_fill_stage, request.stages.add, stages, "stage")
    return request


def _fill_each(fill: Callable[[M, W], None], add: Callable[[], M], writes: Sequence[W], kind: str) -> None:
    for write in writes:
        try:
            fill(add(), write)
        except InvalidArgument:
            raise
        except (ValueError, OverflowError) as error:
            raise unsendable(f"{kind} {write.id!r}", error) from None
