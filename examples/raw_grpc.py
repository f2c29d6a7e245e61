"""The contract alone: a client and a runner on the generated stubs, without the DSL.

A planning stage is called synchronously; a build stage is accepted and answered later. Any language with gRPC can do
the same with `proto/turboci/v1`. Start an orchestrator first:

    turboci serve &
    python examples/raw_grpc.py 127.0.0.1:50051
"""

from __future__ import annotations

import sys
import threading
from concurrent import futures
from typing import Any

import grpc
from google.protobuf.struct_pb2 import Struct

from turboci.v1 import check_pb2, common_pb2, service_pb2, service_pb2_grpc, stage_pb2, stagerunner_pb2, workplan_pb2
from turboci.v1.stagerunner_pb2_grpc import StageRunnerServicer, add_StageRunnerServicer_to_server


class Runner(StageRunnerServicer):
    """Plans and builds, as far as this example needs it."""

    def __init__(self, orchestrator: Any) -> None:
        self.orchestrator = orchestrator

    def Run(self, request: stagerunner_pb2.RunRequest, context: grpc.ServicerContext) -> stagerunner_pb2.RunResponse:  # noqa: N802, ARG002
        """Do the work inside the call: what is returned is the answer."""
        say(f"run {request.stage_id}, attempt {request.attempt_idx}")
        return stagerunner_pb2.RunResponse(
            stage_state=common_pb2.STAGE_STATE_FINAL,
            check_updates=[answer(check_id, {"targets": ["app", "docs"]}) for check_id in request.assigned_check_ids],
        )

    def RunAsync(  # noqa: N802
        self,
        request: stagerunner_pb2.RunAsyncRequest,
        context: grpc.ServicerContext,  # noqa: ARG002
    ) -> stagerunner_pb2.RunAsyncResponse:
        """Accept the work; the answer follows in a call of our own."""
        say(f"accept {request.stage_id}, attempt {request.attempt_idx}")
        threading.Thread(target=self.build, args=(request,)).start()
        return stagerunner_pb2.RunAsyncResponse(accepted=True)

    def build(self, request: stagerunner_pb2.RunAsyncRequest) -> None:
        """Report progress, then the end."""
        self.orchestrator.UpdateStageExecution(
            service_pb2.UpdateStageExecutionRequest(
                execution_id=request.execution_id, progress_percent=50, message="compiling"
            )
        )
        self.orchestrator.CompleteStageExecution(
            service_pb2.CompleteStageExecutionRequest(
                execution_id=request.execution_id,
                stage_state=common_pb2.STAGE_STATE_FINAL,
                check_updates=[answer(check_id, {"artifact": "app.tar"}) for check_id in request.assigned_check_ids],
            )
        )


def say(line: str) -> None:
    """Print in one piece: the runner's threads speak at the same time."""
    sys.stdout.write(f"{line}\n")


def struct(values: dict[str, Any]) -> Struct:
    message = Struct()
    message.update(values)
    return message


def answer(check_id: str, data: dict[str, Any]) -> stagerunner_pb2.CheckUpdate:
    return stagerunner_pb2.CheckUpdate(
        check_id=check_id, state=common_pb2.CHECK_STATE_FINAL, result_data=struct(data), finalize=True
    )


def assigned_to(check_id: str) -> list[stage_pb2.Assignment]:
    return [stage_pb2.Assignment(target_check_id=check_id, goal_state=common_pb2.CHECK_STATE_FINAL)]


def nodes(work_plan_id: str) -> service_pb2.WriteNodesRequest:
    """The question `build` waits for the answer to `plan`; so does the stage that answers it."""
    after_plan = common_pb2.Dependency(target_type=common_pb2.NODE_TYPE_CHECK, target_id="plan")
    return service_pb2.WriteNodesRequest(
        work_plan_id=work_plan_id,
        checks=[
            check_pb2.CheckWrite(id="plan", kind="plan"),
            check_pb2.CheckWrite(
                id="build",
                kind="build",
                dependencies=common_pb2.DependencyGroup(
                    predicate=common_pb2.PREDICATE_TYPE_AND, dependencies=[after_plan]
                ),
            ),
        ],
        stages=[
            stage_pb2.StageWrite(
                id="plan-stage",
                runner_type="raw",
                execution_mode=common_pb2.EXECUTION_MODE_SYNC,
                assignments=assigned_to("plan"),
            ),
            stage_pb2.StageWrite(
                id="build-stage",
                runner_type="raw",
                execution_mode=common_pb2.EXECUTION_MODE_ASYNC,
                args=struct({"parallelism": 4}),
                assignments=assigned_to("build"),
            ),
        ],
    )


def watch(orchestrator: Any, work_plan_id: str) -> bool:
    """Print what happens until the plan is complete; return whether all of it went well."""
    request = service_pb2.WatchWorkPlanRequest(work_plan_id=work_plan_id, after_sequence=0)
    for event in orchestrator.WatchWorkPlan(request, timeout=60):
        match event.WhichOneof("event"):
            case "check_event":
                say(f"check {event.check_event.check_id}: {common_pb2.CheckState.Name(event.check_event.new_state)}")
            case "stage_event":
                say(f"stage {event.stage_event.stage_id}: {common_pb2.StageState.Name(event.stage_event.new_state)}")
            case "completed_event":
                return not event.completed_event.has_failures
    return False


def main(address: str) -> int:
    with grpc.insecure_channel(address) as channel:
        orchestrator: Any = service_pb2_grpc.TurboCIOrchestratorStub(channel)
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        add_StageRunnerServicer_to_server(Runner(orchestrator), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        lease = orchestrator.RegisterStageRunner(
            service_pb2.RegisterStageRunnerRequest(
                runner_id="raw-1",
                runner_type="raw",
                address=f"127.0.0.1:{port}",
                supported_modes=[common_pb2.EXECUTION_MODE_SYNC, common_pb2.EXECUTION_MODE_ASYNC],
                max_concurrent=2,
                ttl_seconds=60,
            )
        )
        plan = orchestrator.CreateWorkPlan(workplan_pb2.CreateWorkPlanRequest(metadata={"name": "raw"})).work_plan
        orchestrator.WriteNodes(nodes(plan.id))
        succeeded = watch(orchestrator, plan.id)
        orchestrator.UnregisterStageRunner(
            service_pb2.UnregisterStageRunnerRequest(registration_id=lease.registration_id)
        )
        server.stop(grace=5).wait()
        return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"))
