"""A CI client that was written for another implementation of the contract walks in and works.

Its six runners register with `:port`. Two planning stages fill the plan while it runs: one writes checks that stay
PLANNING, the other one a stage for each of them. Red tests are red results of stages that succeed, so the collector,
which waits for all stages, runs after them. The client polls for the collector's answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from google.protobuf import json_format

from tests.e2e.contract import PATIENCE, SYNC, Client, check, needs, stage, struct, update
from tests.e2e.runners import Asked, RecordingRunner, Work, serving
from turboci.v1 import check_pb2, common_pb2, service_pb2, stage_pb2, stagerunner_pb2

PLANNING = common_pb2.CHECK_STATE_PLANNING
LOG = "a line of a build log\n" * 50_000
"""About 1.1 MB, as compilers write it when they are asked to say everything."""
RUNNER_OF_KIND = {"build": "go_builder", "unit_test": "go_tester", "e2e_test": "conditional_tester"}


def answered(check_id: str, data: dict[str, Any], failure: str | None = None) -> stagerunner_pb2.RunResponse:
    return stagerunner_pb2.RunResponse(
        stage_state=common_pb2.STAGE_STATE_FINAL, check_updates=[update(check_id, failure=failure, **data)]
    )


class ForeignProgram:
    """The six runners of the program; they know the orchestrator as a client does."""

    def __init__(self, client: Client, *, red: frozenset[str]) -> None:
        self.client = client
        self.red = red
        self.ran: list[str] = []

    def works(self) -> dict[str, Work]:
        """Return what each runner type does."""
        return {
            "trigger_builds": self.trigger,
            "materialize": self.materialize,
            "go_builder": self.build,
            "go_tester": self.test,
            "conditional_tester": self.test_if_upstream_is_green,
            "result_collector": self.collect,
        }

    async def trigger(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        """Write checks that are left PLANNING, with edges, for what has changed between two commits."""
        assert dict(asked.args) == {"base_ref": "origin/main", "head_ref": "HEAD"}
        binaries = [
            check(f"build:{name}", state=PLANNING, kind="build", options=struct({"binary": f"./cmd/{name}"}))
            for name in ("server", "runner")
        ]
        tests = [
            check(
                f"test:{name}", state=PLANNING, kind="unit_test", options=struct({"package": name}),
                dependencies=needs(checks=["build:server", "build:runner"]),
            )
            for name in ("service", "storage")
        ]  # fmt: skip
        e2e = check(
            "e2e:suite", state=PLANNING, kind="e2e_test", options=struct({"test_path": "./testing/e2e"}),
            dependencies=needs(checks=["test:service", "test:storage"]),
        )  # fmt: skip
        await self.client.write(asked.work_plan_id, [*binaries, *tests, e2e])
        return answered(asked.assigned_check_ids[0], {"packages_count": 2, "binaries_count": 2})

    async def materialize(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        """Write the collector's check, then a stage for each check that the trigger has left."""
        request = service_pb2.QueryNodesRequest(work_plan_id=asked.work_plan_id, include_checks=True)
        found = await self.client.stub.QueryNodes(request, timeout=PATIENCE)
        assert list(found.stages) == []
        await self.client.write(asked.work_plan_id, [check("collector:results", kind="collector")])
        stages = [self.stage_for(each) for each in found.checks if each.kind in RUNNER_OF_KIND]
        collector = stage(
            "stage:collector", "result_collector", "collector:results", state=common_pb2.STAGE_STATE_PLANNED,
            dependencies=needs(stages=[each.id for each in stages]),
        )  # fmt: skip
        await self.client.write(asked.work_plan_id, [], [*stages, collector])
        return answered(asked.assigned_check_ids[0], {"stages_created": len(stages) + 1})

    def stage_for(self, found: check_pb2.Check) -> stage_pb2.StageWrite:
        """Turn the edges of a check into edges between stages."""
        upstream = [edge.target_id for edge in found.dependencies.dependencies]
        written = stage(
            f"stage:{found.id}", RUNNER_OF_KIND[found.kind], found.id, state=common_pb2.STAGE_STATE_PLANNED,
            dependencies=needs(stages=[f"stage:{id}" for id in upstream]) if upstream else None,
        )  # fmt: skip
        written.args.update({**dict(found.options), "depends_on_checks": upstream})
        return written

    async def build(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        return answered(asked.assigned_check_ids[0], {"build_log": LOG, "success": True, "exit_code": 0})

    async def test(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        """Report failed tests in the update; the stage itself did its work."""
        (id,) = asked.assigned_check_ids
        if id in self.red:
            return answered(id, {"passed": 11, "failed": 2}, failure="tests failed: 2 failures")
        return answered(id, {"passed": 13, "failed": 0})

    async def test_if_upstream_is_green(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        """Look at what came before, check by check, and skip the tests if any of it is red."""
        failed = []
        for value in asked.args.fields["depends_on_checks"].list_value.values:
            request = service_pb2.QueryNodesRequest(
                work_plan_id=asked.work_plan_id, check_ids=[value.string_value], include_checks=True
            )
            (upstream,) = (await self.client.stub.QueryNodes(request, timeout=PATIENCE)).checks
            assert upstream.state == common_pb2.CHECK_STATE_FINAL
            if upstream.results[-1].HasField("failure"):
                failed.append(upstream.id)
        data = {"skipped": True, "failed_checks": failed} if failed else {"passed": 3, "failed": 0}
        return answered(asked.assigned_check_ids[0], data)

    async def collect(self, asked: Asked) -> stagerunner_pb2.RunResponse:
        """Read every result and sum them up, red if one of them is."""
        found = await self.client.query(asked.work_plan_id)
        results = {each.id: each.results[-1] for each in found.checks if each.kind in RUNNER_OF_KIND}
        failed = sorted(id for id, result in results.items() if result.HasField("failure"))
        data = {"status": "failed" if failed else "passed", "total": len(results), "failed": failed}
        return answered(asked.assigned_check_ids[0], data, failure="CI failed" if failed else None)


@asynccontextmanager
async def walked_in(client: Client, program: ForeignProgram) -> AsyncIterator[dict[str, RecordingRunner]]:
    """Start and register the runners as the program does, and unregister them in the end."""
    async with AsyncExitStack() as stack:
        runners, leases = {}, []
        for runner_type, work in program.works().items():
            runner = runners[runner_type] = await stack.enter_async_context(serving(RecordingRunner(work)))
            address = runner.address.removeprefix("127.0.0.1")
            register = {"ttl_seconds": 120, "max_concurrent": 8, "metadata": {"version": "1.0.0"}}
            leases.append(await client.register(f"{runner_type}-1", runner_type, address, SYNC, **register))
        yield runners
        for lease in leases:
            request = service_pb2.UnregisterStageRunnerRequest(registration_id=lease.registration_id)
            await client.stub.UnregisterStageRunner(request, timeout=PATIENCE)


async def start(client: Client) -> str:
    """Create the plan and write the two planning stages, checks PLANNED, all in one call."""
    plan = await client.create_plan()
    trigger, materialize = "trigger:detect_changes", "materialize:create_stages"
    await client.write(
        plan,
        [
            check(materialize, kind="materialize", dependencies=needs(checks=[trigger])),
            check(trigger, kind="trigger"),
        ],
        [
            stage(
                "stage:materialize", "materialize", materialize, state=common_pb2.STAGE_STATE_PLANNED,
                dependencies=needs(stages=["stage:trigger"]),
            ),
            stage(
                "stage:trigger", "trigger_builds", trigger, state=common_pb2.STAGE_STATE_PLANNED,
                args=struct({"base_ref": "origin/main", "head_ref": "HEAD"}),
            ),
        ],
    )  # fmt: skip
    return plan


async def poll_for_collector(client: Client, plan: str) -> check_pb2.Check:
    """Ask for the collector's check, which does not exist at first, until it is FINAL."""
    request = service_pb2.QueryNodesRequest(work_plan_id=plan, check_ids=["collector:results"], include_checks=True)
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await client.stub.QueryNodes(request, timeout=PATIENCE)).checks
            if found and found[0].state == common_pb2.CHECK_STATE_FINAL:
                collected: check_pb2.Check = found[0]
                return collected
            await asyncio.sleep(0.02)


async def test_a_green_run_of_a_foreign_program(client: Client) -> None:
    """Both planning stages, all stages that they add, and the collector run; the answer is `passed`."""
    async with walked_in(client, ForeignProgram(client, red=frozenset())) as runners:
        plan = await start(client)
        collected = await poll_for_collector(client, plan)
        found = await client.query(plan)
        listed = await client.runners()
    assert dict(collected.results[-1].data) == {"status": "passed", "total": 5, "failed": []}
    assert collected.outcome == common_pb2.OUTCOME_SUCCEEDED
    assert {each.state for each in found.checks} == {common_pb2.CHECK_STATE_FINAL}
    assert {each.outcome for each in found.stages} == {common_pb2.OUTCOME_SUCCEEDED}
    logs = {each.id: each.results[-1].data["build_log"] for each in found.checks if each.kind == "build"}
    assert logs == {"build:server": LOG, "build:runner": LOG}
    assert {each.address for each in listed} == {each.address for each in runners.values()}
    assert await client.runners() == []


async def test_a_red_run_of_a_foreign_program(client: Client) -> None:
    """Red tests hold nothing back: the tests behind them skip themselves, and the collector says `failed`."""
    async with walked_in(client, ForeignProgram(client, red=frozenset({"test:storage"}))):
        plan = await start(client)
        collected = await poll_for_collector(client, plan)
        found = await client.query(plan)
    assert collected.results[-1].data["status"] == "failed"
    assert collected.results[-1].failure.message == "CI failed"
    assert collected.outcome == common_pb2.OUTCOME_FAILED
    outcomes = {each.id: each.outcome for each in found.checks if each.kind in RUNNER_OF_KIND}
    assert outcomes == {
        "build:server": common_pb2.OUTCOME_SUCCEEDED,
        "build:runner": common_pb2.OUTCOME_SUCCEEDED,
        "test:service": common_pb2.OUTCOME_SUCCEEDED,
        "test:storage": common_pb2.OUTCOME_FAILED,
        "e2e:suite": common_pb2.OUTCOME_SUCCEEDED,
    }
    (skipped,) = (each for each in found.checks if each.id == "e2e:suite")
    assert json_format.MessageToDict(skipped.results[-1].data)["failed_checks"] == ["test:storage"]
    assert {each.outcome for each in found.stages} == {common_pb2.OUTCOME_SUCCEEDED}
