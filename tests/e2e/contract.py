"""Short words for the messages of the contract, and a client that knows nothing but them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import grpc
from google.protobuf.struct_pb2 import Struct

from turboci.v1 import check_pb2, common_pb2, service_pb2, service_pb2_grpc, stage_pb2, stagerunner_pb2, workplan_pb2

SYNC = common_pb2.EXECUTION_MODE_SYNC
ASYNC = common_pb2.EXECUTION_MODE_ASYNC
PATIENCE = 30.0
"""Seconds that a call may take on a slow machine before the test fails."""


def struct(values: Mapping[str, Any]) -> Struct:
    message = Struct()
    message.update(values)
    return message


def needs(
    *,
    checks: Iterable[str] = (),
    stages: Iterable[str] = (),
    predicate: common_pb2.PredicateType = common_pb2.PREDICATE_TYPE_AND,
) -> common_pb2.DependencyGroup:
    """Return a dependency group over checks and stages."""
    edges = [common_pb2.Dependency(target_type=common_pb2.NODE_TYPE_CHECK, target_id=id) for id in checks]
    edges += [common_pb2.Dependency(target_type=common_pb2.NODE_TYPE_STAGE, target_id=id) for id in stages]
    return common_pb2.DependencyGroup(predicate=predicate, dependencies=edges)


def check(id: str, **fields: Any) -> check_pb2.CheckWrite:
    """Return a check that is PLANNED unless the fields say otherwise."""
    return check_pb2.CheckWrite(id=id, **{"state": common_pb2.CHECK_STATE_PLANNED, **fields})


def stage(
    id: str, runner_type: str, *answers: str, mode: common_pb2.ExecutionMode = SYNC, **fields: Any
) -> stage_pb2.StageWrite:
    """Return a stage that answers checks."""
    assignments = [
        stage_pb2.Assignment(target_check_id=answer, goal_state=common_pb2.CHECK_STATE_FINAL) for answer in answers
    ]
    return stage_pb2.StageWrite(
        id=id,
        runner_type=runner_type,
        execution_mode=mode,
        assignments=assignments,
        **fields,
    )


def update(check_id: str, *, failure: str | None = None, **data: Any) -> stagerunner_pb2.CheckUpdate:
    """Return the final answer to a check; red with a failure."""
    return stagerunner_pb2.CheckUpdate(
        check_id=check_id,
        state=common_pb2.CHECK_STATE_FINAL,
        finalize=True,
        result_data=struct(data),
        failure=None if failure is None else common_pb2.Failure(message=failure),
    )


class Client:
    """The orchestrator as a program in any language sees it."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.stub: Any = service_pb2_grpc.TurboCIOrchestratorStub(channel)

    async def create_plan(self) -> str:
        created: workplan_pb2.CreateWorkPlanResponse = await self.stub.CreateWorkPlan(
            workplan_pb2.CreateWorkPlanRequest(), timeout=PATIENCE
        )
        return created.work_plan.id

    async def write(
        self, plan: str, checks: Iterable[check_pb2.CheckWrite] = (), stages: Iterable[stage_pb2.StageWrite] = ()
    ) -> service_pb2.WriteNodesResponse:
        request = service_pb2.WriteNodesRequest(work_plan_id=plan, checks=checks, stages=stages)
        written: service_pb2.WriteNodesResponse = await self.stub.WriteNodes(request, timeout=PATIENCE)
        return written

    async def query(self, plan: str) -> service_pb2.QueryNodesResponse:
        request = service_pb2.QueryNodesRequest(work_plan_id=plan)
        found: service_pb2.QueryNodesResponse = await self.stub.QueryNodes(request, timeout=PATIENCE)
        return found

    async def check(self, plan: str, id: str) -> check_pb2.Check:
        return next(each for each in (await self.query(plan)).checks if each.id == id)

    async def stage(self, plan: str, id: str) -> stage_pb2.Stage:
        return next(each for each in (await self.query(plan)).stages if each.id == id)

    async def final_stages(self, plan: str, *ids: str) -> None:
        """Return when the stages are FINAL; the deadline of the call is the only limit."""
        request = service_pb2.WatchWorkPlanRequest(
            work_plan_id=plan, include_stages=True, stage_id_filter=ids,
            stage_state_filter=[common_pb2.STAGE_STATE_FINAL], after_sequence=0,
        )  # fmt: skip
        open_ids = set(ids)
        events = self.stub.WatchWorkPlan(request, timeout=PATIENCE)
        async for event in events:
            open_ids.discard(event.stage_event.stage_id)
            if not open_ids:
                break
        events.cancel()
        assert not open_ids

    async def completed(self, plan: str, *, timeout: float = PATIENCE) -> service_pb2.WorkPlanCompletedEvent:
        """Return the event that says that everything in the plan is FINAL."""
        request = service_pb2.WatchWorkPlanRequest(work_plan_id=plan, after_sequence=0)
        events = self.stub.WatchWorkPlan(request, timeout=timeout)
        async for event in events:
            if event.HasField("completed_event"):
                events.cancel()
                done: service_pb2.WorkPlanCompletedEvent = event.completed_event
                return done
        raise AssertionError("the stream ended before the plan did")

    async def register(
        self, runner_id: str, runner_type: str, address: str, *modes: common_pb2.ExecutionMode, **fields: Any
    ) -> service_pb2.RegisterStageRunnerResponse:
        request = service_pb2.RegisterStageRunnerRequest(
            runner_id=runner_id,
            runner_type=runner_type,
            address=address,
            supported_modes=modes or (SYNC,),
            **{"ttl_seconds": 300, "max_concurrent": 10, **fields},
        )
        lease: service_pb2.RegisterStageRunnerResponse = await self.stub.RegisterStageRunner(request, timeout=PATIENCE)
        return lease

    async def runners(self, runner_type: str = "") -> list[service_pb2.StageRunnerInfo]:
        request = service_pb2.ListStageRunnersRequest(runner_type=runner_type)
        listed: service_pb2.ListStageRunnersResponse = await self.stub.ListStageRunners(request, timeout=PATIENCE)
        return list(listed.runners)
