"""The whole server in this process: real SQLite, real gRPC, a real runner."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from grpc import aio

from orchestrator.app import running
from orchestrator.config import Config
from orchestrator.storage.errors import StorageUnusable
from orchestrator.transport.listening import CannotListen
from tests.edge.conftest import Client, as_raised
from tests.edge.stage_runner import Context, StageRunner, never
from turboci.dependencies import DependencyGroup, NodeKind, NodeRef
from turboci.errors import InvalidArgument, NotFound, OrchestratorUnavailable
from turboci.events import PlanCompleted
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import Assignment
from turboci.runners import RunnerRegistration
from turboci.states import AttemptState, CheckState, Outcome, StageState
from turboci.v1 import service_pb2, stagerunner_pb2, workplan_pb2
from turboci.wire import executions, runners
from turboci.wire.events import event, watch_request
from turboci.wire.methods import ORCHESTRATOR
from turboci.wire.nodes import nodes
from turboci.wire.writes import write_nodes_request
from turboci.writes import CheckWrite, StageWrite

BUILD = NodeRef(NodeKind.CHECK, "build")


async def green(request: bytes, _context: Context) -> bytes:
    execution = executions.execution(stagerunner_pb2.RunRequest.FromString(request))
    updates = tuple(
        CheckUpdate(check_id=check.check_id, state=CheckState.FINAL, data={"by": execution.stage_id}, finalize=True)
        for check in execution.checks
    )
    return executions.run_response(Answer(check_updates=updates)).SerializeToString()


async def create_plan(client: Client) -> str:
    answer = await client.call(ORCHESTRATOR.create_work_plan, workplan_pb2.CreateWorkPlanRequest())
    return answer.work_plan.id


async def register(client: Client, address: str) -> None:
    registration = RunnerRegistration(runner_id="r", runner_type="builder", address=address)
    await client.call(ORCHESTRATOR.register_stage_runner, runners.registration_message(registration))


async def write_two_stages(client: Client, plan: str) -> None:
    """Write a check, the stage that answers it, and a stage that follows."""
    after = DependencyGroup(dependencies=(BUILD.succeeded,))
    stages = [
        StageWrite(id="compile", runner_type="builder", assignments=(Assignment("build"),)),
        StageWrite(id="publish", runner_type="builder", dependencies=after),
    ]
    await client.call(ORCHESTRATOR.write_nodes, write_nodes_request(plan, [CheckWrite(id="build")], stages))


async def finished(client: Client, plan: str) -> int:
    """Watch the plan from its beginning to its end; return the number of events."""
    stream = client.watch(watch_request(plan, 0).SerializeToString())
    sequences = []
    while True:
        data = await stream.read()
        assert isinstance(data, bytes)
        happened = event(service_pb2.WorkPlanEvent.FromString(data))
        sequences.append(happened.sequence)
        if isinstance(happened, PlanCompleted):
            stream.cancel()
            assert sequences == list(range(1, len(sequences) + 1))
            return len(sequences)


async def outcomes(client: Client, plan: str) -> dict[str, Outcome | None]:
    answer = await client.call(ORCHESTRATOR.query_nodes, service_pb2.QueryNodesRequest(work_plan_id=plan))
    found = nodes(answer)
    return {str(check.ref): check.outcome for check in found.checks} | {
        str(stage.ref): stage.outcome for stage in found.stages
    }


async def test_a_plan_runs_from_the_first_call_to_the_last_event(tmp_path: Path) -> None:
    """A runner that registered without a host answers two stages in their order, and the watcher sees it all."""
    runner = StageRunner(green)
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"))
    async with (
        asyncio.timeout(30),
        runner.serving() as address,
        running(config) as server,
        aio.insecure_channel(server.address) as channel,
    ):
        client = Client(channel)
        await register(client, ":" + address.rpartition(":")[2])
        plan = await create_plan(client)
        await write_two_stages(client, plan)
        await finished(client, plan)
        assert await outcomes(client, plan) == {
            "check 'build'": Outcome.SUCCEEDED,
            "stage 'compile'": Outcome.SUCCEEDED,
            "stage 'publish'": Outcome.SUCCEEDED,
        }
    sent = [executions.execution(stagerunner_pb2.RunRequest.FromString(request)) for _, request in runner.asked]
    assert [(each.stage_id, [check.check_id for check in each.checks]) for each in sent] == [
        ("compile", ["build"]),
        ("publish", []),
    ]


async def test_a_stop_in_the_middle_is_healed_by_the_next_start(tmp_path: Path) -> None:
    """What ran when the server stopped is attempted again by the next one, at no charge, and the plan finishes."""
    runner = StageRunner(never)
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"))
    async with runner.serving() as address, asyncio.timeout(60):
        async with running(config) as server, aio.insecure_channel(server.address) as channel:
            client = Client(channel)
            await register(client, address)
            plan = await create_plan(client)
            await write_two_stages(client, plan)
            await runner.arrived.wait()
        await runner.cancelled.wait()
        runner.behaviour = green
        async with running(config) as server, aio.insecure_channel(server.address) as channel:
            client = Client(channel)
            await register(client, address)
            await finished(client, plan)
            answer = await client.call(ORCHESTRATOR.query_nodes, service_pb2.QueryNodesRequest(work_plan_id=plan))
            compiled = next(stage for stage in nodes(answer).stages if stage.id == "compile")
            assert compiled.state is StageState.FINAL
            states = [attempt.state for attempt in compiled.attempts]
            assert states == [AttemptState.INCOMPLETE, AttemptState.COMPLETE]


async def test_a_drain_lets_running_work_finish(tmp_path: Path) -> None:
    """While the server drains, the attempt that runs is answered, nothing new is claimed, and calls are answered."""
    finish = asyncio.Event()

    async def slow(request: bytes, context: Context) -> bytes:
        await finish.wait()
        return await green(request, context)

    runner = StageRunner(slow)
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"))
    async with (
        asyncio.timeout(60),
        runner.serving() as address,
        running(config) as server,
        aio.insecure_channel(server.address) as channel,
    ):
        client = Client(channel)
        await register(client, address)
        plan = await create_plan(client)
        await write_two_stages(client, plan)
        await runner.arrived.wait()
        draining = asyncio.create_task(server.drain(60.0))
        await create_plan(client)
        finish.set()
        await draining
        found = await outcomes(client, plan)
        assert found["stage 'compile'"] is Outcome.SUCCEEDED
        assert found["stage 'publish'"] is None
    assert len(runner.asked) == 1


async def test_watchers_are_told_when_the_server_goes() -> None:
    """Leaving the block ends open streams as UNAVAILABLE, and does not wait for their watchers."""
    async with running(Config(port=0, sqlite_path=None)) as server:
        channel = aio.insecure_channel(server.address)
        client = Client(channel)
        stream = client.watch(watch_request(await create_plan(client)).SerializeToString())
        await stream.initial_metadata()
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    assert isinstance(as_raised(caught.value), OrchestratorUnavailable)
    await channel.close()


async def test_errors_of_the_rules_arrive_as_their_class() -> None:
    """What the orchestrator raises reaches a client over a real channel unchanged."""
    async with running(Config(port=0, sqlite_path=None)) as server, aio.insecure_channel(server.address) as channel:
        request = workplan_pb2.GetWorkPlanRequest(id="nope")
        refused = await Client(channel).refused(ORCHESTRATOR.get_work_plan, request)
        with pytest.raises(NotFound) as direct:
            await server.orchestrator.get_work_plan("nope")
    assert refused == direct.value


async def test_a_server_that_cannot_start_leaves_nothing_behind(tmp_path: Path) -> None:
    """A taken port, a database in use and a bad setting leave port and file free for the next try."""
    config = Config(port=0, sqlite_path=str(tmp_path / "turboci.db"))
    async with running(config) as server:
        port = int(server.address.rpartition(":")[2])
        with pytest.raises(CannotListen):
            async with running(Config(port=port, sqlite_path=str(tmp_path / "other.db"))):
                pass
        with pytest.raises(StorageUnusable, match=server.address):
            async with running(config):
                pass
        with pytest.raises(InvalidArgument, match="callback_address"):
            async with running(Config(port=0, sqlite_path=None, callback_address="nowhere")):
                pass
    async with running(config):
        pass
