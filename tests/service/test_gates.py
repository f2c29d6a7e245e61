"""A stage is held back by the dependencies of the checks that it answers."""

from __future__ import annotations

from tests.service.rig import Rig
from tests.service.writing import any_of, check, claimed, ended, on_check, on_stage, planning, stage
from turboci.states import AttemptState, CheckState, ConcludedReason, Outcome, StageState
from turboci.writes import AttemptWrite, CheckWrite, StageWrite


async def started(rig: Rig, stage_id: str = "s") -> bool:
    return (await rig.stage(stage_id)).state is StageState.ATTEMPTING


async def test_a_check_holds_back_the_stage_that_answers_it(rig: Rig) -> None:
    """A stage without dependencies of its own waits for those of its check."""
    await rig.write(check("plan"), check("build", on_check("plan")), stage("s", answers=["build"]))
    assert not await started(rig)
    await rig.write(ended("plan"))
    assert await started(rig)


async def test_every_check_must_be_open(rig: Rig) -> None:
    """All checks of a stage hold it back, each until its own group is satisfied."""
    await rig.write(check("p"), check("q"), check("a", on_check("p")), check("b", on_check("q")))
    await rig.write(stage("s", answers=["a", "b"]))
    await rig.write(ended("p"))
    assert not await started(rig)
    await rig.write(ended("q"))
    assert await started(rig)


async def test_a_planning_check_holds_nothing_back(rig: Rig) -> None:
    """Edges of a check that is still being defined do not count."""
    await rig.write(planning("build", on_check("plan")), stage("s", answers=["build"]))
    assert await started(rig)


async def test_locking_a_check_closes_its_gate(rig: Rig) -> None:
    """A check that becomes PLANNED begins to hold its stage back."""
    await rig.write(check("go"), planning("build", on_check("plan")), stage("s", on_check("go"), answers=["build"]))
    await rig.write(CheckWrite(id="build", state=CheckState.PLANNED))
    await rig.write(ended("go"))
    assert not await started(rig)
    await rig.write(ended("plan"))
    assert await started(rig)


async def test_a_check_written_later_closes_its_gate(rig: Rig) -> None:
    """A stage may be assigned to a check before the check is written."""
    await rig.write(stage("s", on_check("go"), answers=["build"]))
    await rig.write(check("build", on_check("plan")))
    await rig.write(ended("go"))
    assert not await started(rig)
    await rig.write(ended("plan"))
    assert await started(rig)


async def test_a_check_that_has_ended_holds_nothing_back(rig: Rig) -> None:
    """FINAL checks are no gates, even those whose group never was satisfied."""
    await rig.write(check("a", on_check("never")), check("b"), stage("s", answers=["a", "b"]))
    await rig.write(ended("a"))
    assert await started(rig)


async def test_a_skipped_check_holds_nothing_back(rig: Rig) -> None:
    """A stage still answers the checks that are left when another one was skipped."""
    await rig.register()
    await rig.write(check("p"), check("a", on_check("p")), check("b"), stage("s", answers=["a", "b"]))
    await rig.write(ended("p", failure="red"))
    assert [each.check_id for each in rig.runners.take().execution.checks] == ["b"]


async def test_ending_a_check_and_touching_its_stage_opens_one_gate(rig: Rig) -> None:
    """One call that ends a check and changes its stage does not open the gate of another check."""
    await rig.write(check("a", on_check("p")), check("b", on_check("q")), stage("s", answers=["a", "b"]))
    await rig.write(ended("a"), StageWrite(id="s", args={"x": 1}))
    assert not await started(rig)


async def test_a_new_stage_is_gated_before_what_it_waits_for_ends(rig: Rig) -> None:
    """A stage written in the call that ends its dependency is held back by its check all the same."""
    await rig.write(claimed("first"), check("build", on_check("plan")))
    done = AttemptWrite(state=AttemptState.COMPLETE, process_uid="me")
    second = stage("second", on_stage("first"), answers=["build"])
    await rig.write(second, StageWrite(id="first", current_attempt=done))
    assert (await rig.stage("first")).state is StageState.FINAL
    assert not await started(rig, "second")


async def test_new_assignments_count_afresh(rig: Rig) -> None:
    """A stage that answers other checks is held back by those."""
    await rig.write(check("a", on_check("p")), check("b", on_check("q")), stage("s", answers=["a"]))
    await rig.write(stage("s", answers=["b"]))
    await rig.write(ended("p"))
    assert not await started(rig)
    await rig.write(ended("q"))
    assert await started(rig)


async def test_edges_between_checks_of_one_stage_do_not_hold_it_back(rig: Rig) -> None:
    """A stage that answers `a` and `b` may start though `b` depends on `a`: only it can satisfy that."""
    await rig.register()
    await rig.write(check("a"), check("b", on_check("a")), stage("s", answers=["a", "b"]))
    assert rig.runners.names == ["s:1"]


async def test_an_internal_edge_beside_an_external_one(rig: Rig) -> None:
    """Of the group of a check only the edges within the stage count as satisfied."""
    await rig.write(check("x"), check("a"), check("b", on_check("a"), on_check("x")))
    await rig.write(stage("s", answers=["a", "b"]))
    assert not await started(rig)
    await rig.write(ended("x"))
    assert await started(rig)


async def test_another_check_of_a_stage_with_internal_edges(rig: Rig) -> None:
    """A check without internal edges opens its gate at a stage that has some."""
    await rig.write(check("x"), check("a"), check("b", on_check("a")), check("c", on_check("x")))
    await rig.write(stage("s", answers=["a", "b", "c"]))
    assert not await started(rig)
    await rig.write(ended("x"))
    assert await started(rig)


async def test_an_internal_edge_may_satisfy_an_or_group(rig: Rig) -> None:
    """An OR group with an internal edge holds nothing back."""
    await rig.write(check("a"), stage("s", answers=["a", "b"]))
    await rig.write(CheckWrite(id="b", dependencies=any_of(on_check("a"), on_check("x"))))
    assert await started(rig)


async def test_two_stages_may_answer_one_check(rig: Rig) -> None:
    """A check opens its gate at every stage that answers it, internal edges or not."""
    await rig.write(check("x"), check("a"), check("b", on_check("a"), on_check("x")))
    await rig.write(stage("s", answers=["a", "b"]), stage("t", answers=["b"]))
    await rig.write(ended("x"))
    assert (await started(rig, "s"), await started(rig, "t")) == (True, False)
    await rig.write(ended("a"))
    assert await started(rig, "t")


async def test_a_stage_with_nothing_to_answer_is_skipped(rig: Rig) -> None:
    """A stage that has never run ends as soon as all of its checks are FINAL."""
    await rig.write(check("a"), check("b"), stage("s", on_check("never"), answers=["a", "b"]))
    await rig.write(ended("a"))
    assert (await rig.stage("s")).state is StageState.PLANNED
    await rig.write(ended("b", failure="red"))
    skipped = await rig.stage("s")
    assert (skipped.outcome, skipped.concluded_reason) == (Outcome.SKIPPED, ConcludedReason.NOTHING_TO_ANSWER)


async def test_a_queued_stage_with_nothing_to_answer_is_skipped(rig: Rig) -> None:
    """A stage whose first attempt still waits for a runner has never run."""
    await rig.write(check("a"), stage("s", answers=["a"]))
    await rig.write(ended("a"))
    skipped = await rig.stage("s")
    assert (skipped.outcome, skipped.attempts[0].state.name) == (Outcome.SKIPPED, "INCOMPLETE")
    await rig.register()
    assert rig.runners.names == []


async def test_a_refused_stage_with_nothing_to_answer_is_skipped(rig: Rig) -> None:
    """An attempt that no runner took did not run."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"]))
    rig.runners.take().refuse()
    await rig.settle()
    await rig.write(ended("a"))
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.NOTHING_TO_ANSWER


async def test_a_running_stage_goes_on_when_its_check_ends(rig: Rig) -> None:
    """Work that has begun is not taken back because its check was ended by somebody else."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"]))
    await rig.write(ended("a"))
    assert await started(rig)
    assert not rig.runners.calls[0].withdrawn


async def test_a_stage_waits_for_checks_that_are_not_written(rig: Rig) -> None:
    """A check that does not exist yet is not FINAL, so its stage is not skipped, nor held back."""
    await rig.write(ended("a"), stage("s", answers=["a", "later"]))
    assert await started(rig)


async def test_a_stage_for_final_checks_alone_is_skipped_at_once(rig: Rig) -> None:
    """A stage written after all of its checks have ended never starts."""
    await rig.register()
    await rig.write(ended("a"))
    await rig.write(stage("s", answers=["a"]))
    assert rig.runners.names == []
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.NOTHING_TO_ANSWER
