"""Clean-up stages outlive the cancellation of their plan."""

from __future__ import annotations

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, check, ended, on_check, on_stage, planning, stage
from turboci.errors import InvalidState
from turboci.executions import Answer
from turboci.states import CheckState, ConcludedReason, Outcome, PlanStatus, StageState


async def cancel(rig: Rig, reason: str = "") -> None:
    await rig.server.cancel_work_plan(rig.plan, reason)
    await rig.settle()


async def status(rig: Rig) -> PlanStatus:
    return (await rig.server.get_work_plan(rig.plan)).status


async def test_it_runs_when_the_rest_is_final(rig: Rig) -> None:
    """Cancelling ends everything else, and then the clean-up starts whatever it depends on; the plan ends after it."""
    await rig.register()
    await rig.write(check("never"), stage("build"), stage("test", on_stage("build")))
    await rig.write(stage("clean", on_stage("test"), on_check("never"), on_check("unwritten"), always=True))
    assert rig.runners.names == ["build:1"]
    await cancel(rig, "superseded")
    assert rig.runners.names == ["build:1", "clean:1"]
    assert [(await rig.stage(name)).outcome for name in ("build", "test")] == [Outcome.CANCELLED] * 2
    assert await status(rig) is PlanStatus.RUNNING
    rig.runners.take_all()[-1].answer()
    await rig.settle()
    clean = await rig.stage("clean")
    assert (clean.outcome, clean.always) == (Outcome.SUCCEEDED, True)
    assert await status(rig) is PlanStatus.CANCELLED


async def test_one_that_runs_goes_on(rig: Rig) -> None:
    """A clean-up that runs when the plan is cancelled is not disturbed, and its answer counts."""
    await rig.register()
    await rig.write(check("cleaned"), stage("clean", answers=["cleaned"], always=True), stage("build"))
    clean, build = rig.runners.take_all()
    await cancel(rig)
    assert (clean.withdrawn, build.withdrawn) == (False, True)
    clean.answer(final("cleaned"))
    await rig.settle()
    assert (await rig.check("cleaned")).outcome is Outcome.SUCCEEDED
    assert (await rig.stage("clean")).outcome is Outcome.SUCCEEDED


async def test_the_checks_that_it_is_to_finish_are_spared(rig: Rig) -> None:
    """Such a check waits for its answer though its own dependencies are cancelled."""
    await rig.register()
    await rig.write(check("a"), check("cleaned", on_check("a")), stage("clean", answers=["cleaned"], always=True))
    await cancel(rig)
    assert (await rig.check("a")).outcome is Outcome.CANCELLED
    assert (await rig.check("cleaned")).state is CheckState.WAITING
    call = rig.runners.take()
    assert [each.check_id for each in call.execution.checks] == ["cleaned"]
    call.answer(final("cleaned"))
    await rig.settle()
    assert (await rig.check("cleaned")).outcome is Outcome.SUCCEEDED


async def test_clean_ups_keep_their_order(rig: Rig) -> None:
    """One that depends on another one runs after it, whatever becomes of that."""
    await rig.register()
    await rig.write(check("one"), stage("first", answers=["one"], always=True), stage("hold"))
    await rig.write(stage("second", on_check("one"), always=True), stage("third", on_stage("second"), always=True))
    rig.runners.take()
    await cancel(rig)
    assert rig.runners.names == ["first:1", "hold:1"]
    rig.runners.calls[0].answer(final("one", failure="red"))
    await rig.settle()
    assert rig.runners.names[2:] == ["second:1"]
    rig.runners.calls[2].answer(failure="red")
    await rig.settle()
    assert rig.runners.names[3:] == ["third:1"]


async def test_a_queued_one_is_served_later(rig: Rig) -> None:
    """A clean-up that waited for a runner when the plan was cancelled gets one when one comes; other work does not."""
    await rig.write(stage("build"), stage("clean", always=True))
    await cancel(rig)
    await rig.register()
    assert rig.runners.names == ["clean:1"]


async def test_a_lost_one_is_tried_again(rig: Rig) -> None:
    """Retries go on in a cancelled plan."""
    await rig.register()
    await rig.write(stage("clean", always=True))
    await cancel(rig)
    rig.runners.take().lose()
    await rig.settle()
    await rig.advance(60)
    assert rig.runners.names == ["clean:1", "clean:2"]


async def test_its_children_are_spared_too(rig: Rig) -> None:
    """A clean-up may spawn children in a cancelled plan, with checks of their own; others are born cancelled."""
    await rig.register()
    await rig.write(stage("clean", always=True, execution_mode=ASYNC))
    await cancel(rig)
    execution_id = await rig.accept_next()
    await rig.write(
        check("swept"),
        check("other"),
        stage("sweep", answers=["swept"], parent_stage_id="clean"),
        stage("late", always=True),
        execution_id=execution_id,
    )
    assert (await rig.check("other")).outcome is Outcome.CANCELLED
    assert (await rig.stage("late")).outcome is Outcome.CANCELLED
    await rig.server.complete_execution(execution_id, Answer(stage_state=StageState.AWAITING_GROUP))
    await rig.settle()
    rig.runners.take().answer(final("swept"))
    await rig.settle()
    assert (await rig.check("swept")).outcome is Outcome.SUCCEEDED
    assert (await rig.stage("clean")).outcome is Outcome.SUCCEEDED
    assert (await rig.stage("sweep")).always


async def test_cancelling_the_stage_itself_ends_it(rig: Rig) -> None:
    """CancelStage spares nothing: the stage, its children and its checks are CANCELLED."""
    await rig.register()
    await rig.write(check("cleaned"), stage("clean", answers=["cleaned"], always=True))
    await rig.write(stage("child", parent_stage_id="clean"))
    await cancel(rig)
    await rig.server.cancel_stage(rig.plan, "clean", "enough")
    await rig.settle()
    assert (await rig.stage("clean")).outcome is Outcome.CANCELLED
    assert (await rig.stage("child")).outcome is Outcome.CANCELLED
    assert (await rig.check("cleaned")).outcome is Outcome.CANCELLED
    assert await status(rig) is PlanStatus.CANCELLED


async def test_it_has_nothing_to_do_when_its_checks_are_final(rig: Rig) -> None:
    """A clean-up whose checks were answered by others is SKIPPED, in a cancelled plan too."""
    await rig.write(check("a"), stage("clean", on_check("b"), answers=["a"], always=True), planning("b"))
    await rig.write(ended("a"))
    assert (await rig.stage("clean")).concluded_reason is ConcludedReason.NOTHING_TO_ANSWER


async def test_dependencies_hold_in_a_plan_that_is_not_cancelled(rig: Rig) -> None:
    """Without a cancellation it is a stage as any other."""
    await rig.register()
    await rig.write(check("a"), stage("clean", on_check("a"), always=True))
    assert rig.runners.calls == []
    await rig.write(ended("a", failure="red"))
    assert (await rig.stage("clean")).concluded_reason is ConcludedReason.DEPENDENCIES_UNSATISFIED


async def test_it_runs_after_a_crash_in_the_middle(rig: Rig) -> None:
    """A server that starts after the cancellation carries the clean-up through."""
    await rig.write(stage("build"), stage("clean", on_stage("build"), always=True))
    await cancel(rig)
    await rig.crash()
    await rig.register()
    assert rig.runners.names == ["clean:1"]


async def test_it_may_change_while_the_stage_is_planned(rig: Rig) -> None:
    """Writing it again is no change; changing it later is refused."""
    await rig.register()
    await rig.write(check("a"), stage("s", on_check("a")))
    await rig.write(stage("s", always=True))
    assert (await rig.stage("s")).always
    await rig.write(ended("a"))
    await rig.write(stage("s", always=True))
    with pytest.raises(InvalidState, match="cannot change always in state ATTEMPTING"):
        await rig.write(stage("s", always=False))
