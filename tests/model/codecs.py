"""Every pair of functions that takes a value to a message and back, with values to try it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import Message
from hypothesis import strategies as st

from tests.model import frame_strategies, strategies
from turboci.states import ExecutionMode
from turboci.v1 import (
    check_pb2,
    common_pb2,
    service_pb2,
    stage_pb2,
    stagerunner_pb2,
    workplan_pb2,
)
from turboci.wire import (
    attempts,
    dependencies,
    events,
    executions,
    frames,
    logs,
    nodes,
    plans,
    queries,
    reasons,
    retries,
    runners,
    writes,
)


@dataclass(frozen=True)
class Codec:
    """A pair of functions; their value types differ from pair to pair, hence `Any`."""

    kind: type[Message]
    values: st.SearchStrategy[Any]
    encode: Callable[[Any], Message]
    decode: Callable[[Any], Any]


CODECS: Final[dict[str, Codec]] = {
    "dependency": Codec(
        common_pb2.Dependency, strategies.dependencies, dependencies.dependency_message, dependencies.dependency
    ),
    "group": Codec(
        common_pb2.DependencyGroup,
        strategies.groups,
        dependencies.dependency_group_message,
        dependencies.dependency_group,
    ),
    "retry": Codec(
        common_pb2.RetryPolicy, strategies.retry_policies, retries.retry_policy_message, retries.retry_policy
    ),
    "work plan": Codec(workplan_pb2.WorkPlan, strategies.work_plans, nodes.work_plan_message, nodes.work_plan),
    "plan page": Codec(
        workplan_pb2.ListWorkPlansResponse, strategies.plan_pages, plans.plan_page_message, plans.plan_page
    ),
    "deleted plans": Codec(
        workplan_pb2.DeleteWorkPlansResponse,
        strategies.deleted_plans,
        plans.deleted_plans_message,
        plans.deleted_plans,
    ),
    "check": Codec(check_pb2.Check, strategies.checks, nodes.check_message, nodes.check),
    "check result": Codec(
        check_pb2.CheckResult, strategies.check_results, nodes.check_result_message, nodes.check_result
    ),
    "stage": Codec(stage_pb2.Stage, strategies.stages, nodes.stage_message, nodes.stage),
    "attempt": Codec(stage_pb2.Attempt, strategies.attempts, attempts.attempt_message, attempts.attempt),
    "progress entry": Codec(
        stage_pb2.ProgressEntry,
        strategies.progress_entries,
        attempts.progress_entry_message,
        attempts.progress_entry,
    ),
    "assignment": Codec(stage_pb2.Assignment, strategies.assignments, nodes.assignment_message, nodes.assignment),
    "queried nodes": Codec(service_pb2.QueryNodesResponse, strategies.pages, nodes.query_nodes_response, nodes.nodes),
    "written nodes": Codec(service_pb2.WriteNodesResponse, strategies.nodes, nodes.write_nodes_response, nodes.nodes),
    "query": Codec(
        service_pb2.QueryNodesRequest,
        strategies.node_queries,
        lambda query: queries.query_nodes_request("plan", query),
        queries.node_query,
    ),
    "check write": Codec(check_pb2.CheckWrite, strategies.check_writes, writes.check_write_message, writes.check_write),
    "stage write": Codec(stage_pb2.StageWrite, strategies.stage_writes, writes.stage_write_message, writes.stage_write),
    "node writes": Codec(
        service_pb2.WriteNodesRequest,
        strategies.node_writes,
        lambda value: writes.write_nodes_request("plan", value.checks, value.stages, value.execution_id),
        writes.node_writes,
    ),
    "sync execution": Codec(
        stagerunner_pb2.RunRequest,
        strategies.executions(ExecutionMode.SYNC),
        executions.run_request,
        executions.execution,
    ),
    "async execution": Codec(
        stagerunner_pb2.RunAsyncRequest,
        strategies.executions(ExecutionMode.ASYNC),
        executions.run_async_request,
        executions.execution,
    ),
    "answer": Codec(stagerunner_pb2.RunResponse, strategies.answers, executions.run_response, executions.answer),
    "completion": Codec(
        service_pb2.CompleteStageExecutionRequest,
        strategies.answers,
        lambda answer: executions.complete_request("execution", answer),
        executions.answer,
    ),
    "acceptance": Codec(
        stagerunner_pb2.RunAsyncResponse,
        strategies.acceptances,
        executions.acceptance_message,
        executions.acceptance,
    ),
    "pong": Codec(stagerunner_pb2.PingResponse, strategies.pongs, executions.pong_message, executions.pong),
    "progress": Codec(
        service_pb2.UpdateStageExecutionRequest,
        strategies.reported_progress,
        lambda entry: executions.update_request("execution", entry),
        executions.progress,
    ),
    "event": Codec(service_pb2.WorkPlanEvent, strategies.events, events.event_message, events.event),
    "event filter": Codec(
        service_pb2.WatchWorkPlanRequest,
        strategies.event_filters,
        lambda only: events.watch_request("plan", 7, only),
        events.event_filter,
    ),
    "registration": Codec(
        service_pb2.RegisterStageRunnerRequest,
        strategies.registrations,
        runners.registration_message,
        runners.registration,
    ),
    "lease": Codec(service_pb2.RegisterStageRunnerResponse, strategies.leases, runners.lease_message, runners.lease),
    "runner": Codec(
        service_pb2.StageRunnerInfo, strategies.runner_infos, runners.runner_info_message, runners.runner_info
    ),
    "runner frame": Codec(
        service_pb2.RunnerFrame, frame_strategies.runner_frames, frames.runner_frame_message, frames.runner_frame
    ),
    "orchestrator frame": Codec(
        service_pb2.OrchestratorFrame,
        frame_strategies.orchestrator_frames,
        frames.orchestrator_frame_message,
        frames.orchestrator_frame,
    ),
    "log piece": Codec(service_pb2.LogPiece, strategies.log_pieces, logs.log_piece_message, logs.log_piece),
    "explanation": Codec(
        service_pb2.ExplainNodesResponse, strategies.explanations, reasons.explanation_message, reasons.explanation
    ),
}
