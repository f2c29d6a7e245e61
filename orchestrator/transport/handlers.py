"""The unary calls of the contract: bytes to values, the call, values to bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias, TypeVar

from google.protobuf.message import Message

from orchestrator.apart import apart
from orchestrator.endpoint.addresses import reachable_address
from orchestrator.endpoint.calls import Calls
from orchestrator.transport.boundary import Context
from turboci.v1 import service_pb2, workplan_pb2
from turboci.wire import executions, nodes, plans, queries, reasons, runners, times, writes
from turboci.wire.methods import ORCHESTRATOR, Method
from turboci.wire.paths import parse

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

Handler: TypeAlias = Callable[[bytes, Context], Awaitable[bytes]]


class Handlers:
    """Answers every call of the orchestrator but the streams."""

    def __init__(self, calls: Calls) -> None:
        self._calls: Final = calls

    def table(self) -> dict[str, Handler]:
        """Return what answers which call, by the name of the call."""
        rpc = ORCHESTRATOR
        return dict(
            (
                _entry(rpc.create_work_plan, self._create_work_plan),
                _entry(rpc.get_work_plan, self._get_work_plan),
                _entry(rpc.list_work_plans, self._list_work_plans),
                _entry(rpc.release_work_plan, self._release_work_plan),
                _entry(rpc.delete_work_plans, self._delete_work_plans),
                _entry(rpc.cancel_work_plan, self._cancel_work_plan),
                _entry(rpc.write_nodes, self._write_nodes),
                _entry(rpc.query_nodes, self._query_nodes),
                _entry(rpc.cancel_stage, self._cancel_stage),
                _entry(rpc.explain_nodes, self._explain_nodes),
                _entry(rpc.register_stage_runner, self._register_stage_runner),
                _entry(rpc.unregister_stage_runner, self._unregister_stage_runner),
                _entry(rpc.list_stage_runners, self._list_stage_runners),
                _entry(rpc.update_stage_execution, self._update_stage_execution),
                _entry(rpc.complete_stage_execution, self._complete_stage_execution),
            )
        )

    async def _create_work_plan(
        self, request: workplan_pb2.CreateWorkPlanRequest, _context: Context
    ) -> workplan_pb2.CreateWorkPlanResponse:
        plan = await self._calls.create_work_plan(
            dict(request.metadata),
            idempotency_key=request.idempotency_key or None,
            deadline=times.moment(request.deadline, "deadline") if request.HasField("deadline") else None,
            fail_fast=request.fail_fast,
            held=request.held,
        )
        return workplan_pb2.CreateWorkPlanResponse(work_plan=nodes.work_plan_message(plan))

    async def _get_work_plan(
        self, request: workplan_pb2.GetWorkPlanRequest, _context: Context
    ) -> workplan_pb2.GetWorkPlanResponse:
        plan = await self._calls.get_work_plan(request.id)
        return workplan_pb2.GetWorkPlanResponse(work_plan=nodes.work_plan_message(plan))

    async def _list_work_plans(
        self, request: workplan_pb2.ListWorkPlansRequest, _context: Context
    ) -> workplan_pb2.ListWorkPlansResponse:
        page = await self._calls.list_work_plans(
            statuses=plans.wanted_statuses(request),
            name=request.name,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return plans.plan_page_message(page)

    async def _release_work_plan(
        self, request: workplan_pb2.ReleaseWorkPlanRequest, _context: Context
    ) -> workplan_pb2.ReleaseWorkPlanResponse:
        plan = await self._calls.release_work_plan(request.work_plan_id)
        return workplan_pb2.ReleaseWorkPlanResponse(work_plan=nodes.work_plan_message(plan))

    async def _delete_work_plans(
        self, request: workplan_pb2.DeleteWorkPlansRequest, _context: Context
    ) -> workplan_pb2.DeleteWorkPlansResponse:
        deleted = await self._calls.delete_work_plans(
            older_than=plans.older_than(request), keep=request.keep, dry_run=request.dry_run
        )
        return plans.deleted_plans_message(deleted)

    async def _cancel_work_plan(
        self, request: workplan_pb2.CancelWorkPlanRequest, _context: Context
    ) -> workplan_pb2.CancelWorkPlanResponse:
        plan = await self._calls.cancel_work_plan(request.work_plan_id, request.reason)
        return workplan_pb2.CancelWorkPlanResponse(work_plan=nodes.work_plan_message(plan))

    async def _write_nodes(
        self, request: service_pb2.WriteNodesRequest, _context: Context
    ) -> service_pb2.WriteNodesResponse:
        written = await apart(len(request.checks) + len(request.stages), writes.node_writes, request)
        after = await self._calls.write_nodes(
            request.work_plan_id, checks=written.checks, stages=written.stages, execution_id=written.execution_id
        )
        return await apart(len(after.checks) + len(after.stages), nodes.write_nodes_response, after)

    async def _query_nodes(
        self, request: service_pb2.QueryNodesRequest, _context: Context
    ) -> service_pb2.QueryNodesResponse:
        query = queries.node_query(request)
        found = await self._calls.query_nodes(request.work_plan_id, **query.filters())
        return await apart(len(found.checks) + len(found.stages), nodes.query_nodes_response, found)

    async def _cancel_stage(
        self, request: service_pb2.CancelStageRequest, _context: Context
    ) -> service_pb2.CancelStageResponse:
        stage = await self._calls.cancel_stage(request.work_plan_id, request.stage_id, request.reason)
        return service_pb2.CancelStageResponse(stage=nodes.stage_message(stage))

    async def _explain_nodes(
        self, request: service_pb2.ExplainNodesRequest, _context: Context
    ) -> service_pb2.ExplainNodesResponse:
        explanation = await self._calls.explain(request.work_plan_id, reasons.explained_nodes(request))
        return await apart(len(explanation.reasons), reasons.explanation_message, explanation)

    async def _register_stage_runner(
        self, request: service_pb2.RegisterStageRunnerRequest, context: Context
    ) -> service_pb2.RegisterStageRunnerResponse:
        said = runners.registration(request)
        address = reachable_address(said.address, context.peer(), f"runner {said.runner_id!r}")
        return runners.lease_message(await self._calls.register_runner(replace(said, address=address)))

    async def _unregister_stage_runner(
        self, request: service_pb2.UnregisterStageRunnerRequest, _context: Context
    ) -> service_pb2.UnregisterStageRunnerResponse:
        await self._calls.unregister_runner(request.registration_id)
        return service_pb2.UnregisterStageRunnerResponse()

    async def _list_stage_runners(
        self, request: service_pb2.ListStageRunnersRequest, _context: Context
    ) -> service_pb2.ListStageRunnersResponse:
        live = await self._calls.list_runners(request.runner_type or None)
        return service_pb2.ListStageRunnersResponse(runners=[runners.runner_info_message(info) for info in live])

    async def _update_stage_execution(
        self, request: service_pb2.UpdateStageExecutionRequest, _context: Context
    ) -> service_pb2.UpdateStageExecutionResponse:
        await self._calls.update_execution(request.execution_id, executions.progress(request))
        return service_pb2.UpdateStageExecutionResponse()

    async def _complete_stage_execution(
        self, request: service_pb2.CompleteStageExecutionRequest, _context: Context
    ) -> service_pb2.CompleteStageExecutionResponse:
        await self._calls.complete_execution(request.execution_id, executions.answer(request))
        return service_pb2.CompleteStageExecutionResponse(acknowledged=True)


def _entry(
    method: Method[Request, Response], answer: Callable[[Request, Context], Awaitable[Response]]
) -> tuple[str, Handler]:
    async def handle(data: bytes, context: Context) -> bytes:
        response = await answer(parse(method.request, data), context)
        return response.SerializeToString()

    return method.name, handle
