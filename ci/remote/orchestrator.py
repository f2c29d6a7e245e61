"""The client's port over gRPC."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Final, Self, Unpack

from grpc import aio

from ci.port import HostedRunner
from ci.remote.calls import Calls
from ci.remote.failures import failure_of
from ci.remote.pages import every_page
from ci.remote.streaming.conversation import StreamUnknown
from ci.remote.streaming.runner_stream import RunnerStream
from ci.remote.streaming.work import Carriers
from ci.remote.watching import EventStream, LogStream, events_of, log_of
from ci.serving.address import host_towards, parse_address
from ci.serving.lease import TTL
from ci.serving.server import GRACE, RunnerServer, Serving, stop_all
from turboci.addresses import Address
from turboci.dependencies import NodeRef
from turboci.events import EventFilter
from turboci.executions import Answer
from turboci.ids import new_id
from turboci.nodes import Nodes, ProgressEntry, Stage, WorkPlan
from turboci.plans import DeletedPlans, PlanPage
from turboci.queries import NodeFilters, NodeQuery
from turboci.reasons import Explanation
from turboci.runners import Lease, RunnerInfo, RunnerRegistration
from turboci.states import PlanStatus
from turboci.v1 import service_pb2, workplan_pb2
from turboci.wire import nodes as wire_nodes
from turboci.wire.events import watch_request
from turboci.wire.executions import complete_request, update_request
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.plans import delete_request, deleted_plans, list_request, plan_page
from turboci.wire.queries import query_nodes_request
from turboci.wire.reasons import explain_request, explanation
from turboci.wire.runners import lease, registration_message, runner_info
from turboci.wire.times import timestamp
from turboci.wire.writes import write_nodes_request
from turboci.writes import CheckWrite, StageWrite

CALL_TIMEOUT: Final = 30.0
"""Seconds that one try of a call gets, if it is not a large one."""
NODES_IN_TIME: Final = 10_000
"""Nodes that are written within that time, also on a slow machine; so many more get so many times as long."""
WHOLE_PLAN: Final = 4.0
"""How many times as long a call gets that explains all nodes of a plan."""
RETRY_FOR: Final = 10.0
"""Seconds after which a call to an orchestrator that is away is given up."""

_OPTIONS: Final = (
    ("grpc.enable_http_proxy", 0),
    # Retries are ours, in one place.
    ("grpc.enable_retries", 0),
    # An answer repeats what a call has written, and says more of it.
    ("grpc.max_receive_message_length", 128 * 1024 * 1024),
    ("grpc.max_send_message_length", 64 * 1024 * 1024),
    ("grpc.max_metadata_size", 64 * 1024),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # In spite of its name: how long one attempt to connect may take.
    ("grpc.min_reconnect_backoff_ms", 2_000),
    ("grpc.max_reconnect_backoff_ms", 500),
    # Channels to one address would otherwise share the back-off of one that failed.
    ("grpc.use_local_subchannel_pool", 1),
    # Go's servers end connections that ping more often than every five minutes.
    ("grpc.keepalive_time_ms", 330_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)


class RemoteOrchestrator:
    """An orchestrator behind a gRPC address; implements `ci.port.Orchestrator`.

    Calls that do not reach it are repeated for a while, here and nowhere else. It connects when it is first needed.

    Example:
        async with RemoteOrchestrator("localhost:50051") as orchestrator:
            plan = await orchestrator.create_work_plan({"name": "release"})
    """

    def __init__(self, address: str, *, timeout: float = CALL_TIMEOUT, retry_for: float = RETRY_FOR) -> None:
        """Prepare a connection; needs a running event loop.

        Args:
            address: host:port, or :port for this machine.
            timeout: Seconds that one try of a call gets; one that writes many nodes, or explains a plan, gets more.
            retry_for: Seconds after which a call that does not reach the orchestrator is given up.

        Raises:
            InvalidArgument: `address` is no address.
        """
        self._address: Final = parse_address(address).dialled
        self._channel: Final = aio.insecure_channel(str(self._address), options=_OPTIONS)
        self._call: Final = Calls(self._channel, self._address, timeout=timeout, retry_for=retry_for)
        self._hosted: Final[list[Serving]] = []
        self._carriers: Final[Carriers] = {}
        """Through whom reports on an execution go that did not come by a call."""

    @property
    def address(self) -> Address:
        """Where it is."""
        return self._address

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        # Whoever leaves by an exception, Ctrl-C included, does not want to wait for what still runs.
        await self.close(GRACE if error is None else 0.0)

    async def close(self, grace: float = GRACE) -> None:
        """Close the connection; attempts of hosted runners get `grace` seconds to finish."""
        try:
            await stop_all(self._hosted, grace)
        finally:
            self._call.close()
            await self._channel.close()

    async def reach(self) -> None:
        """Find out whether the orchestrator is there, without patience.

        Raises:
            OrchestratorUnavailable: It is not.
        """
        request = service_pb2.ListStageRunnersRequest(runner_type="-")
        await self._call(ORCHESTRATOR.list_stage_runners, request, retry_for=0.0)

    async def create_work_plan(
        self,
        metadata: Mapping[str, str] | None = None,
        *,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        fail_fast: bool = False,
        held: bool = False,
    ) -> WorkPlan:
        """Create an empty plan; without a key of the caller, a fresh one makes repeating the call safe."""
        request = workplan_pb2.CreateWorkPlanRequest(
            metadata=metadata or {},
            idempotency_key=idempotency_key or new_id(),
            deadline=timestamp(deadline, "deadline"),
            fail_fast=fail_fast,
            held=held,
        )
        response = await self._call(ORCHESTRATOR.create_work_plan, request)
        return wire_nodes.work_plan(response.work_plan)

    async def get_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Return a plan."""
        request = workplan_pb2.GetWorkPlanRequest(id=work_plan_id)
        response = await self._call(ORCHESTRATOR.get_work_plan, request)
        return wire_nodes.work_plan(response.work_plan)

    async def list_work_plans(
        self,
        *,
        statuses: Collection[PlanStatus] = (),
        name: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> PlanPage:
        """Return a page of plans, newest first."""
        request = list_request(statuses, name, page_size, page_token)
        return plan_page(await self._call(ORCHESTRATOR.list_work_plans, request))

    async def release_work_plan(self, work_plan_id: str) -> WorkPlan:
        """Let a held plan start; idempotent."""
        request = workplan_pb2.ReleaseWorkPlanRequest(work_plan_id=work_plan_id)
        response = await self._call(ORCHESTRATOR.release_work_plan, request)
        return wire_nodes.work_plan(response.work_plan)

    async def delete_work_plans(self, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False) -> DeletedPlans:
        """Delete finished plans with all that belongs to them, or count them."""
        request = delete_request(older_than, keep, dry_run=dry_run)
        return deleted_plans(await self._call(ORCHESTRATOR.delete_work_plans, request))

    async def write_nodes(
        self,
        work_plan_id: str,
        *,
        checks: Sequence[CheckWrite] = (),
        stages: Sequence[StageWrite] = (),
        execution_id: str | None = None,
    ) -> Nodes:
        """Create and change nodes, all of them or none; return them as they are afterwards."""
        request = write_nodes_request(work_plan_id, checks, stages, execution_id)
        times = max(1.0, (len(checks) + len(stages)) / NODES_IN_TIME)
        response = await self._call(ORCHESTRATOR.write_nodes, request, times=times)
        return wire_nodes.nodes(response)

    async def query_nodes(self, work_plan_id: str, **which: Unpack[NodeFilters]) -> Nodes:
        """Return nodes in order of creation; more than a page of them are read page by page."""
        query = NodeQuery(**which)
        ask = partial(self._query_page, work_plan_id)
        if not query.include_checks and not query.include_stages:
            # The contract cannot ask for neither: that means both.
            return Nodes(sequence=(await ask(replace(query, page_size=1))).sequence)
        return await (ask(query) if query.page_size else every_page(ask, query))

    async def _query_page(self, work_plan_id: str, query: NodeQuery) -> Nodes:
        response = await self._call(ORCHESTRATOR.query_nodes, query_nodes_request(work_plan_id, query))
        return wire_nodes.nodes(response)

    def watch(
        self, work_plan_id: str, *, after_sequence: int | None = None, only: EventFilter | None = None
    ) -> EventStream:
        """Yield the events of a plan in commit order, without gaps, until the stream is closed."""
        self._call.require_open()
        stub: aio.UnaryStreamMultiCallable[bytes, bytes] = self._channel.unary_stream(ORCHESTRATOR.watch_work_plan.path)
        call = stub(watch_request(work_plan_id, after_sequence, only).SerializeToString())
        return events_of(call, self._address, only)

    def read_log(
        self, work_plan_id: str, stage_id: str, *, attempt: int = 0, start: int = 0, follow: bool = False
    ) -> LogStream:
        """Yield the output of a stage: what is kept of it and, if asked to `follow`, what comes."""
        self._call.require_open()
        stub: aio.UnaryStreamMultiCallable[bytes, bytes] = self._channel.unary_stream(ORCHESTRATOR.read_stage_log.path)
        request = service_pb2.ReadStageLogRequest(
            work_plan_id=work_plan_id, stage_id=stage_id, attempt_idx=attempt, start=start, follow=follow
        )
        return log_of(stub(request.SerializeToString()), self._address)

    async def cancel_work_plan(self, work_plan_id: str, reason: str = "") -> WorkPlan:
        """End everything in the plan that is not FINAL, running work included; idempotent."""
        request = workplan_pb2.CancelWorkPlanRequest(work_plan_id=work_plan_id, reason=reason)
        response = await self._call(ORCHESTRATOR.cancel_work_plan, request)
        return wire_nodes.work_plan(response.work_plan)

    async def cancel_stage(self, work_plan_id: str, stage_id: str, reason: str = "") -> Stage:
        """End a stage that is not FINAL, its children and its running attempt included; idempotent."""
        request = service_pb2.CancelStageRequest(work_plan_id=work_plan_id, stage_id=stage_id, reason=reason)
        response = await self._call(ORCHESTRATOR.cancel_stage, request)
        return wire_nodes.stage(response.stage)

    async def explain(self, work_plan_id: str, nodes: Collection[NodeRef] = ()) -> Explanation:
        """Say why nodes are not FINAL; without `nodes`, all that are not."""
        request = explain_request(work_plan_id, nodes)
        times = 1.0 if nodes else WHOLE_PLAN
        return explanation(await self._call(ORCHESTRATOR.explain_nodes, request, times=times))

    async def register_runner(self, registration: RunnerRegistration) -> Lease:
        """Announce a runner, or renew its lease."""
        return lease(await self._call(ORCHESTRATOR.register_stage_runner, registration_message(registration)))

    async def unregister_runner(self, registration_id: str) -> None:
        """End a registration; running attempts may finish."""
        request = service_pb2.UnregisterStageRunnerRequest(registration_id=registration_id)
        await self._call(ORCHESTRATOR.unregister_stage_runner, request)

    async def list_runners(self, runner_type: str | None = None) -> tuple[RunnerInfo, ...]:
        """Return the live registrations, of one type or of all."""
        request = service_pb2.ListStageRunnersRequest(runner_type=runner_type or "")
        response = await self._call(ORCHESTRATOR.list_stage_runners, request)
        return tuple(runner_info(info) for info in response.runners)

    async def update_execution(self, execution_id: str, progress: ProgressEntry) -> None:
        """Report progress of an attempt, and prove that it is alive."""
        carrier = self._carriers.get(execution_id)
        if carrier is not None:
            await carrier(execution_id, progress)
            return
        await self._call(ORCHESTRATOR.update_stage_execution, update_request(execution_id, progress))

    async def complete_execution(self, execution_id: str, answer: Answer) -> None:
        """End an ASYNC attempt; the same answer again is accepted again."""
        carrier = self._carriers.get(execution_id)
        if carrier is not None:
            await carrier(execution_id, answer)
            return
        await self._call(ORCHESTRATOR.complete_stage_execution, complete_request(execution_id, answer))

    async def host(self, runner: HostedRunner, *, ttl: int = TTL) -> None:
        """Let a runner of this process work for the orchestrator until the connection is closed.

        It works over a stream that is opened from here. If the orchestrator offers none, it listens at a port of its
        own: on loopback if the orchestrator is there, else where the way to it begins.

        Args:
            runner: Who does the work.
            ttl: Seconds that the orchestrator believes in the runner without a sign of life. What the runner has
                accepted outlives a broken stream for as long.

        Raises:
            InvalidArgument: The orchestrator refuses the runner.
            OrchestratorUnavailable: It cannot be reached.
        """
        self._call.require_open()
        explain = partial(failure_of, address=self._address)
        stream = RunnerStream(runner, self, self._open_stream, self._carriers, explain, ttl=ttl)
        try:
            await stream.start()
        except StreamUnknown:
            await self.serve(runner, Address(host_towards(self._address), 0), ttl=ttl)
        else:
            self._hosted.append(stream)

    async def serve(self, runner: HostedRunner, listen: Address, *, ttl: int = TTL) -> None:
        """Let a runner of this process work as a server of the contract's calls, at a given address.

        Raises:
            InvalidArgument: The orchestrator refuses the runner.
            InvalidState: The address is taken or not ours.
            OrchestratorUnavailable: The orchestrator cannot be reached.
        """
        self._call.require_open()
        server = RunnerServer(runner, self, listen, ttl=ttl)
        await server.start()
        self._hosted.append(server)

    def _open_stream(self) -> aio.StreamStreamCall[bytes, bytes]:
        stub: aio.StreamStreamMultiCallable[bytes, bytes] = self._channel.stream_stream(
            ORCHESTRATOR.connect_stage_runner.path
        )
        return stub()
