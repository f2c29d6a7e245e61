"""Nodes that would wait for each other in a circle are refused, in one call or across several."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import any_of, check, claimed, ended, on_check, on_stage, planning, stage
from turboci.errors import CyclicDependency
from turboci.states import CheckState
from turboci.writes import CheckWrite, StageWrite


async def refused(rig: Rig, *nodes: CheckWrite | StageWrite) -> CyclicDependency:
    with pytest.raises(CyclicDependency) as error:
        await rig.write(*nodes)
    return error.value


async def test_a_cycle_within_one_call(rig: Rig) -> None:
    """The error has the whole path and the kind of each edge, and nothing is written."""
    error = await refused(
        rig, check("a", on_check("b")), check("b", on_check("c")), check("c", on_check("a")), check("d")
    )
    assert error.path == ("check:b", "check:c", "check:a", "check:b")
    assert "check 'b' depends on check 'c', depends on check 'a', depends on check 'b'" in str(error)
    assert (await rig.server.query_nodes(rig.plan)).checks == ()


async def test_a_cycle_across_two_calls(rig: Rig) -> None:
    """A target written later may not depend on who waits for it."""
    await rig.write(check("a", on_check("b")))
    error = await refused(rig, check("b", on_check("a")))
    assert error.path == ("check:b", "check:a", "check:b")


async def test_a_node_that_waits_for_itself(rig: Rig) -> None:
    """A cycle of one node is a cycle."""
    assert (await refused(rig, stage("s", on_stage("s")))).path == ("stage:s", "stage:s")


async def test_a_cycle_of_stages_across_two_calls(rig: Rig) -> None:
    """Stages without assignments are looked at, too."""
    await rig.write(claimed("a", on_stage("b")))
    assert (await refused(rig, claimed("b", on_stage("a")))).path == ("stage:b", "stage:a", "stage:b")


async def test_a_cycle_through_an_alternative_is_a_cycle(rig: Rig) -> None:
    """An OR group does not excuse a cycle."""
    await rig.write(check("x"), CheckWrite(id="a", dependencies=any_of(on_check("x"), on_check("b"))))
    await refused(rig, check("b", on_check("a")))


async def test_a_check_waits_for_the_stages_that_answer_it(rig: Rig) -> None:
    """A stage may not depend on the check that it answers, which waits for it."""
    error = await refused(rig, check("a"), stage("s", on_check("a"), answers=["a"]))
    assert "stage 's' depends on check 'a', is answered by stage 's'" in str(error)


async def test_a_stage_waits_for_the_targets_of_its_checks(rig: Rig) -> None:
    """A check may not depend on what waits for the stage that answers it."""
    await rig.write(stage("s", on_check("go"), answers=["b"]))
    await rig.write(check("c", on_stage("t")), stage("t", on_stage("s")))
    error = await refused(rig, check("b", on_check("c")))
    assert "is held back, through a check that it answers, by" in str(error)


async def test_a_check_written_after_its_assignment_closes_no_cycle_unseen(rig: Rig) -> None:
    """A check that depends on what its own stage leads to is refused when it is written last."""
    await rig.write(stage("s", on_check("go"), answers=["b"]), stage("t", on_stage("s")))
    await refused(rig, check("b", on_stage("t")))


async def test_checks_of_one_stage_may_depend_on_each_other(rig: Rig) -> None:
    """Edges between checks that one stage answers are no cycle."""
    await rig.write(check("a"), check("b", on_check("a")), stage("s", answers=["a", "b"]))
    assert (await rig.stage("s")).state.name == "ATTEMPTING"


async def test_a_child_may_not_wait_for_its_parent(rig: Rig) -> None:
    """A parent waits for its children, so a child that depends on it closes a cycle."""
    await rig.write(stage("parent"))
    error = await refused(rig, stage("child", on_stage("parent"), parent_stage_id="parent"))
    assert "waits for its child" in str(error)


async def test_a_child_may_not_wait_for_a_check_of_its_parent(rig: Rig) -> None:
    """Nor for a check that only the parent answers."""
    await rig.write(check("a"), stage("parent", answers=["a"]))
    await refused(rig, stage("child", on_check("a"), parent_stage_id="parent"))


async def test_a_child_may_not_wait_for_what_waits_for_its_parent(rig: Rig) -> None:
    """The way back may lead through nodes that the plan held before."""
    await rig.write(stage("parent"), stage("after", on_stage("parent")))
    error = await refused(
        rig, stage("free", parent_stage_id="parent"), stage("child", on_stage("after"), parent_stage_id="parent")
    )
    assert "stage 'after'" in str(error)


async def test_a_child_may_wait_for_its_siblings(rig: Rig) -> None:
    """Children may depend on each other."""
    await rig.write(stage("parent"))
    await rig.write(
        stage("one", parent_stage_id="parent"),
        stage("two", on_stage("one"), parent_stage_id="parent"),
    )
    assert (await rig.stage("two")).parent_stage_id == "parent"


async def test_changed_dependencies_are_looked_at(rig: Rig) -> None:
    """A new group of an old stage may close a cycle."""
    await rig.write(stage("a", on_check("x")), stage("b", on_stage("a")))
    await refused(rig, stage("a", on_stage("b")))


async def test_new_assignments_are_looked_at(rig: Rig) -> None:
    """A stage that is assigned to a check in front of it closes a cycle."""
    await rig.write(check("x"), check("a", on_check("x")), stage("s", on_check("a")))
    await refused(rig, stage("s", on_check("a"), answers=["a"]))


async def test_a_late_check_between_a_stage_and_itself_is_found(rig: Rig) -> None:
    """A stage that waits for a check that only it answers waits for itself, though the check comes last."""
    await rig.write(stage("s", on_check("a"), answers=["a"]))
    await refused(rig, check("a"))


async def test_edges_of_a_planning_check_close_no_cycle_yet(rig: Rig) -> None:
    """They count when the check is locked, and close the cycle then."""
    await rig.write(planning("a", on_check("b")), check("b", on_check("a")))
    await refused(rig, CheckWrite(id="a", state=CheckState.PLANNED))
    await rig.write(CheckWrite(id="a", state=CheckState.FINAL))
    assert (await rig.check("b")).state is CheckState.WAITING


async def test_final_nodes_wait_for_nothing(rig: Rig) -> None:
    """An edge that points through a FINAL node closes no cycle."""
    await rig.write(check("a", on_check("b")), ended("a"))
    await rig.write(check("b", on_check("a")))
    assert (await rig.check("b")).state is CheckState.WAITING
