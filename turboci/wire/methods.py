"""Every call of both services: its path, and what travels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from google.protobuf.message import Message

from turboci.v1 import service_pb2, stagerunner_pb2, workplan_pb2

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


@dataclass(frozen=True, slots=True)
class Method(Generic[Request, Response]):
    """One call.

    Attributes:
        path: As gRPC spells it, such as ``/turboci.v1.StageRunner/Run``.
        request: Class of the message that is sent.
        response: Class of the message, or of each message, that comes back.
        streaming: Whether more than one comes back.
        sends_many: Whether more than one is sent.
    """

    path: str
    request: type[Request]
    response: type[Response]
    streaming: bool = False
    sends_many: bool = False

    @property
    def service(self) -> str:
        """Full name of the service."""
        return self.path.split("/")[1]

    @property
    def name(self) -> str:
        """Name of the call within its service."""
        return self.path.split("/")[2]


class OrchestratorMethods:
    """The calls of the orchestrator."""

    service: Final = "turboci.v1.TurboCIOrchestrator"

    create_work_plan: Final = Method(
        f"/{service}/CreateWorkPlan", workplan_pb2.CreateWorkPlanRequest, workplan_pb2.CreateWorkPlanResponse
    )
    get_work_plan: Final = Method(
        f"/{service}/GetWorkPlan", workplan_pb2.GetWorkPlanRequest, workplan_pb2.GetWorkPlanResponse
    )
    write_nodes: Final = Method(f"/{service}/WriteNodes", service_pb2.WriteNodesRequest, service_pb2.WriteNodesResponse)
    query_nodes: Final = Method(f"/{service}/QueryNodes", service_pb2.QueryNodesRequest, service_pb2.QueryNodesResponse)
    register_stage_runner: Final = Method(
        f"/{service}/RegisterStageRunner",
        service_pb2.RegisterStageRunnerRequest,
        service_pb2.RegisterStageRunnerResponse,
    )
    unregister_stage_runner: Final = Method(
        f"/{service}/UnregisterStageRunner",
        service_pb2.UnregisterStageRunnerRequest,
        service_pb2.UnregisterStageRunnerResponse,
    )
    list_stage_runners: Final = Method(
        f"/{service}/ListStageRunners", service_pb2.ListStageRunnersRequest, service_pb2.ListStageRunnersResponse
    )
    update_stage_execution: Final = Method(
        f"/{service}/UpdateStageExecution",
        service_pb2.UpdateStageExecutionRequest,
        service_pb2.UpdateStageExecutionResponse,
    )
    complete_stage_execution: Final = Method(
        f"/{service}/CompleteStageExecution",
        service_pb2.CompleteStageExecutionRequest,
        service_pb2.CompleteStageExecutionResponse,
    )
    watch_work_plan: Final = Method(
        f"/{service}/WatchWorkPlan", service_pb2.WatchWorkPlanRequest, service_pb2.WorkPlanEvent, streaming=True
    )
    cancel_work_plan: Final = Method(
        f"/{service}/CancelWorkPlan", workplan_pb2.CancelWorkPlanRequest, workplan_pb2.CancelWorkPlanResponse
    )
    list_work_plans: Final = Method(
        f"/{service}/ListWorkPlans", workplan_pb2.ListWorkPlansRequest, workplan_pb2.ListWorkPlansResponse
    )
    release_work_plan: Final = Method(
        f"/{service}/ReleaseWorkPlan", workplan_pb2.ReleaseWorkPlanRequest, workplan_pb2.ReleaseWorkPlanResponse
    )
    delete_work_plans: Final = Method(
        f"/{service}/DeleteWorkPlans", workplan_pb2.DeleteWorkPlansRequest, workplan_pb2.DeleteWorkPlansResponse
    )
    cancel_stage: Final = Method(
        f"/{service}/CancelStage", service_pb2.CancelStageRequest, service_pb2.CancelStageResponse
    )
    explain_nodes: Final = Method(
        f"/{service}/ExplainNodes", service_pb2.ExplainNodesRequest, service_pb2.ExplainNodesResponse
    )
    read_stage_log: Final = Method(
        f"/{service}/ReadStageLog", service_pb2.ReadStageLogRequest, service_pb2.LogPiece, streaming=True
    )
    connect_stage_runner: Final = Method(
        f"/{service}/ConnectStageRunner",
        service_pb2.RunnerFrame,
        service_pb2.OrchestratorFrame,
        streaming=True,
        sends_many=True,
    )


class StageRunnerMethods:
    """The calls of runners."""

    service: Final = "turboci.v1.StageRunner"

    run: Final = Method(f"/{service}/Run", stagerunner_pb2.RunRequest, stagerunner_pb2.RunResponse)
    run_async: Final = Method(f"/{service}/RunAsync", stagerunner_pb2.RunAsyncRequest, stagerunner_pb2.RunAsyncResponse)
    ping: Final = Method(f"/{service}/Ping", stagerunner_pb2.PingRequest, stagerunner_pb2.PingResponse)
    cancel: Final = Method(f"/{service}/Cancel", stagerunner_pb2.CancelRequest, stagerunner_pb2.CancelResponse)


ORCHESTRATOR: Final = OrchestratorMethods
STAGE_RUNNER: Final = StageRunnerMethods
