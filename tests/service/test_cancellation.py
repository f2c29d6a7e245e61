"""Cancelling a plan ends everything that is open."""

from __future__ import annotations

import pytest

from tests.service.recording import Cancelled
from tests.service.rig import Rig
from tests.service.writing import ASYNC, attempt, check, claimed, ended, on_check, on_stage, planning, stage
from turboci.errors import NotFound, StaleAttempt
from turboci.executions import Answer
from turboci.states import AttemptState, CheckState, ConcludedReason, Outcome, PlanStatus, StageState


async def cancel(rig: Rig, reason: str = "") -> PlanStatus:
    plan = await rig.server.cancel_work_plan(rig.plan, reason)
    await rig.settle()
    return plan.status


async def test_everything_open_is_cancelled(rig: Rig) -> None:
    """Checks and stages in any open state become FINAL / CANCELLED, with the reason as their cause."""
    await rig.register(max_concurrent=1)
    await rig.write(planning("a"), check("b"), check("c", on_check("b")))
    await rig.write(stage("running"), stage("queued"), stage("waiting", on_check("c")), claimed("unclaimed"))
    assert await cancel(rig, "superseded") is PlanStatus.CANCELLED
    nodes = await rig.server.query_nodes(rig.plan)
    assert {node.outcome for node in (*nodes.checks, *nodes.stages)} == {Outcome.CANCELLED}
    assert {node.cause for node in (*nodes.checks, *nodes.stages)} == {"the plan was cancelled: superseded"}
    assert {each.concluded_reason for each in nodes.stages} == {ConcludedReason.CANCELLED}
    assert {each.state for stage in nodes.stages for each in stage.attempts} == {AttemptState.INCOMPLETE}


async def test_what_was_final_stays_as_it_was(rig: Rig) -> None:
    """FINAL never changes."""
    await rig.write(ended("a"), ended("b", failure="red"), check("c"))
    await cancel(rig)
    outcomes = [(await rig.check(name)).outcome for name in "abc"]
    assert outcomes == [Outcome.SUCCEEDED, Outcome.FAILED, Outcome.CANCELLED]


async def test_a_cancelled_check_is_red_to_whom_reads_results(rig: Rig) -> None:
    """The orchestrator leaves a result with the cause as its failure."""
    await rig.write(check("a"))
    await cancel(rig)
    (result,) = (await rig.check("a")).results
    assert (result.owner_type, result.failure) == ("orchestrator", "the plan was cancelled")


async def test_a_running_sync_call_is_cancelled(rig: Rig) -> None:
    """The RPC to the runner is cancelled, and its slot is free again."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("s"))
    await cancel(rig)
    assert rig.runners.calls[0].withdrawn
    assert (await rig.server.list_runners())[0].current_load == 0


async def test_a_running_async_attempt_is_cancelled_at_its_runner(rig: Rig) -> None:
    """The runner is asked to stop it, and what it says afterwards is refused."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC))
    execution_id = await rig.accept_next()
    await cancel(rig, "superseded")
    assert rig.runners.cancelled == [Cancelled("r1:1", execution_id, "the plan was cancelled: superseded")]
    with pytest.raises(StaleAttempt):
        await rig.server.complete_execution(execution_id, Answer())


async def test_a_completion_that_came_first_wins(rig: Rig) -> None:
    """A stage that has ended is not cancelled."""
    await rig.register()
    await rig.write(stage("s"), stage("next", on_stage("s")))
    rig.runners.take().answer()
    await rig.settle()
    await cancel(rig)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert (await rig.stage("next")).outcome is Outcome.CANCELLED


async def test_cancelling_twice_changes_nothing(rig: Rig) -> None:
    """The second call returns the plan as it is; the first reason stays."""
    await rig.write(check("a"))
    await cancel(rig, "first")
    before = await rig.server.query_nodes(rig.plan)
    assert await cancel(rig, "second") is PlanStatus.CANCELLED
    assert await rig.server.query_nodes(rig.plan) == before


async def test_cleaning_up_is_cancelled_too(rig: Rig) -> None:
    """A stage that waits for others to finish does not start because they are cancelled."""
    await rig.register()
    await rig.write(stage("work"), stage("clean", on_stage("work").finished))
    await cancel(rig)
    assert rig.runners.names == ["work:1"]
    assert (await rig.stage("clean")).outcome is Outcome.CANCELLED


async def test_a_cancelled_plan_dispatches_nothing(rig: Rig) -> None:
    """Neither queued work nor retries that wait out a backoff are ever sent."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("retrying"))
    rig.runners.take().lose()
    await rig.settle()
    await rig.write(stage("running"), stage("queued"))
    await cancel(rig)
    await rig.advance(3600)
    await rig.register("r2")
    assert rig.runners.names == ["retrying:1", "running:1"]


async def test_later_nodes_are_born_cancelled(rig: Rig) -> None:
    """Nodes written to a cancelled plan are FINAL / CANCELLED from the start."""
    await rig.register()
    await cancel(rig, "superseded")
    written = await rig.write(check("a"), ended("b"), stage("s", answers=["a"]), check("c", on_check("a")))
    assert {each.state for each in written.checks} == {CheckState.FINAL}
    assert {each.state for each in written.stages} == {StageState.FINAL}
    assert {node.outcome for node in (*written.checks, *written.stages)} == {Outcome.CANCELLED}
    assert {node.cause for node in (*written.checks, *written.stages)} == {"the plan was cancelled: superseded"}
    assert rig.runners.calls == []


async def test_an_empty_plan_can_be_cancelled(rig: Rig) -> None:
    """It is CANCELLED though it has no nodes."""
    assert await cancel(rig) is PlanStatus.CANCELLED


async def test_other_plans_go_on(rig: Rig) -> None:
    """A cancellation stays within its plan, and frees its runner for others."""
    other = (await rig.server.create_work_plan()).id
    await rig.register(max_concurrent=1)
    await rig.write(stage("s"))
    await rig.write(stage("t"), plan=other)
    await cancel(rig)
    assert rig.runners.names == ["s:1", "t:1"]


async def test_a_waiting_group_is_cancelled_with_its_children(rig: Rig) -> None:
    """Parent and children are CANCELLED, whatever the parent waited for."""
    await rig.register()
    await rig.write(stage("parent"))
    await rig.write(stage("child", parent_stage_id="parent"))
    rig.runners.take().answer_with(Answer(stage_state=StageState.AWAITING_GROUP))
    await rig.settle()
    await cancel(rig)
    reasons = {(await rig.stage(name)).concluded_reason for name in ("parent", "child")}
    assert reasons == {ConcludedReason.CANCELLED}


async def test_a_claim_on_a_cancelled_stage_is_refused(rig: Rig) -> None:
    """Whoever works on a stage without a runner type learns it with the next write."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me"))
    await cancel(rig)
    with pytest.raises(StaleAttempt, match="the plan was cancelled"):
        await rig.write(attempt("s", process_uid="me", state=AttemptState.RUNNING))


async def test_a_cancellation_survives_a_crash(rig: Rig) -> None:
    """What was cancelled stays so in the next process."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"]))
    await cancel(rig)
    await rig.crash()
    assert (await rig.check("a")).state is CheckState.FINAL
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.CANCELLED


async def test_an_unknown_plan_is_not_found(rig: Rig) -> None:
    """There is nothing to cancel."""
    with pytest.raises(NotFound, match="work plan 'nobody' does not exist"):
        await rig.server.cancel_work_plan("nobody")
