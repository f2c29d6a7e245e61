"""RemoteOrchestrator against a small real gRPC server."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import grpc
import pytest

from ci.port import Orchestrator
from ci.remote import RemoteOrchestrator, connect
from ci.remote.pages import NODES_PER_PAGE
from tests.runner.server import SmallOrchestrator, a_free_port, serving
from tests.runner.work import Work, a_runner
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import (
    CIError,
    ConcurrentModification,
    InternalError,
    InvalidArgument,
    InvalidState,
    LimitExceeded,
    NotFound,
    OrchestratorUnavailable,
    RunnerUnavailable,
    ServiceError,
    StaleAttempt,
)
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import ProgressEntry
from turboci.runners import RunnerRegistration
from turboci.states import CheckState
from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2, workplan_pb2
from turboci.writes import CheckWrite, StageWrite

AWAY = (grpc.StatusCode.UNAVAILABLE, "going down")


async def test_it_is_an_orchestrator(remote: RemoteOrchestrator) -> None:
    """The type checker and this assignment hold it against the port."""
    port: Orchestrator = remote
    assert port is remote


async def test_plans_are_created_read_and_cancelled(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Requests carry what was given, responses come back as values; creating always sends a key."""
    plan = workplan_pb2.WorkPlan(id="p", status=workplan_pb2.PLAN_STATUS_RUNNING, metadata={"name": "release"})
    small.replies.extend(
        (
            workplan_pb2.CreateWorkPlanResponse(work_plan=plan),
            workplan_pb2.GetWorkPlanResponse(work_plan=plan),
            workplan_pb2.CancelWorkPlanResponse(work_plan=plan),
        )
    )
    assert (await remote.create_work_plan({"name": "release"})).name == "release"
    assert (await remote.get_work_plan("p")).id == "p"
    assert (await remote.cancel_work_plan("p", "enough")).id == "p"
    created, got, cancelled = small.requests
    assert isinstance(created, workplan_pb2.CreateWorkPlanRequest)
    assert (dict(created.metadata), len(created.idempotency_key)) == ({"name": "release"}, 32)
    assert got == workplan_pb2.GetWorkPlanRequest(id="p")
    assert cancelled == workplan_pb2.CancelWorkPlanRequest(work_plan_id="p", reason="enough")


async def test_nodes_are_written_and_queried(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Writes and filters become requests, and the nodes of a response become values."""
    check = check_pb2.Check(id="c", work_plan_id="p", state=common_pb2.CHECK_STATE_PLANNED)
    small.replies.append(service_pb2.WriteNodesResponse(checks=[check], sequence=4))
    written = await remote.write_nodes(
        "p", checks=[CheckWrite(id="c")], stages=[StageWrite(id="s", runner_type="t")], execution_id="e"
    )
    small.replies.append(service_pb2.QueryNodesResponse(checks=[check], sequence=5))
    found = await remote.query_nodes("p", check_ids=["c"], check_states=[CheckState.PLANNED], include_stages=False)
    assert [node.id for node in written.checks] == [node.id for node in found.checks] == ["c"]
    assert (written.sequence, found.sequence) == (4, 5)
    assert small.requests == [
        service_pb2.WriteNodesRequest(
            work_plan_id="p", checks=[check_pb2.CheckWrite(id="c")],
            stages=[stage_pb2.StageWrite(id="s", runner_type="t")], execution_id="e",
        ),
        service_pb2.QueryNodesRequest(
            work_plan_id="p", check_ids=["c"], check_states=[common_pb2.CHECK_STATE_PLANNED], include_checks=True,
            page_size=NODES_PER_PAGE,
        ),
    ]  # fmt: skip


async def test_a_query_for_nothing_returns_the_position_alone(
    remote: RemoteOrchestrator, small: SmallOrchestrator
) -> None:
    """The contract cannot exclude both kinds; of what comes anyway little is asked for, and all is left out."""
    check = check_pb2.Check(id="c", work_plan_id="p", state=common_pb2.CHECK_STATE_PLANNED)
    small.replies.append(service_pb2.QueryNodesResponse(checks=[check], sequence=5))
    found = await remote.query_nodes("p", include_checks=False, include_stages=False)
    assert (found.checks, found.stages, found.sequence) == ((), (), 5)
    (request,) = small.requests
    assert isinstance(request, service_pb2.QueryNodesRequest)
    assert request.page_size == 1


async def test_runners_and_executions_travel(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Registrations, progress, completions and questions reach the orchestrator whole."""
    expires_at = datetime(2030, 1, 1, tzinfo=UTC)
    lease = service_pb2.RegisterStageRunnerResponse(registration_id="r1")
    lease.expires_at.FromDatetime(expires_at)
    small.replies.append(lease)
    granted = await remote.register_runner(
        RunnerRegistration(runner_id="b", runner_type="builder", address=":1", ttl=9, process_uid="u")
    )
    assert (granted.registration_id, granted.expires_at) == ("r1", expires_at)
    await remote.unregister_runner("r1")
    small.replies.append(service_pb2.ListStageRunnersResponse(runners=[service_pb2.StageRunnerInfo(runner_id="b")]))
    assert [info.runner_id for info in await remote.list_runners("builder")] == ["b"]
    await remote.update_execution("e", ProgressEntry(message="half", percent=50))
    await remote.complete_execution("e", Answer(check_updates=(CheckUpdate(check_id="c", failure="red"),)))
    small.replies.append(service_pb2.ExplainNodesResponse(stalled=True))
    assert (await remote.explain("p", [NodeRef(NodeKind.CHECK, "c")])).stalled
    registered, unregistered, listed, updated, completed, explained = small.requests
    assert registered == service_pb2.RegisterStageRunnerRequest(
        runner_id="b", runner_type="builder", address=":1", ttl_seconds=9, process_uid="u"
    )
    assert unregistered == service_pb2.UnregisterStageRunnerRequest(registration_id="r1")
    assert listed == service_pb2.ListStageRunnersRequest(runner_type="builder")
    assert updated == service_pb2.UpdateStageExecutionRequest(execution_id="e", message="half", progress_percent=50)
    assert isinstance(completed, service_pb2.CompleteStageExecutionRequest)
    assert (completed.execution_id, completed.check_updates[0].failure.message) == ("e", "red")
    assert explained == service_pb2.ExplainNodesRequest(work_plan_id="p", check_ids=["c"])


@pytest.mark.parametrize(
    "error",
    [
        NotFound("work plan 'p'", "does not exist", hint="create it first", field="id"),
        StaleAttempt("execution 'e'", "has ended"),
        ConcurrentModification("check 'c'", "has version 3, not 2"),
        RunnerUnavailable("runner 'b'", "cannot be reached"),
    ],
)
async def test_errors_come_back_as_the_class_that_was_raised(
    remote: RemoteOrchestrator, small: SmallOrchestrator, error: ServiceError
) -> None:
    """Class, sentence and parts survive the wire, and such a call is made once."""
    small.replies.append(error)
    with pytest.raises(type(error)) as raised:
        await remote.get_work_plan("p")
    assert raised.value == error
    assert len(small.requests) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.NOT_FOUND, NotFound),
        (grpc.StatusCode.INVALID_ARGUMENT, InvalidArgument),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, LimitExceeded),
        (grpc.StatusCode.UNKNOWN, InternalError),
        (grpc.StatusCode.UNIMPLEMENTED, InternalError),
    ],
)
async def test_statuses_of_other_servers_become_the_nearest_class(
    remote: RemoteOrchestrator, small: SmallOrchestrator, code: grpc.StatusCode, kind: type[CIError]
) -> None:
    """Without our details the status alone decides, and the message is kept."""
    small.replies.append((code, "said the server"))
    with pytest.raises(kind, match="said the server"):
        await remote.get_work_plan("p")


async def test_calls_carry_a_deadline(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Every unary call ends, whatever the server does."""
    await remote.list_runners()
    (remaining,) = small.deadlines
    assert remaining is not None
    assert 10 < remaining < 21


async def test_large_calls_get_more_time(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """Writing 30,000 nodes, or explaining all of a plan, may take several times as long as another call."""
    await remote.write_nodes("p", checks=[CheckWrite(id=f"c{number}") for number in range(30_000)])
    await remote.explain("p")
    await remote.explain("p", [NodeRef(NodeKind.CHECK, "c0")])
    written, everything, one = (remaining for remaining in small.deadlines if remaining is not None)
    assert 45 < written < 61
    assert 60 < everything < 81
    assert one < 21


async def test_a_server_that_does_not_answer_is_unavailable() -> None:
    """When the deadline of a call passes, the error says which call waited how long."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        async with RemoteOrchestrator(address, timeout=0.2, retry_for=0) as remote:
            with pytest.raises(OrchestratorUnavailable) as raised:
                await remote.get_work_plan("p")
    assert str(raised.value) == f"orchestrator {address} did not answer GetWorkPlan within 0.2 s"


async def test_calls_that_do_not_get_through_are_repeated(remote: RemoteOrchestrator, small: SmallOrchestrator) -> None:
    """UNAVAILABLE is tried again, with the same request, so that creating twice makes one plan."""
    small.replies.extend((AWAY, OrchestratorUnavailable("orchestrator", "is shutting down"), AWAY))
    await remote.create_work_plan()
    assert len(small.requests) == 4
    assert len({request.SerializeToString() for request in small.requests}) == 1


async def test_a_call_waits_for_an_orchestrator_that_is_restarted() -> None:
    """A connection that is refused at first is made as soon as somebody listens."""
    small, address = SmallOrchestrator(), f"127.0.0.1:{a_free_port()}"
    async with RemoteOrchestrator(address) as remote:
        call = asyncio.create_task(remote.list_runners())
        await asyncio.sleep(0)
        async with serving(small, address):
            assert await call == ()


async def test_an_absent_orchestrator_is_named_with_what_to_do() -> None:
    """When patience ends, the error has the address, the reason and the command that helps."""
    address = f"127.0.0.1:{a_free_port()}"
    async with RemoteOrchestrator(address, retry_for=0.3) as remote:
        with pytest.raises(OrchestratorUnavailable) as raised:
            await remote.list_runners()
    expected = f"orchestrator {address} cannot be reached (connection refused); start one with `turboci serve`"
    assert str(raised.value) == expected
    with pytest.raises(OrchestratorUnavailable, match="cannot be reached"):
        async with connect(address):
            pass


async def test_a_message_that_is_too_large_is_a_limit(remote: RemoteOrchestrator) -> None:
    """What exceeds the size of a message is LimitExceeded and is not repeated."""
    huge = CheckWrite(id="c", options={"x": "y" * (65 * 1024 * 1024)})
    with pytest.raises(LimitExceeded):
        await remote.write_nodes("p", checks=[huge])


async def test_a_closed_connection_refuses_calls(remote: RemoteOrchestrator) -> None:
    """After closing every call says so, also one that was under way."""
    await remote.close()
    with pytest.raises(InvalidState, match="is closed; connect again to go on"):
        await remote.list_runners()
    with pytest.raises(InvalidState, match="is closed"):
        remote.watch("p")
    with pytest.raises(InvalidState, match="is closed"):
        await remote.host(a_runner(Work()))


async def test_closing_ends_calls_that_are_under_way() -> None:
    """A call that waits while the connection is closed ends with an error, not with a stray cancellation."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.setblocking(False)
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        remote = RemoteOrchestrator(address, retry_for=0)
        call = asyncio.create_task(remote.get_work_plan("p"))
        caller, _ = await asyncio.get_running_loop().sock_accept(silent)
        with caller:
            await remote.close()
            with pytest.raises(OrchestratorUnavailable) as raised:
                await call
    assert str(raised.value).startswith(f"orchestrator {address} cannot be reached (the connection was closed)")
