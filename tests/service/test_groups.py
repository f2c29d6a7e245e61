"""Dependency groups: when they are satisfied, when they no longer can be, and what follows."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import all_of, any_of, at_least, check, ended, on_check, on_stage, stage
from turboci.dependencies import DependencyGroup
from turboci.states import CheckState, ConcludedReason, Outcome, StageState
from turboci.writes import CheckWrite

A, B, C = on_check("a"), on_check("b"), on_check("c")
GREEN, RED = None, "red"


async def outcome_of(rig: Rig, group: DependencyGroup, ends: dict[str, str | None]) -> str:
    """Return what becomes of a check with this group when a, b and c end so."""
    await rig.write(*(check(check_id) for check_id in "abc"), CheckWrite(id="x", dependencies=group))
    for check_id, failure in ends.items():
        await rig.write(ended(check_id, failure=failure))
    x = await rig.check("x")
    return x.outcome.name if x.outcome else x.state.name


@pytest.mark.parametrize(
    ("group", "ends", "expected"),
    [
        (all_of(A, B), {"a": GREEN}, "PLANNED"),
        (all_of(A, B), {"a": GREEN, "b": GREEN}, "WAITING"),
        (all_of(A, B), {"a": RED}, "SKIPPED"),
        (any_of(A, B), {"a": RED}, "PLANNED"),
        (any_of(A, B), {"b": GREEN}, "WAITING"),
        (any_of(A, B), {"a": RED, "b": RED}, "SKIPPED"),
        (at_least(2, A, B, C), {"a": GREEN}, "PLANNED"),
        (at_least(2, A, B, C), {"a": GREEN, "c": GREEN}, "WAITING"),
        (at_least(2, A, B, C), {"a": RED}, "PLANNED"),
        (at_least(2, A, B, C), {"a": RED, "b": RED}, "SKIPPED"),
        (all_of(A.failed), {"a": RED}, "WAITING"),
        (all_of(A.failed), {"a": GREEN}, "SKIPPED"),
        (all_of(A.finished), {"a": RED}, "WAITING"),
        (all_of(A.finished), {"a": GREEN}, "WAITING"),
        (any_of(A.failed, A.succeeded), {"a": RED}, "WAITING"),
        (all_of(A.failed, A.finished), {"a": GREEN}, "SKIPPED"),
    ],
)
async def test_a_group_is_decided_as_soon_as_it_can_be(
    rig: Rig, group: DependencyGroup, ends: dict[str, str | None], expected: str
) -> None:
    """AND, OR and thresholds over the three conditions are decided by the first edges that suffice."""
    assert await outcome_of(rig, group, ends) == expected


async def test_late_edges_of_a_decided_group_change_nothing(rig: Rig) -> None:
    """A satisfied group stays satisfied whatever its other targets do."""
    assert await outcome_of(rig, any_of(A, B), {"a": GREEN, "b": RED}) == "WAITING"


async def test_edges_to_final_nodes_are_resolved_at_once(rig: Rig) -> None:
    """A node written after its targets have ended is decided in the same call."""
    await rig.write(ended("a"), ended("b", failure="red"))
    written = await rig.write(check("x", A), check("y", B), check("z", B.failed), stage("s", B))
    assert [node.state.name for node in written.checks] == ["WAITING", "FINAL", "WAITING"]
    assert written.stages[0].concluded_reason is ConcludedReason.DEPENDENCIES_UNSATISFIED


async def test_a_target_may_be_written_later(rig: Rig) -> None:
    """An edge to a node that does not exist waits for it."""
    await rig.write(check("x", A))
    await rig.write(ended("a"))
    assert (await rig.check("x")).state is CheckState.WAITING


async def test_check_and_stage_of_one_name_are_two_targets(rig: Rig) -> None:
    """An edge names the kind of its target."""
    await rig.write(check("x", on_stage("a")), ended("a"))
    assert (await rig.check("x")).state is CheckState.PLANNED


async def test_skipping_names_the_deciding_edges(rig: Rig) -> None:
    """A node whose group is unsatisfiable is SKIPPED, and its cause names the edges that decided."""
    await rig.write(check("a"), check("b"), stage("s", A, B))
    await rig.write(ended("a", failure="red"))
    skipped = await rig.stage("s")
    assert (skipped.state, skipped.outcome) == (StageState.FINAL, Outcome.SKIPPED)
    assert skipped.cause == "check 'a' is FAILED, so its dependencies cannot be satisfied"


async def test_skipping_cascades(rig: Rig) -> None:
    """SKIPPED is no success, so what depends on a skipped node is skipped too, with its own cause."""
    await rig.write(check("a"), stage("s", A), check("b", on_stage("s")), check("c", B))
    await rig.write(ended("a", failure="red"))
    assert [(await rig.check(name)).outcome for name in "bc"] == [Outcome.SKIPPED, Outcome.SKIPPED]
    assert "check 'b' is SKIPPED" in str((await rig.check("c")).cause)


async def test_a_clean_up_stage_runs_after_skipped_work(rig: Rig) -> None:
    """SKIPPED satisfies FINISHED."""
    await rig.register()
    await rig.write(check("a"), stage("work", A), stage("clean", on_stage("work").finished))
    await rig.write(ended("a", failure="red"))
    assert rig.runners.names == ["clean:1"]


async def test_skipped_does_not_satisfy_failed(rig: Rig) -> None:
    """FAILED means FAILED only."""
    await rig.write(check("a"), check("b", A), check("c", B.failed))
    await rig.write(ended("a", failure="red"))
    assert (await rig.check("c")).outcome is Outcome.SKIPPED


async def test_a_skipped_check_is_red_to_whom_reads_results(rig: Rig) -> None:
    """The orchestrator leaves one finalized result with the cause as its failure."""
    await rig.write(check("a"), check("b", A), ended("a", failure="red"))
    skipped = await rig.check("b")
    (result,) = skipped.results
    assert (result.owner_type, result.failure) == ("orchestrator", skipped.cause)
    assert result.finalized_at is not None


async def test_an_edge_to_a_stage_waits_for_its_end(rig: Rig) -> None:
    """A stage that depends on another starts when that one is FINAL and SUCCEEDED."""
    await rig.register()
    await rig.write(stage("one"), stage("two", on_stage("one")))
    assert rig.runners.names == ["one:1"]
    rig.runners.take().answer()
    await rig.settle()
    assert rig.runners.names == ["one:1", "two:1"]


async def test_a_diamond_starts_its_end_once(rig: Rig) -> None:
    """A stage that two others lead to starts when both are done, and once."""
    await rig.register()
    await rig.write(stage("l"), stage("r"), stage("end", on_stage("l"), on_stage("r")))
    left, right = rig.runners.take_all()
    left.answer()
    await rig.settle()
    assert rig.runners.take_all() == []
    right.answer()
    await rig.settle()
    assert [call.execution.stage_id for call in rig.runners.take_all()] == ["end"]


async def test_a_replaced_group_forgets_the_old_edges(rig: Rig) -> None:
    """After a new group is written the targets of the old one decide nothing."""
    await rig.write(check("a"), check("b"), stage("s", A))
    await rig.write(stage("s", B))
    await rig.write(ended("a", failure="red"))
    assert (await rig.stage("s")).state is StageState.PLANNED
    await rig.write(ended("b"))
    assert (await rig.stage("s")).state is StageState.ATTEMPTING
