"""What goes wrong stays visible, and stays where it belongs."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from tests.e2e.contract import PATIENCE, Client, check, needs, stage
from tests.e2e.runners import Asked, green, registered
from turboci.v1 import common_pb2, service_pb2, stage_pb2, stagerunner_pb2

IMPATIENT = common_pb2.RetryPolicy(max_attempts=2, initial_backoff={"nanos": 10_000_000})


async def breaks(asked: Asked) -> stagerunner_pb2.RunResponse:
    """Fail as a runner does that has a defect: the call ends with an error."""
    raise RuntimeError(f"runner broke on {asked.stage_id}")


async def code_of(call: Any) -> grpc.StatusCode:
    """Return the status with which a call is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    code: grpc.StatusCode = refused.value.code()
    return code


async def test_a_broken_runner_costs_attempts_until_none_are_left(client: Client) -> None:
    """An error of the runner is a lost attempt: it is tried again, then the stage and its check are FAILED."""
    async with registered(client, "failing", breaks) as runner:
        plan = await client.create_plan()
        await client.write(plan, [check("check")], [stage("stage", "failing", "check", retry=IMPATIENT)])
        done = await client.completed(plan)
        failed, answered = await client.stage(plan, "stage"), await client.check(plan, "check")
    assert done.has_failures
    assert [asked.attempt_idx for asked in runner.runs] == [1, 2]
    assert len({asked.execution_id for asked in runner.runs}) == 2
    assert (failed.outcome, failed.concluded_reason) == (
        common_pb2.OUTCOME_FAILED,
        stage_pb2.CONCLUDED_REASON_RETRIES_EXHAUSTED,
    )
    assert [each.state for each in failed.attempts] == [common_pb2.ATTEMPT_STATE_INCOMPLETE] * 2
    assert all(each.HasField("failure") for each in failed.attempts)
    assert answered.outcome == common_pb2.OUTCOME_FAILED
    assert [(each.owner_type, each.HasField("failure")) for each in answered.results] == [("orchestrator", True)]


async def test_a_runner_that_recovers_ends_the_stage_well(client: Client) -> None:
    """A lost attempt leaves no mark on the outcome when the next one succeeds."""

    async def second_time_lucky(asked: Asked) -> stagerunner_pb2.RunResponse:
        return await (breaks if asked.attempt_idx == 1 else green)(asked)

    async with registered(client, "shaky", second_time_lucky):
        plan = await client.create_plan()
        await client.write(plan, [check("check")], [stage("stage", "shaky", "check", retry=IMPATIENT)])
        done = await client.completed(plan)
        ended = await client.stage(plan, "stage")
    assert not done.has_failures
    assert [each.state for each in ended.attempts] == [
        common_pb2.ATTEMPT_STATE_INCOMPLETE,
        common_pb2.ATTEMPT_STATE_COMPLETE,
    ]


async def test_a_red_answer_is_final(client: Client) -> None:
    """An answer with a failure ends the stage FAILED without another attempt, and the check with it."""

    async def red(asked: Asked) -> stagerunner_pb2.RunResponse:
        return stagerunner_pb2.RunResponse(
            stage_state=common_pb2.STAGE_STATE_FINAL, failure=common_pb2.Failure(message="exit code 1")
        )

    async with registered(client, "failing", red) as runner:
        plan = await client.create_plan()
        await client.write(plan, [check("check")], [stage("stage", "failing", "check")])
        done = await client.completed(plan)
        failed, answered = await client.stage(plan, "stage"), await client.check(plan, "check")
    assert done.has_failures
    assert len(runner.runs) == 1
    assert (failed.outcome, failed.concluded_reason) == (
        common_pb2.OUTCOME_FAILED,
        stage_pb2.CONCLUDED_REASON_WORK_FAILED,
    )
    (attempt,) = failed.attempts
    assert (attempt.state, attempt.failure.message) == (common_pb2.ATTEMPT_STATE_INCOMPLETE, "exit code 1")
    assert (answered.state, answered.outcome) == (common_pb2.CHECK_STATE_FINAL, common_pb2.OUTCOME_FAILED)
    assert "exit code 1" in answered.results[-1].failure.message


async def test_what_depends_on_a_failed_check_is_skipped(client: Client) -> None:
    """A deploy after a red test never reaches the runner, while work that wants the end of it does."""

    async def red_tests(asked: Asked) -> stagerunner_pb2.RunResponse:
        answer = await green(asked)
        if asked.stage_id == "test":
            answer.check_updates[0].failure.message = "3 tests failed"
        return answer

    anyhow = needs(checks=["test"])
    anyhow.dependencies[0].condition = common_pb2.DEPENDENCY_CONDITION_FINISHED
    async with registered(client, "worker", red_tests) as runner:
        plan = await client.create_plan()
        await client.write(
            plan,
            [check("test"), check("deploy", dependencies=needs(checks=["test"])), check("report")],
            [
                stage("test", "worker", "test"),
                stage("deploy", "worker", "deploy"),
                stage("report", "worker", "report", dependencies=anyhow),
            ],
        )
        await client.completed(plan)
        outcomes = {each.id: each.outcome for each in (await client.query(plan)).stages}
    assert runner.stage_ids == ["test", "report"]
    assert outcomes == {
        "test": common_pb2.OUTCOME_SUCCEEDED,  # the machinery worked; the check is red
        "deploy": common_pb2.OUTCOME_SKIPPED,
        "report": common_pb2.OUTCOME_SUCCEEDED,
    }


async def test_without_a_runner_a_stage_waits(client: Client) -> None:
    """A stage of a type that nobody serves keeps its attempt PENDING while other work goes on."""
    async with registered(client, "present"):
        plan = await client.create_plan()
        await client.write(plan, [check("orphan")], [stage("orphan", "absent", "orphan"), stage("other", "present")])
        await client.final_stages(plan, "other")
        waiting = await client.stage(plan, "orphan")
    assert waiting.state == common_pb2.STAGE_STATE_ATTEMPTING
    assert [each.state for each in waiting.attempts] == [common_pb2.ATTEMPT_STATE_PENDING]


async def test_a_waiting_stage_runs_when_its_runner_arrives(client: Client) -> None:
    """Registering a runner starts the work that waited for it."""
    plan = await client.create_plan()
    await client.write(plan, [check("late")], [stage("late", "delayed", "late")])
    assert (await client.stage(plan, "late")).state != common_pb2.STAGE_STATE_FINAL
    async with registered(client, "delayed") as runner:
        done = await client.completed(plan)
    assert not done.has_failures
    assert runner.stage_ids == ["late"]


async def test_a_failing_stage_leaves_others_alone(client: Client) -> None:
    """Of two independent stages one may break while the other one succeeds."""

    async def breaks_on_one(asked: Asked) -> stagerunner_pb2.RunResponse:
        return await (breaks if asked.stage_id == "bad" else green)(asked)

    async with registered(client, "partial", breaks_on_one):
        plan = await client.create_plan()
        await client.write(
            plan,
            [check("good"), check("bad")],
            [stage("good", "partial", "good"), stage("bad", "partial", "bad", retry=IMPATIENT)],
        )
        await client.completed(plan)
        outcomes = {each.id: each.outcome for each in (await client.query(plan)).checks}
    assert outcomes == {"good": common_pb2.OUTCOME_SUCCEEDED, "bad": common_pb2.OUTCOME_FAILED}


async def test_nobody_can_speak_for_an_unknown_execution(client: Client) -> None:
    """Progress and completion of an execution that never was are NOT_FOUND."""
    progress = service_pb2.UpdateStageExecutionRequest(execution_id="no-such", progress_percent=50, message="half")
    completion = service_pb2.CompleteStageExecutionRequest(
        execution_id="no-such", stage_state=common_pb2.STAGE_STATE_FINAL
    )
    assert await code_of(client.stub.UpdateStageExecution(progress, timeout=PATIENCE)) is grpc.StatusCode.NOT_FOUND
    assert await code_of(client.stub.CompleteStageExecution(completion, timeout=PATIENCE)) is grpc.StatusCode.NOT_FOUND


REGISTER: Any = service_pb2.RegisterStageRunnerRequest


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("RegisterStageRunner", REGISTER(runner_id="", runner_type="test", address="localhost:50052")),
        ("RegisterStageRunner", REGISTER(runner_id="test", runner_type="", address="localhost:50052")),
        ("RegisterStageRunner", REGISTER(runner_id="test", runner_type="test", address="")),
        ("UpdateStageExecution", service_pb2.UpdateStageExecutionRequest(execution_id="")),
        ("CompleteStageExecution", service_pb2.CompleteStageExecutionRequest(execution_id="")),
        ("UnregisterStageRunner", service_pb2.UnregisterStageRunnerRequest(registration_id="")),
        ("WriteNodes", service_pb2.WriteNodesRequest(work_plan_id="")),
        ("QueryNodes", service_pb2.QueryNodesRequest(work_plan_id="")),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value).replace("\n", " ") or "empty",
)
async def test_empty_names_are_invalid_arguments(client: Client, method: str, request_: Message) -> None:
    """A call without the name that it needs is INVALID_ARGUMENT."""
    call = getattr(client.stub, method)
    assert await code_of(call(request_, timeout=PATIENCE)) is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_refused_write_leaves_nothing_behind(client: Client) -> None:
    """One bad node in a call keeps all others of the call out of the plan."""
    plan = await client.create_plan()
    refused = client.write(plan, [check("fine"), check("")], [stage("also-fine", "worker", "fine")])
    assert await code_of(refused) is grpc.StatusCode.INVALID_ARGUMENT
    found = await client.query(plan)
    assert (list(found.checks), list(found.stages)) == ([], [])
