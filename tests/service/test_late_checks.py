"""Checks that are written when the stages that were to answer them have ended."""

from __future__ import annotations

from tests.service.recount import violations
from tests.service.rig import Rig
from tests.service.writing import check, on_check, stage
from turboci.states import CheckState, Outcome


async def test_a_check_that_nobody_is_left_to_answer_ends_at_once(rig: Rig) -> None:
    """A check is FINAL when it is written, with the worst outcome of its stages, if all of them are."""
    await rig.register()
    await rig.write(stage("green", answers=["a"]), stage("red", answers=["b"]))
    rig.runners.take().answer()
    rig.runners.take().answer(failure="broken")
    await rig.settle()
    await rig.write(check("a", on_check("never")), check("b"))
    assert (await rig.check("a")).outcome is Outcome.SUCCEEDED
    red = await rig.check("b")
    assert (red.state, red.outcome) == (CheckState.FINAL, Outcome.FAILED)
    assert red.results[0].failure == "stage 'red' is FAILED: broken"
    assert await rig.read(violations) == []


async def test_a_check_that_somebody_is_left_to_answer_stays_open(rig: Rig) -> None:
    """One stage that is not FINAL is enough."""
    await rig.register()
    await rig.write(stage("first", answers=["a"]))
    rig.runners.take().answer()
    await rig.settle()
    await rig.write(check("a"), stage("second", answers=["a"]))
    assert (await rig.check("a")).state is CheckState.WAITING
    assert await rig.read(violations) == []


async def test_a_check_whose_last_open_stage_turns_away_ends(rig: Rig) -> None:
    """When a stage is assigned to something else, nothing is left open that only FINAL stages answer."""
    await rig.register()
    await rig.write(check("a"), check("b"), stage("done", answers=["a"]))
    await rig.write(stage("other", on_check("never"), answers=["a"]))
    rig.runners.take().answer()
    await rig.settle()
    assert (await rig.check("a")).outcome is None
    await rig.write(stage("other", answers=["b"]))
    assert (await rig.check("a")).outcome is Outcome.SUCCEEDED
    assert await rig.read(violations) == []
