"""Requests as the orchestrator gets them, and answers as clients do."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from orchestrator.apart import LARGE, apart
from orchestrator.config import Config
from orchestrator.endpoint.endpoint import Endpoint
from orchestrator.endpoint.limits import Limits
from orchestrator.transport.server import GrpcServer
from tests.edge.conftest import Client
from tests.edge.recorded import NOW, RecordedCalls
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.errors import EmptyIdError, InvalidArgument, LimitExceeded
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import Assignment, ProgressEntry
from turboci.payloads import JSON
from turboci.queries import NodeQuery
from turboci.runners import RunnerRegistration
from turboci.states import CheckState, ExecutionMode, StageState
from turboci.v1 import check_pb2, service_pb2, workplan_pb2
from turboci.wire import executions, reasons, runners, writes
from turboci.wire.methods import ORCHESTRATOR, Method
from turboci.wire.times import timestamp
from turboci.writes import AttemptWrite, CheckResultWrite, CheckWrite, StageWrite

KNOWN = RunnerRegistration(
    runner_id="r",
    runner_type="builder",
    address="builder-1:50061",
    supported_modes=(ExecutionMode.SYNC, ExecutionMode.ASYNC),
    max_concurrent=2,
    ttl=60,
    metadata={"zone": "b"},
    process_uid="p",
)


def registration(**changes: Any) -> service_pb2.RegisterStageRunnerRequest:
    return runners.registration_message(replace(KNOWN, **changes))


async def test_every_call_hands_its_request_on_and_brings_the_answer_back(calls: RecordedCalls, client: Client) -> None:
    """Unary calls reach the orchestrator with the values of their request."""
    plan = await client.call(
        ORCHESTRATOR.create_work_plan,
        workplan_pb2.CreateWorkPlanRequest(
            metadata={"name": "ci"}, idempotency_key="k", deadline=timestamp(NOW), fail_fast=True, held=True
        ),
    )
    assert (plan.work_plan.id, dict(plan.work_plan.metadata)) == ("plan-1", {"name": "ci"})
    got = await client.call(ORCHESTRATOR.get_work_plan, workplan_pb2.GetWorkPlanRequest(id="p"))
    assert got.work_plan.id == "p"
    await client.call(
        ORCHESTRATOR.cancel_work_plan, workplan_pb2.CancelWorkPlanRequest(work_plan_id="p", reason="enough")
    )
    cancelled = await client.call(
        ORCHESTRATOR.cancel_stage, service_pb2.CancelStageRequest(work_plan_id="p", stage_id="s", reason="enough")
    )
    assert cancelled.stage.id == "s"
    check, stage = CheckWrite(id="c", options={"a": [1, None]}), StageWrite(id="s", runner_type="builder")
    written = await client.call(ORCHESTRATOR.write_nodes, writes.write_nodes_request("p", [check], [stage], "e"))
    assert written.sequence == 7
    found = await client.call(
        ORCHESTRATOR.query_nodes,
        service_pb2.QueryNodesRequest(work_plan_id="p", include_stages=True, page_size=2, page_token="t"),
    )
    assert found.sequence == 7
    node = NodeRef(NodeKind.CHECK, "c")
    why = await client.call(ORCHESTRATOR.explain_nodes, reasons.explain_request("p", (node,)))
    assert why.stalled
    lease = await client.call(ORCHESTRATOR.register_stage_runner, registration())
    assert lease.registration_id == "registration-1"
    await client.call(
        ORCHESTRATOR.unregister_stage_runner, service_pb2.UnregisterStageRunnerRequest(registration_id="x")
    )
    live = await client.call(ORCHESTRATOR.list_stage_runners, service_pb2.ListStageRunnersRequest())
    assert [runner.runner_id for runner in live.runners] == ["r"]
    progress = ProgressEntry(message="half", percent=50, details={"a": 1})
    await client.call(ORCHESTRATOR.update_stage_execution, executions.update_request("e", progress))
    update = CheckUpdate(check_id="c", state=CheckState.FINAL, data={"n": 1}, finalize=True, failure="")
    answer = Answer(stage_state=StageState.FINAL, check_updates=(update,), failure="bad", details={"d": "x"})
    done = await client.call(ORCHESTRATOR.complete_stage_execution, executions.complete_request("e", answer))
    assert done.acknowledged
    assert calls.asked == [
        ("create_work_plan", {"name": "ci"}, "k", NOW, True, True),
        ("get_work_plan", "p"),
        ("cancel_work_plan", "p", "enough"),
        ("cancel_stage", "p", "s", "enough"),
        ("write_nodes", "p", (check,), (stage,), "e"),
        ("query_nodes", "p", NodeQuery(include_checks=False, page_size=2, page_token="t")),
        ("explain", "p", (node,)),
        ("register_runner", KNOWN),
        ("unregister_runner", "x"),
        ("list_runners", None),
        ("update_execution", "e", progress),
        ("complete_execution", "e", answer),
    ]


@pytest.mark.parametrize("said", [":50061", "0.0.0.0:50061", "[::]:50061"])
async def test_an_address_without_a_host_gets_the_callers(said: str, calls: RecordedCalls, client: Client) -> None:
    """A runner that listens everywhere is called where its registration came from."""
    await client.send(ORCHESTRATOR.register_stage_runner, registration(address=said).SerializeToString())
    assert calls.asked == [("register_runner", replace(KNOWN, address="127.0.0.1:50061"))]


def write(*, check: CheckWrite | None = None, stage: StageWrite | None = None) -> Message:
    return writes.write_nodes_request("p", [check] if check else [], [stage] if stage else [])


def complete(update: CheckUpdate, **answer: Any) -> Message:
    return executions.complete_request("e", Answer(check_updates=(update,), **answer))


def cancel_stage(*, reason: str) -> Message:
    return service_pb2.CancelStageRequest(work_plan_id="p", stage_id="s", reason=reason)


RPC = ORCHESTRATOR
BIG: dict[str, JSON] = {"text": "x" * 70_000}
LONG = "x" * 300
NOWHERE = DependencyGroup(dependencies=(NodeRef(NodeKind.CHECK, "").succeeded,))

SENSELESS: list[tuple[Method[Any, Any], Message, type[Exception]]] = [
    (RPC.create_work_plan, workplan_pb2.CreateWorkPlanRequest(metadata={"name": "x" * 70_000}), LimitExceeded),
    (RPC.create_work_plan, workplan_pb2.CreateWorkPlanRequest(idempotency_key=LONG), InvalidArgument),
    (RPC.get_work_plan, workplan_pb2.GetWorkPlanRequest(), EmptyIdError),
    (RPC.get_work_plan, workplan_pb2.GetWorkPlanRequest(id="x" * 1_000_000), InvalidArgument),
    (RPC.cancel_work_plan, workplan_pb2.CancelWorkPlanRequest(), EmptyIdError),
    (RPC.cancel_work_plan, workplan_pb2.CancelWorkPlanRequest(work_plan_id="p", reason="x" * 70_000), LimitExceeded),
    (RPC.cancel_stage, service_pb2.CancelStageRequest(work_plan_id="p"), EmptyIdError),
    (RPC.cancel_stage, service_pb2.CancelStageRequest(stage_id="s"), EmptyIdError),
    (RPC.cancel_stage, cancel_stage(reason="x" * 70_000), LimitExceeded),
    (RPC.create_work_plan, workplan_pb2.CreateWorkPlanRequest(deadline=Timestamp(seconds=-1)), InvalidArgument),
    (RPC.create_work_plan, workplan_pb2.CreateWorkPlanRequest(deadline=Timestamp(nanos=-1)), InvalidArgument),
    (RPC.write_nodes, service_pb2.WriteNodesRequest(), EmptyIdError),
    (RPC.write_nodes, writes.write_nodes_request("p", [CheckWrite(id=f"c{n}") for n in range(51)]), LimitExceeded),
    (RPC.write_nodes, write(check=CheckWrite(id="")), EmptyIdError),
    (RPC.write_nodes, write(check=CheckWrite(id="a\nb")), InvalidArgument),
    (RPC.write_nodes, write(check=CheckWrite(id="c", kind=LONG)), InvalidArgument),
    (RPC.write_nodes, write(check=CheckWrite(id="c", options=BIG)), LimitExceeded),
    (RPC.write_nodes, write(check=CheckWrite(id="c", expected_version=-1)), InvalidArgument),
    (RPC.write_nodes, write(check=CheckWrite(id="c", dependencies=NOWHERE)), EmptyIdError),
    (RPC.write_nodes, write(check=CheckWrite(id="c", result=CheckResultWrite(data=BIG))), LimitExceeded),
    (RPC.write_nodes, write(check=CheckWrite(id="c", result=CheckResultWrite(failure="x" * 70_000))), LimitExceeded),
    (RPC.write_nodes, write(stage=StageWrite(id="s", args=BIG)), LimitExceeded),
    (RPC.write_nodes, write(stage=StageWrite(id="s", runner_type=LONG)), InvalidArgument),
    (RPC.write_nodes, write(stage=StageWrite(id="s", timeout=0.0)), InvalidArgument),
    (RPC.write_nodes, write(stage=StageWrite(id="s", timeout=1e10)), InvalidArgument),
    (RPC.write_nodes, write(stage=StageWrite(id="s", heartbeat_timeout=-1.0)), InvalidArgument),
    (RPC.write_nodes, write(stage=StageWrite(id="s", assignments=(Assignment(""),))), EmptyIdError),
    (RPC.write_nodes, write(stage=StageWrite(id="s", parent_stage_id=LONG)), InvalidArgument),
    (RPC.write_nodes, write(stage=StageWrite(id="s", current_attempt=AttemptWrite(details=BIG))), LimitExceeded),
    (RPC.query_nodes, service_pb2.QueryNodesRequest(), EmptyIdError),
    (RPC.query_nodes, service_pb2.QueryNodesRequest(work_plan_id="p", page_size=-1), InvalidArgument),
    (RPC.query_nodes, service_pb2.QueryNodesRequest(work_plan_id="p", check_ids=[""]), EmptyIdError),
    (RPC.query_nodes, service_pb2.QueryNodesRequest(work_plan_id="p", check_states=[11]), InvalidArgument),  # type: ignore[list-item]
    (RPC.explain_nodes, service_pb2.ExplainNodesRequest(work_plan_id="p", stage_ids=[""]), EmptyIdError),
    (RPC.register_stage_runner, registration(address=""), InvalidArgument),
    (RPC.register_stage_runner, registration(address="builder"), InvalidArgument),
    (RPC.register_stage_runner, registration(address="dns:///builder:1"), InvalidArgument),
    (RPC.register_stage_runner, registration(address="builder:0"), InvalidArgument),
    (RPC.register_stage_runner, registration(runner_id=""), EmptyIdError),
    (RPC.register_stage_runner, registration(runner_type=""), EmptyIdError),
    (RPC.register_stage_runner, registration(ttl=-1), InvalidArgument),
    (RPC.register_stage_runner, registration(ttl=10**12), InvalidArgument),
    (RPC.register_stage_runner, registration(max_concurrent=-1), InvalidArgument),
    (RPC.register_stage_runner, registration(metadata={"a": "x" * 70_000}), LimitExceeded),
    (RPC.unregister_stage_runner, service_pb2.UnregisterStageRunnerRequest(), EmptyIdError),
    (RPC.list_stage_runners, service_pb2.ListStageRunnersRequest(runner_type=LONG), InvalidArgument),
    (RPC.update_stage_execution, service_pb2.UpdateStageExecutionRequest(), EmptyIdError),
    (
        RPC.update_stage_execution,
        service_pb2.UpdateStageExecutionRequest(execution_id="e", progress_percent=101),
        InvalidArgument,
    ),
    (RPC.complete_stage_execution, service_pb2.CompleteStageExecutionRequest(), EmptyIdError),
    (RPC.complete_stage_execution, complete(CheckUpdate(check_id="")), EmptyIdError),
    (RPC.complete_stage_execution, complete(CheckUpdate(check_id="c", data=BIG)), LimitExceeded),
    (RPC.complete_stage_execution, complete(CheckUpdate(check_id="c"), details=BIG), LimitExceeded),
]


@pytest.mark.parametrize(("method", "request_message", "error"), SENSELESS)
async def test_what_makes_no_sense_is_refused_and_reaches_nothing(
    method: Method[Any, Any], request_message: Message, error: type[Exception], calls: RecordedCalls, client: Client
) -> None:
    """A request of the wrong shape or size never gets to the orchestrator."""
    refused = await client.refused(method, request_message)
    assert type(refused) is error, refused
    assert calls.asked == []


async def test_numbers_that_are_not_finite_are_refused_with_their_path(calls: RecordedCalls, client: Client) -> None:
    """NaN in the options of a check is named by the path that leads to it."""
    message = service_pb2.WriteNodesRequest(work_plan_id="p", checks=[check_pb2.CheckWrite(id="c")])
    message.checks[0].options.fields["limits"].struct_value.fields["cpu"].number_value = float("nan")
    refused = await client.refused(RPC.write_nodes, message)
    assert isinstance(refused, InvalidArgument)
    assert "options.limits.cpu is nan" in str(refused)
    assert calls.asked == []


@pytest.mark.parametrize(("size", "here"), [(LARGE - 1, True), (LARGE, False)])
async def test_large_requests_are_looked_at_on_another_thread(size: int, here: bool) -> None:
    """What would hold up the event loop leaves it; what is small is not worth the way."""
    assert (await apart(size, threading.get_ident) == threading.get_ident()) is here


async def test_a_large_write_arrives_whole() -> None:
    """Ten thousand nodes reach the orchestrator in their order, and an error among them comes back with its path."""
    calls = RecordedCalls()
    server = GrpcServer(Endpoint(calls, Limits()), Config(port=0, sqlite_path=None))
    port = await server.bind()
    await server.start()
    checks = [CheckWrite(id=f"check-{number}", options={"number": number}) for number in range(10_000)]
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        client = Client(channel)
        await client.call(RPC.write_nodes, writes.write_nodes_request("p", checks))
        checks.append(CheckWrite(id="last", kind=LONG))
        refused = await client.refused(RPC.write_nodes, writes.write_nodes_request("p", checks))
    await server.stop()
    [(_, _, written, _, _)] = calls.asked
    assert written == tuple(checks[:-1])
    assert isinstance(refused, InvalidArgument)
    assert refused.field == "checks[10000].kind"
