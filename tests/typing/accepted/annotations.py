"""The names that users write in annotations, and the fields behind them."""

from datetime import datetime
from typing import Unpack, assert_type

import ci


def builders(attempt: ci.AttemptBuilder, **retry: Unpack[ci.RetryFields]) -> ci.AttemptWrite:
    ci.new_stage("s").retry(**retry)
    return attempt.build()


async def define(wf: ci.WorkflowContext, deps: ci.Many, **fields: Unpack[ci.CheckFields]) -> ci.CheckHandle:
    await wf.define_check("a", depends_on=deps)
    return await wf.define_check("b", **fields)


async def define_stage(wf: ci.WorkflowContext, **fields: Unpack[ci.StageFields]) -> ci.StageHandle:
    return await wf.define_stage("s", **fields)


def slow(check: ci.CheckSettings) -> None:
    check.option("slow", True)


def patient(stage: ci.StageSettings) -> None:
    stage.timeout(3600).retry(max_attempts=5)


async def drafted(dag: ci.DAG, orch: ci.Orchestrator) -> ci.StageNode:
    launch: ci.Launch = dag.execute(orch)
    await launch
    check: ci.CheckDraft = dag.add_check("a")
    stage: ci.StageDraft = dag.add_stage("s")
    slow(check)
    patient(stage)
    slow(await check)
    return await stage


def received(stage: ci.StageContext) -> ci.Receipt:
    return stage.progress(1)


async def received_twice(stage: ci.StageContext) -> None:
    receipt = received(stage)
    await receipt


async def register(orch: ci.Orchestrator) -> ci.Lease:
    registration = ci.RunnerRegistration(runner_id="r-1", runner_type="builder", address="localhost:50052", ttl=300)
    lease = await orch.register_runner(registration)
    assert_type(lease.expires_at, datetime)
    return lease


async def tidy(orch: ci.Orchestrator) -> ci.DeletedPlans:
    page: ci.PlanPage = await orch.list_work_plans(page_size=10)
    assert_type(page.next_page_token, str)
    return await orch.delete_work_plans(older_than=86_400, keep=10, dry_run=True)


def last(stage: ci.Stage) -> ci.Attempt | None:
    assert_type(stage.concluded_reason, ci.ConcludedReason | None)
    attempt = stage.attempts[-1] if stage.attempts else None
    if attempt is not None:
        assert_type(attempt.progress, tuple[ci.ProgressEntry, ...])
    return attempt


def by_kind(ref: ci.NodeRef) -> str:
    return "a check" if ref.kind is ci.NodeKind.CHECK else "a stage"


def answer(check: ci.Check) -> ci.CheckResultWrite:
    return ci.CheckResultWrite(owner_type="person", owner_id="ada", data=check.data, finalize=True)


def advice(error: ci.ServiceError) -> str:
    match error:
        case ci.EmptyIdError() | ci.CyclicDependency() | ci.InvalidArgument():
            return "fix the workflow"
        case ci.ExecutionNotFound() | ci.RunnerNotFound() | ci.NotFound() | ci.AlreadyExists():
            return "look at the ids"
        case ci.StaleAttempt() | ci.NodeWritten() | ci.ConcurrentModification() | ci.InvalidState():
            return "too late"
        case ci.RunnerUnavailable() | ci.OrchestratorUnavailable() | ci.LimitExceeded() | ci.PositionExpired():
            return "try again"
        case ci.InternalError():
            return "report it"
        case _:
            return "?"


def stopped(error: ci.CIError) -> bool:
    return isinstance(error, ci.AttemptStopped)
