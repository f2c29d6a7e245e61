"""What runners answer, and what it does to stages and checks."""

from __future__ import annotations

import pytest

from orchestrator.dispatcher.caller import AnswerInvalid
from tests.service.recording import Call, final
from tests.service.rig import Rig
from tests.service.writing import check, ended, on_check, stage
from turboci.executions import Answer, CheckUpdate
from turboci.states import AttemptState, CheckState, ConcludedReason, Outcome, StageState
from turboci.writes import CheckWrite


async def running(rig: Rig, **fields: object) -> Call:
    """Write check `a` and stage `s` that answers it; return the call of its runner."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"], **fields))
    return rig.runners.take()


async def ends(rig: Rig) -> tuple[Outcome | None, ConcludedReason | None, Outcome | None]:
    """Return outcome and reason of stage `s`, and the outcome of check `a`."""
    done = await rig.stage("s")
    return done.outcome, done.concluded_reason, (await rig.check("a")).outcome


GREEN = (Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE, Outcome.SUCCEEDED)
RED_CHECK = (Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE, Outcome.FAILED)
RED_STAGE = (Outcome.FAILED, ConcludedReason.WORK_FAILED, Outcome.FAILED)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(), GREEN),
        (Answer(stage_state=StageState.FINAL, check_updates=(final("a", n=1),)), GREEN),
        (Answer(check_updates=(final("a", failure="3 tests failed"),)), RED_CHECK),
        (Answer(check_updates=(CheckUpdate(check_id="a", failure="soft"),)), RED_CHECK),
        (Answer(failure="no compiler"), RED_STAGE),
        (Answer(failure=""), RED_STAGE),
        (Answer(stage_state=StageState.AWAITING_GROUP, failure="no compiler"), RED_STAGE),
        (Answer(stage_state=StageState.ATTEMPTING), RED_STAGE),
        (Answer(failure="no compiler", check_updates=(final("a", n=1),)), RED_STAGE),
    ],
)
async def test_green_and_red(rig: Rig, answer: Answer, expected: object) -> None:
    """A failure of the answer makes the stage FAILED; one of an update alone only its check."""
    call = await running(rig)
    call.answer_with(answer)
    await rig.settle()
    assert await ends(rig) == expected


async def test_a_failure_of_the_answer_spreads_to_its_updates(rig: Rig) -> None:
    """Every update without a failure of its own takes the answer's."""
    await rig.register()
    await rig.write(check("a"), check("b"), stage("s", answers=["a", "b"]))
    rig.runners.take().answer(final("a", failure="own"), final("b"), failure="of the answer")
    await rig.settle()
    assert (await rig.check("a")).results[0].failure == "own"
    assert (await rig.check("b")).results[0].failure == "of the answer"


async def test_a_state_that_is_no_end_is_red_and_says_so(rig: Rig) -> None:
    """Only FINAL and AWAITING_GROUP are ends of an attempt."""
    call = await running(rig)
    call.answer_with(Answer(stage_state=StageState.PLANNED))
    await rig.settle()
    assert "answered stage_state PLANNED" in str((await rig.stage("s")).cause)


async def test_an_answer_may_update_any_check_of_its_plan(rig: Rig) -> None:
    """A runner may end a check that its stage is not assigned to."""
    await rig.write(check("other"))
    call = await running(rig)
    call.answer(final("other", n=1))
    await rig.settle()
    assert (await rig.check("other")).data == {"n": 1}


async def test_an_update_may_move_a_check_on(rig: Rig) -> None:
    """An update to WAITING moves a check whose dependencies are satisfied, and no further."""
    await rig.write(CheckWrite(id="other", state=CheckState.PLANNING))
    call = await running(rig)
    call.answer(CheckUpdate(check_id="other", state=CheckState.WAITING))
    await rig.settle()
    assert (await rig.check("other")).state is CheckState.WAITING


@pytest.mark.parametrize(
    ("update", "why"),
    [
        (final("unknown"), "check 'unknown' is not in the plan"),
        (CheckUpdate(check_id="a", state=CheckState.PLANNING), "check 'a' cannot go from WAITING to PLANNING"),
        (CheckUpdate(check_id="held", state=CheckState.WAITING), "check 'held' cannot go to WAITING"),
    ],
)
async def test_an_invalid_update_makes_a_sync_attempt_red(rig: Rig, update: CheckUpdate, why: str) -> None:
    """It refuses the whole answer; nobody can be told, so the stage is red with that error."""
    await rig.write(check("held", on_check("never")))
    call = await running(rig)
    call.answer(final("a", n=1), update)
    await rig.settle()
    assert await ends(rig) == RED_STAGE
    assert why in str((await rig.stage("s")).cause)
    assert [result.owner_type for result in (await rig.check("a")).results] == ["orchestrator"]


async def test_an_answer_that_cannot_be_understood_is_red(rig: Rig) -> None:
    """It is not mistaken for a loss."""
    call = await running(rig)
    call.fail(AnswerInvalid("the answer has 70 MB; the limit is 64 MB"))
    await rig.settle()
    assert await ends(rig) == RED_STAGE
    assert "the limit is 64 MB" in str((await rig.stage("s")).cause)


async def test_a_green_update_that_comes_too_late_is_dropped(rig: Rig) -> None:
    """An update to a FINAL check is noted in the attempt's details."""
    call = await running(rig)
    await rig.write(ended("a", by="a person"))
    call.answer(final("a", n=1))
    await rig.settle()
    assert await ends(rig) == GREEN
    assert (await rig.check("a")).data == {"by": "a person"}
    assert (await rig.stage("s")).attempts[0].details == {"dropped_check_updates": ["a"]}


async def test_a_red_update_that_comes_too_late_makes_the_stage_red(rig: Rig) -> None:
    """A red never disappears, though the check that it was for is FINAL."""
    call = await running(rig)
    await rig.write(ended("a"))
    call.answer(final("a", failure="3 tests failed"))
    await rig.settle()
    assert await ends(rig) == (Outcome.FAILED, ConcludedReason.WORK_FAILED, Outcome.SUCCEEDED)
    assert "'a', which was FINAL already: 3 tests failed" in str((await rig.stage("s")).cause)


async def test_an_ended_attempt_shows_how(rig: Rig) -> None:
    """The attempt is INCOMPLETE with its failure if the answer was red, COMPLETE if only a check was."""
    call = await running(rig)
    call.answer_with(Answer(failure="no compiler", details={"code": 2}))
    await rig.settle()
    (shown,) = (await rig.stage("s")).attempts
    assert (shown.state, shown.failure, shown.details) == (AttemptState.INCOMPLETE, "no compiler", {"code": 2})


# Nothing assigned is left open.


async def test_a_check_that_its_stage_leaves_open_succeeds_with_it(rig: Rig) -> None:
    """It gets one finalized result, of the attempt."""
    call = await running(rig)
    call.answer()
    await rig.settle()
    (result,) = (await rig.check("a")).results
    assert (result.owner_type, result.owner_id, result.failure) == ("stage_attempt", "s:1", None)
    assert result.finalized_at is not None


async def test_a_check_waits_for_the_last_of_its_stages(rig: Rig) -> None:
    """Two stages that answer one check both end before the orchestrator ends it, with the worst outcome."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"]), stage("t", answers=["a"]))
    one, two = rig.runners.take_all()
    one.answer_with(Answer(failure="broken"))
    await rig.settle()
    assert (await rig.check("a")).outcome is None
    two.answer()
    await rig.settle()
    a = await rig.check("a")
    assert (a.outcome, a.cause) == (Outcome.FAILED, "stage 's' is FAILED: broken")


async def test_every_cause_is_named(rig: Rig) -> None:
    """The cause of an unanswered check names all of the stages that ended worst."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"]), stage("t", answers=["a"]))
    one, two = rig.runners.take_all()
    one.answer_with(Answer(failure="broken"))
    two.answer_with(Answer(failure="torn"))
    await rig.settle()
    assert (await rig.check("a")).cause == "stage 's' is FAILED: broken; stage 't' is FAILED: torn"


async def test_a_check_is_skipped_with_its_stage(rig: Rig) -> None:
    """A check whose only stage is skipped is SKIPPED, red to whom reads its results."""
    await rig.write(check("x"), check("a"), stage("s", on_check("x"), answers=["a"]))
    await rig.write(ended("x", failure="red"))
    a = await rig.check("a")
    assert (a.outcome, a.results[0].owner_type) == (Outcome.SKIPPED, "orchestrator")
    assert "stage 's' is SKIPPED" in str(a.results[0].failure)


async def test_a_red_result_outweighs_a_skipped_stage(rig: Rig) -> None:
    """A check with a red result is FAILED when the last stage that was to answer it is skipped."""
    await rig.register()
    await rig.write(check("x"), check("a"), stage("s", answers=["a"]), stage("t", on_check("x"), answers=["a"]))
    rig.runners.take().answer(CheckUpdate(check_id="a", failure="3 tests failed"))
    await rig.settle()
    assert (await rig.check("a")).outcome is None
    await rig.write(ended("x", failure="red"))
    a = await rig.check("a")
    assert (a.outcome, a.cause) == (Outcome.FAILED, "stage 's' (attempt 1): 3 tests failed")


async def test_one_final_answer_ends_a_check_that_others_were_to_answer(rig: Rig) -> None:
    """An explicit FINAL ends the check at once; stages that have not begun are skipped."""
    await rig.write(check("x"))
    call = await running(rig)
    await rig.write(stage("t", on_check("x"), answers=["a"]))
    call.answer(final("a"))
    await rig.settle()
    assert (await rig.check("a")).outcome is Outcome.SUCCEEDED
    assert (await rig.stage("t")).concluded_reason is ConcludedReason.NOTHING_TO_ANSWER
