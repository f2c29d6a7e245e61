"""Plans that are cancelled by the clock, or by their first failure."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.clock import moment
from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import RETRY_RED, check, ended, on_check, on_stage, stage
from turboci.states import ConcludedReason, Outcome, PlanStatus

CAUSE = "the plan was cancelled: its deadline passed at 2023-11-14 22:14:20"


async def plan_due(rig: Rig, seconds: float) -> None:
    """Let `rig.plan` be a plan with a deadline."""
    deadline = moment(rig.clock.at_us) + timedelta(seconds=seconds)
    rig.plan = (await rig.server.create_work_plan(deadline=deadline)).id


async def plan_that_fails_fast(rig: Rig) -> None:
    rig.plan = (await rig.server.create_work_plan(fail_fast=True)).id


async def test_a_plan_says_what_it_was_created_with(rig: Rig) -> None:
    """The deadline and `fail_fast` are part of the plan."""
    deadline = moment(rig.clock.at_us) + timedelta(hours=1)
    created = await rig.server.create_work_plan(deadline=deadline, fail_fast=True)
    assert (created.deadline, created.fail_fast, created.cause) == (deadline, True, None)
    assert await rig.server.get_work_plan(created.id) == created


async def test_what_is_open_at_the_deadline_is_cancelled(rig: Rig) -> None:
    """Running and waiting nodes are CANCELLED at that moment and not before, with the deadline as their cause."""
    await plan_due(rig, 60)
    await rig.register()
    await rig.write(ended("done"), check("a"), stage("running"), stage("waiting", on_check("a")))
    await rig.advance(59.9)
    assert (await rig.stage("running")).outcome is None
    await rig.advance(0.1)
    assert rig.runners.calls[0].withdrawn
    causes = {(await rig.check("a")).cause, (await rig.stage("running")).cause, (await rig.stage("waiting")).cause}
    assert causes == {CAUSE}
    assert (await rig.check("done")).outcome is Outcome.SUCCEEDED
    plan = await rig.server.get_work_plan(rig.plan)
    assert (plan.status, plan.cause) == (PlanStatus.CANCELLED, CAUSE)


async def test_a_plan_that_is_complete_in_time_stays_as_it_is(rig: Rig) -> None:
    """The deadline of a finished plan changes nothing; what is written to it afterwards is born cancelled."""
    await plan_due(rig, 60)
    await rig.write(ended("a"))
    await rig.advance(3600)
    plan = await rig.server.get_work_plan(rig.plan)
    assert (plan.status, plan.cause) == (PlanStatus.SUCCEEDED, None)
    await rig.write(check("late"))
    assert (await rig.check("late")).cause == CAUSE


async def test_a_deadline_that_passed_before_anything_was_written(rig: Rig) -> None:
    """Nodes of a plan whose time is up are born cancelled, and nothing runs."""
    await plan_due(rig, -1)
    await rig.register()
    await rig.write(stage("s"))
    assert (await rig.stage("s")).outcome is Outcome.CANCELLED
    assert rig.runners.calls == []


async def test_a_deadline_holds_across_a_crash(rig: Rig) -> None:
    """The next process cancels the plan when its time comes, and at once if it has come meanwhile."""
    await plan_due(rig, 60)
    await rig.write(check("a"))
    await rig.crash()
    await rig.advance(59)
    assert (await rig.check("a")).outcome is None
    await rig.advance(1)
    assert (await rig.check("a")).outcome is Outcome.CANCELLED
    await plan_due(rig, 60)
    await rig.write(check("b"))
    await rig.stop()
    rig.clock.set(rig.clock.at_us + 3_600_000_000)
    await rig.start()
    assert (await rig.check("b")).outcome is Outcome.CANCELLED


async def test_clean_up_runs_after_the_deadline(rig: Rig) -> None:
    """Stages written with `always` are spared by the deadline as by a call."""
    await plan_due(rig, 60)
    await rig.register()
    await rig.write(stage("work"), stage("clean", on_stage("work"), always=True))
    await rig.advance(60)
    assert rig.runners.names == ["work:1", "clean:1"]


async def test_the_first_failed_stage_cancels_the_rest(rig: Rig) -> None:
    """Every open node is CANCELLED with a cause that names the stage; its own check is FAILED; the plan is FAILED."""
    await plan_that_fails_fast(rig)
    await rig.register()
    await rig.write(check("built"), check("other"), stage("build", answers=["built"]), stage("slow"))
    await rig.write(stage("test", on_stage("build")), stage("report", on_stage("build").finished))
    build, slow = rig.runners.take_all()
    build.answer(failure="broken")
    await rig.settle()
    cause = "the plan was cancelled: stage 'build' is FAILED, and it is to fail fast"
    for name in ("slow", "test", "report"):
        cancelled = await rig.stage(name)
        assert (cancelled.outcome, cancelled.cause) == (Outcome.CANCELLED, cause)
    assert slow.withdrawn
    assert (await rig.check("other")).cause == cause
    assert (await rig.check("built")).outcome is Outcome.FAILED
    assert (await rig.stage("build")).concluded_reason is ConcludedReason.WORK_FAILED
    assert rig.runners.names == ["build:1", "slow:1"]
    plan = await rig.server.get_work_plan(rig.plan)
    assert (plan.status, plan.cause) == (PlanStatus.FAILED, cause)


async def test_the_first_failed_check_cancels_the_rest(rig: Rig) -> None:
    """A red check is a failure of the plan though its stage SUCCEEDED."""
    await plan_that_fails_fast(rig)
    await rig.register()
    await rig.write(check("tested"), stage("test", answers=["tested"]), stage("slow"))
    rig.runners.take().answer(final("tested", failure="3 tests failed"))
    await rig.settle()
    assert (await rig.check("tested")).outcome is Outcome.FAILED
    assert (await rig.stage("test")).outcome is Outcome.SUCCEEDED
    slow = await rig.stage("slow")
    assert slow.cause == "the plan was cancelled: check 'tested' is FAILED, and it is to fail fast"


async def test_a_red_attempt_that_is_tried_again_is_no_failure(rig: Rig) -> None:
    """Only a FAILED node counts: retries come first."""
    await plan_that_fails_fast(rig)
    await rig.register()
    await rig.write(stage("flaky", retry=RETRY_RED), stage("slow"))
    flaky, slow = rig.runners.take_all()
    flaky.answer(failure="once")
    await rig.settle()
    assert not slow.withdrawn
    await rig.advance(60)
    rig.runners.take().answer(failure="twice")
    await rig.settle()
    assert slow.withdrawn


async def test_skipped_and_cancelled_nodes_do_not_count_as_failed(rig: Rig) -> None:
    """Cancelling one stage of such a plan leaves the others alone."""
    await plan_that_fails_fast(rig)
    await rig.register()
    await rig.write(stage("one"), stage("two"), stage("after", on_stage("one")))
    await rig.server.cancel_stage(rig.plan, "one")
    await rig.settle()
    assert (await rig.stage("after")).outcome is Outcome.SKIPPED
    assert (await rig.stage("two")).outcome is None


async def test_a_failure_spares_clean_up(rig: Rig) -> None:
    """Stages written with `always` run after the first failure."""
    await plan_that_fails_fast(rig)
    await rig.register()
    await rig.write(stage("work"), stage("clean", on_stage("work"), always=True), stage("slow"))
    rig.runners.take().answer(failure="broken")
    await rig.settle()
    assert rig.runners.names == ["work:1", "slow:1", "clean:1"]
    rig.runners.calls[-1].answer()
    await rig.settle()
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.FAILED


async def test_without_it_a_failure_leaves_the_rest_alone(rig: Rig) -> None:
    """A plan does not fail fast unless it is told to."""
    await rig.register()
    await rig.write(stage("work"), stage("slow"))
    rig.runners.take().answer(failure="broken")
    await rig.settle()
    assert (await rig.stage("slow")).outcome is None
