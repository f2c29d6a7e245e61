"""Stages that spawn others, and wait for them."""

from __future__ import annotations

import pytest

from tests.service.recording import Call, final
from tests.service.rig import Rig
from tests.service.writing import RETRY_RED, check, ended, on_check, on_stage, stage
from turboci.errors import InvalidArgument, InvalidState
from turboci.executions import Answer
from turboci.states import AttemptState, ConcludedReason, Outcome, StageState
from turboci.writes import StageWrite

WAITS = Answer(stage_state=StageState.AWAITING_GROUP)


async def parent(rig: Rig, *answers: str, **fields: object) -> Call:
    """Start a stage `parent`; return the call of its runner."""
    await rig.register()
    await rig.write(*(check(each) for each in answers), stage("parent", answers=answers, **fields))
    return rig.runners.take()


async def test_a_parent_waits_for_its_children(rig: Rig) -> None:
    """After AWAITING_GROUP the attempt is COMPLETE, and the stage FINAL when its last child is."""
    call = await parent(rig)
    await rig.write(stage("one", parent_stage_id="parent"), stage("two", parent_stage_id="parent"))
    call.answer_with(WAITS)
    await rig.settle()
    waiting = await rig.stage("parent")
    assert (waiting.state, waiting.attempts[0].state) == (StageState.AWAITING_GROUP, AttemptState.COMPLETE)
    one, two = rig.runners.take_all()
    one.answer()
    await rig.settle()
    assert (await rig.stage("parent")).state is StageState.AWAITING_GROUP
    two.answer()
    await rig.settle()
    assert (await rig.stage("parent")).outcome is Outcome.SUCCEEDED


async def test_children_may_end_before_their_parent(rig: Rig) -> None:
    """A child that is FINAL already is not waited for."""
    call = await parent(rig)
    await rig.write(stage("child", parent_stage_id="parent"))
    rig.runners.take().answer()
    await rig.settle()
    call.answer_with(WAITS)
    await rig.settle()
    assert (await rig.stage("parent")).outcome is Outcome.SUCCEEDED


async def test_a_parent_without_children_is_final_at_once(rig: Rig) -> None:
    """AWAITING_GROUP without children is an end."""
    call = await parent(rig)
    call.answer_with(WAITS)
    await rig.settle()
    assert (await rig.stage("parent")).concluded_reason is ConcludedReason.ATTEMPT_COMPLETE


async def test_a_failed_child_fails_its_parent(rig: Rig) -> None:
    """The parent is FAILED / GROUP_FAILED when all children have ended, and is not retried."""
    call = await parent(rig, retry=RETRY_RED)
    await rig.write(stage("bad", parent_stage_id="parent"), stage("good", parent_stage_id="parent"))
    call.answer_with(WAITS)
    await rig.settle()
    bad, good = rig.runners.take_all()
    bad.answer(failure="broken")
    await rig.settle()
    assert (await rig.stage("parent")).state is StageState.AWAITING_GROUP
    good.answer()
    await rig.settle()
    failed = await rig.stage("parent")
    assert (failed.outcome, failed.concluded_reason) == (Outcome.FAILED, ConcludedReason.GROUP_FAILED)
    assert len(failed.attempts) == 1


async def test_a_skipped_child_does_not_count(rig: Rig) -> None:
    """SKIPPED children leave their parent SUCCEEDED."""
    call = await parent(rig)
    await rig.write(check("x"), stage("child", on_check("x"), parent_stage_id="parent"))
    call.answer_with(WAITS)
    await rig.settle()
    await rig.write(ended("x", failure="red"))
    assert (await rig.stage("child")).outcome is Outcome.SKIPPED
    assert (await rig.stage("parent")).outcome is Outcome.SUCCEEDED


async def test_updates_apply_before_the_children_end(rig: Rig) -> None:
    """The answer's updates, and the checks that it leaves open, are settled at once."""
    call = await parent(rig, "told", "untold")
    await rig.write(stage("child", parent_stage_id="parent"))
    call.answer_with(Answer(stage_state=StageState.AWAITING_GROUP, check_updates=(final("told", n=1),)))
    await rig.settle()
    assert (await rig.check("told")).data == {"n": 1}
    assert (await rig.check("untold")).outcome is Outcome.SUCCEEDED
    assert (await rig.stage("parent")).state is StageState.AWAITING_GROUP


async def test_a_check_for_the_whole_group_is_assigned_to_a_last_child(rig: Rig) -> None:
    """A check that a child answers, too, is not ended by the parent."""
    call = await parent(rig, "all")
    await rig.write(
        stage("child", parent_stage_id="parent"),
        stage("last", on_stage("child").finished, answers=["all"], parent_stage_id="parent"),
    )
    call.answer_with(WAITS)
    rig.runners.take().answer()
    await rig.settle()
    assert (await rig.check("all")).outcome is None
    rig.runners.take().answer(final("all", failure="one of them was slow"))
    await rig.settle()
    assert (await rig.check("all")).outcome is Outcome.FAILED
    assert (await rig.stage("parent")).outcome is Outcome.SUCCEEDED


async def test_children_belong_to_the_stage_not_to_an_attempt(rig: Rig) -> None:
    """What a lost attempt has spawned is waited for after the next one."""
    call = await parent(rig)
    await rig.write(stage("child", parent_stage_id="parent"), execution_id=call.execution.execution_id)
    child = rig.runners.take()
    call.lose()
    await rig.advance(2)
    rig.runners.take().answer_with(WAITS)
    await rig.settle()
    assert (await rig.stage("parent")).state is StageState.AWAITING_GROUP
    child.answer()
    await rig.settle()
    assert (await rig.stage("parent")).outcome is Outcome.SUCCEEDED


async def test_children_may_be_added_while_the_group_is_awaited(rig: Rig) -> None:
    """A child may spawn a sibling; the parent waits for it, too."""
    call = await parent(rig)
    await rig.write(stage("one", parent_stage_id="parent"))
    call.answer_with(WAITS)
    await rig.settle()
    await rig.write(stage("two", parent_stage_id="parent"))
    for child in rig.runners.take_all():
        assert (await rig.stage("parent")).state is StageState.AWAITING_GROUP
        child.answer()
        await rig.settle()
    assert (await rig.stage("parent")).state is StageState.FINAL


async def test_groups_nest(rig: Rig) -> None:
    """A child that waits for its own children keeps its parent waiting."""
    call = await parent(rig)
    await rig.write(stage("child", parent_stage_id="parent"))
    await rig.write(stage("grandchild", parent_stage_id="child"))
    child, grandchild = rig.runners.take_all()
    call.answer_with(WAITS)
    child.answer_with(WAITS)
    await rig.settle()
    assert (await rig.stage("parent")).state is StageState.AWAITING_GROUP
    grandchild.answer(failure="broken")
    await rig.settle()
    assert (await rig.stage("child")).concluded_reason is ConcludedReason.GROUP_FAILED
    assert (await rig.stage("parent")).concluded_reason is ConcludedReason.GROUP_FAILED


async def test_a_final_stage_takes_no_children(rig: Rig) -> None:
    """The parent must exist and must not be FINAL."""
    call = await parent(rig)
    call.answer()
    await rig.settle()
    with pytest.raises(InvalidState, match="names parent 'parent', which is FINAL"):
        await rig.write(stage("child", parent_stage_id="parent"))
    with pytest.raises(InvalidArgument, match="names parent 'nobody', which does not exist"):
        await rig.write(stage("child", parent_stage_id="nobody"))


async def test_the_parent_is_given_at_creation(rig: Rig) -> None:
    """It cannot be changed afterwards, and may be said again."""
    await parent(rig)
    await rig.write(stage("child", parent_stage_id="parent"), stage("other", on_check("never")))
    await rig.write(StageWrite(id="child", parent_stage_id="parent"))
    with pytest.raises(InvalidState, match="cannot change its parent"):
        await rig.write(StageWrite(id="other", parent_stage_id="parent"))
