"""Work plans, checks and stages, as stored."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from turboci.dependencies import DependencyGroup
from turboci.ids import require_id
from turboci.nodes import Assignment, Check, CheckResult, Nodes, Stage, WorkPlan
from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2, workplan_pb2
from turboci.wire import enums, structs, times
from turboci.wire.attempts import attempt, attempt_message, failure_message
from turboci.wire.dependencies import ReadGroup, SharedGroups, dependency_group, stored_group_message
from turboci.wire.paths import each, inside
from turboci.wire.retries import stored_policy, stored_policy_message
from turboci.writes import StageWrite

_NO_GROUP: Final = DependencyGroup()


def work_plan(message: workplan_pb2.WorkPlan) -> WorkPlan:
    """Return a plan.

    Raises:
        InvalidArgument: A value is out of range or not listed.
    """
    return WorkPlan(
        id=message.id,
        metadata=dict(message.metadata),
        status=enums.plan_status(message.status, "status"),
        deadline=times.moment(message.deadline, "deadline") if message.HasField("deadline") else None,
        fail_fast=message.fail_fast,
        cause=message.cause or None,
        held=message.held,
        version=message.version,
        created_at=times.moment(message.created_at, "created_at") if message.HasField("created_at") else None,
        updated_at=times.moment(message.updated_at, "updated_at") if message.HasField("updated_at") else None,
        finished_at=times.moment(message.finished_at, "finished_at") if message.HasField("finished_at") else None,
    )


def work_plan_message(plan: WorkPlan) -> workplan_pb2.WorkPlan:
    """Return the message for a plan."""
    return workplan_pb2.WorkPlan(
        id=plan.id,
        metadata=plan.metadata,
        status=enums.PLAN_STATUSES[plan.status],
        deadline=times.timestamp(plan.deadline, "deadline"),
        fail_fast=plan.fail_fast,
        cause=plan.cause,
        held=plan.held,
        version=plan.version,
        created_at=times.timestamp(plan.created_at),
        updated_at=times.timestamp(plan.updated_at),
        finished_at=times.timestamp(plan.finished_at),
    )


def check_result(message: check_pb2.CheckResult) -> CheckResult:
    """Return what one owner found out about a check.

    Raises:
        InvalidArgument: A value is out of range.
    """
    return CheckResult(
        owner_type=message.owner_type,
        owner_id=message.owner_id,
        data=structs.payload(message.data, f"result {message.id}", "data"),
        failure=message.failure.message if message.HasField("failure") else None,
        id=message.id,
        created_at=times.moment(message.created_at, "created_at") if message.HasField("created_at") else None,
        finalized_at=times.moment(message.finalized_at, "finalized_at") if message.HasField("finalized_at") else None,
    )


def check_result_message(result: CheckResult) -> check_pb2.CheckResult:
    """Return the message for what one owner found out about a check."""
    return check_pb2.CheckResult(
        owner_type=result.owner_type,
        owner_id=result.owner_id,
        data=structs.filled(result.data),
        failure=failure_message(result.failure, result.created_at),
        id=result.id,
        created_at=times.timestamp(result.created_at),
        finalized_at=times.timestamp(result.finalized_at),
    )


def check(message: check_pb2.Check, group: ReadGroup = dependency_group) -> Check:
    """Return a check; `group` reads what it waits for.

    Raises:
        InvalidArgument: A value is out of range or not listed.
    """
    return Check(
        id=message.id,
        work_plan_id=message.work_plan_id,
        state=enums.check_state(message.state, "state"),
        kind=message.kind,
        options=structs.payload(message.options, f"check {message.id!r}", "options")
        if message.HasField("options")
        else structs.EMPTY,
        results=each(check_result, message.results, "results") if message.results else (),
        dependencies=inside(group, message.dependencies, "dependencies")
        if message.HasField("dependencies")
        else _NO_GROUP,
        outcome=enums.outcome_or_none(message.outcome, "outcome"),
        cause=message.cause or None,
        external=message.external,
        version=message.version,
        created_at=times.moment(message.created_at, "created_at") if message.HasField("created_at") else None,
        updated_at=times.moment(message.updated_at, "updated_at") if message.HasField("updated_at") else None,
    )


def check_message(check: Check) -> check_pb2.Check:
    """Return the message for a check."""
    message = check_pb2.Check()
    NodeMessages().fill_check(message, check)
    return message


def assignment(message: stage_pb2.Assignment) -> Assignment:
    """Return which check a stage answers.

    Raises:
        InvalidArgument: The id is none, or the state is not listed.
    """
    return Assignment(
        require_id(message.target_check_id, "check", field="target_check_id"),
        enums.goal_state(message.goal_state, "goal_state"),
    )


def assignment_message(assignment: Assignment) -> stage_pb2.Assignment:
    """Return the message for which check a stage answers."""
    return stage_pb2.Assignment(
        target_check_id=assignment.target_check_id, goal_state=enums.CHECK_STATES[assignment.goal_state]
    )


def stage(message: stage_pb2.Stage, group: ReadGroup = dependency_group) -> Stage:
    """Return a stage; `group` reads what it waits for.

    Raises:
        InvalidArgument: A value is out of range or not listed.
    """
    given = message.HasField
    return Stage(
        id=message.id,
        work_plan_id=message.work_plan_id,
        state=enums.stage_state(message.state, "state"),
        runner_type=message.runner_type,
        execution_mode=enums.execution_mode(message.execution_mode, "execution_mode"),
        args=structs.payload(message.args, f"stage {message.id!r}", "args") if given("args") else structs.EMPTY,
        assignments=each(assignment, message.assignments, "assignments") if message.assignments else (),
        attempts=each(attempt, message.attempts, "attempts") if message.attempts else (),
        dependencies=inside(group, message.dependencies, "dependencies") if given("dependencies") else _NO_GROUP,
        outcome=enums.outcome_or_none(message.outcome, "outcome"),
        concluded_reason=enums.concluded_reason_or_none(message.concluded_reason, "concluded_reason"),
        cause=message.cause or None,
        retry=inside(stored_policy, message.retry if given("retry") else None, "retry"),
        timeout=times.seconds(message.timeout, "timeout") if given("timeout") else None,
        heartbeat_timeout=times.seconds(message.heartbeat_timeout, "heartbeat_timeout")
        if given("heartbeat_timeout")
        else None,
        no_runner_timeout=times.seconds(message.no_runner_timeout, "no_runner_timeout")
        if given("no_runner_timeout")
        else None,
        priority=message.priority,
        parent_stage_id=message.parent_stage_id or None,
        always=message.always,
        version=message.version,
        created_at=times.moment(message.created_at, "created_at") if given("created_at") else None,
        updated_at=times.moment(message.updated_at, "updated_at") if given("updated_at") else None,
    )


def stage_message(stage: Stage) -> stage_pb2.Stage:
    """Return the message for a stage."""
    message = stage_pb2.Stage()
    NodeMessages().fill_stage(message, stage)
    return message


class NodeMessages:
    """Makes the messages for nodes of one answer; the parts that many of them have in common are made once.

    Parts are told apart by identity: the nodes must live as long as this does. Messages are filled where they are, so
    that those of a large answer come into being inside of it: each by itself would take ten times its size.
    """

    def __init__(self) -> None:
        self._groups: Final[dict[int, common_pb2.DependencyGroup | None]] = {}
        self._moments: Final[dict[int, Timestamp | None]] = {}

    def fill_check(self, message: check_pb2.Check, check: Check) -> None:
        """Write a check into an empty message."""
        message.state = enums.CHECK_STATES[check.state]
        message.kind = check.kind
        if (options := structs.filled(check.options)) is not None:
            message.options.CopyFrom(options)
        if check.results:
            message.results.extend([check_result_message(result) for result in check.results])
        message.external = check.external
        self._fill_common(message, check)

    def fill_stage(self, message: stage_pb2.Stage, stage: Stage) -> None:
        """Write a stage into an empty message."""
        message.state = enums.STAGE_STATES[stage.state]
        message.runner_type = stage.runner_type
        message.execution_mode = enums.EXECUTION_MODES[stage.execution_mode]
        if (args := structs.filled(stage.args)) is not None:
            message.args.CopyFrom(args)
        if stage.assignments:
            message.assignments.extend([assignment_message(assignment) for assignment in stage.assignments])
        if stage.attempts:
            message.attempts.extend([attempt_message(attempt) for attempt in stage.attempts])
        if stage.parent_stage_id is not None:
            message.parent_stage_id = stage.parent_stage_id
        if stage.concluded_reason:
            message.concluded_reason = enums.CONCLUDED_REASONS[stage.concluded_reason]
        self._fill_common(message, stage)
        _fill_policy(message, stage)

    def _fill_common(self, message: check_pb2.Check | stage_pb2.Stage, node: Check | Stage) -> None:
        message.id = node.id
        message.work_plan_id = node.work_plan_id
        message.version = node.version
        if (group := self._group(node.dependencies)) is not None:
            message.dependencies.CopyFrom(group)
        if (created_at := self._timestamp(node.created_at)) is not None:
            message.created_at.CopyFrom(created_at)
        if (updated_at := self._timestamp(node.updated_at)) is not None:
            message.updated_at.CopyFrom(updated_at)
        if node.outcome:
            message.outcome = enums.OUTCOMES[node.outcome]
        if node.cause is not None:
            message.cause = node.cause

    def _group(self, group: DependencyGroup) -> common_pb2.DependencyGroup | None:
        if id(group) not in self._groups:
            self._groups[id(group)] = stored_group_message(group)
        return self._groups[id(group)]

    def _timestamp(self, moment: datetime | None) -> Timestamp | None:
        if id(moment) not in self._moments:
            self._moments[id(moment)] = times.timestamp(moment)
        return self._moments[id(moment)]


def _fill_policy(message: stage_pb2.Stage, stage: Stage) -> None:
    if (policy := stored_policy_message(stage.retry)) is not None:
        message.retry.CopyFrom(policy)
    fill_timeouts(message, stage)
    message.priority = stage.priority
    message.always = stage.always


def fill_timeouts(message: stage_pb2.Stage | stage_pb2.StageWrite, stage: Stage | StageWrite) -> None:
    """Write how long a stage waits for what; what it does not say stays open."""
    if (timeout := times.duration(stage.timeout, "timeout")) is not None:
        message.timeout.CopyFrom(timeout)
    if (silence := times.duration(stage.heartbeat_timeout, "heartbeat_timeout")) is not None:
        message.heartbeat_timeout.CopyFrom(silence)
    if (waiting := times.duration(stage.no_runner_timeout, "no_runner_timeout")) is not None:
        message.no_runner_timeout.CopyFrom(waiting)


def nodes(message: service_pb2.QueryNodesResponse | service_pb2.WriteNodesResponse) -> Nodes:
    """Return the nodes of an answer.

    Raises:
        InvalidArgument: A value is out of range or not listed.
    """
    groups = SharedGroups()
    return Nodes(
        checks=each(lambda part: check(part, groups), message.checks, "checks"),
        stages=each(lambda part: stage(part, groups), message.stages, "stages"),
        sequence=message.sequence,
        next_page_token=message.next_page_token if isinstance(message, service_pb2.QueryNodesResponse) else "",
    )


def query_nodes_response(nodes: Nodes) -> service_pb2.QueryNodesResponse:
    """Return the answer to a query."""
    response = service_pb2.QueryNodesResponse(sequence=nodes.sequence, next_page_token=nodes.next_page_token)
    _add(nodes, response)
    return response


def write_nodes_response(nodes: Nodes) -> service_pb2.WriteNodesResponse:
    """Return the answer to a write."""
    response = service_pb2.WriteNodesResponse(sequence=nodes.sequence)
    _add(nodes, response)
    return response


def _add(nodes: Nodes, response: service_pb2.QueryNodesResponse | service_pb2.WriteNodesResponse) -> None:
    messages = NodeMessages()
    for check in nodes.checks:
        messages.fill_check(response.checks.add(), check)
    for stage in nodes.stages:
        messages.fill_stage(response.stages.add(), stage)
