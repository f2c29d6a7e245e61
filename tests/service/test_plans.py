"""What the nodes of a plan add up to, and what queries return."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import check, ended, on_check, stage
from turboci.errors import LimitExceeded, NotFound
from turboci.states import CheckState, PlanStatus, StageState


async def status(rig: Rig) -> PlanStatus:
    return (await rig.server.get_work_plan(rig.plan)).status


async def test_a_plan_without_nodes_is_empty(rig: Rig) -> None:
    """It is neither running nor complete."""
    assert await status(rig) is PlanStatus.EMPTY


async def test_a_plan_runs_until_its_last_node_ends(rig: Rig) -> None:
    """RUNNING while anything is open, then SUCCEEDED; RUNNING again if nodes are added."""
    await rig.write(check("a"), check("b"), ended("a"))
    assert await status(rig) is PlanStatus.RUNNING
    await rig.write(ended("b"))
    assert await status(rig) is PlanStatus.SUCCEEDED
    await rig.write(check("c"))
    assert await status(rig) is PlanStatus.RUNNING


async def test_one_failed_node_makes_the_plan_failed(rig: Rig) -> None:
    """Skipped nodes do not, failed ones do."""
    await rig.write(check("a"), check("b", on_check("a").failed), ended("a"))
    assert await status(rig) is PlanStatus.SUCCEEDED
    await rig.write(ended("c", failure="red"))
    assert await status(rig) is PlanStatus.FAILED


async def test_the_version_of_a_plan_rises_with_every_change(rig: Rig) -> None:
    """So does its time of change; reading and repeating change neither."""
    versions = [(await rig.server.get_work_plan(rig.plan)).version]
    for write in (check("a"), check("a"), ended("a"), ended("a")):
        await rig.write(write)
        versions.append((await rig.server.get_work_plan(rig.plan)).version)
    first, created, repeated, changed, again = versions
    assert first < created == repeated < changed == again


async def test_nodes_come_in_order_of_creation(rig: Rig) -> None:
    """Whatever was changed since, and whichever ids were asked for."""
    await rig.write(check("z"), check("a"), stage("y"), stage("b"))
    await rig.write(ended("z"))
    nodes = await rig.server.query_nodes(rig.plan)
    assert [node.id for node in (*nodes.checks, *nodes.stages)] == ["z", "a", "y", "b"]
    some = await rig.server.query_nodes(rig.plan, check_ids=["a", "nobody", "z", "a"], include_stages=False)
    assert [node.id for node in some.checks] == ["z", "a"]


async def test_queries_select_by_state(rig: Rig) -> None:
    """Only nodes in one of the states are returned."""
    await rig.write(check("a"), ended("b"), stage("s"), stage("t", on_check("never")))
    nodes = await rig.server.query_nodes(
        rig.plan, check_states=[CheckState.FINAL], stage_states=[StageState.PLANNED, StageState.FINAL]
    )
    assert [node.id for node in (*nodes.checks, *nodes.stages)] == ["b", "t"]


async def test_a_write_returns_its_nodes_as_settled(rig: Rig) -> None:
    """The answer shows what has followed from the write, in one snapshot."""
    written = await rig.write(check("a"), ended("b", failure="red"), check("c", on_check("b")))
    assert [(node.id, node.state.name) for node in written.checks] == [("a", "WAITING"), ("b", "FINAL"), ("c", "FINAL")]
    assert written.sequence == (await rig.server.query_nodes(rig.plan)).sequence


async def test_a_plan_has_a_largest_size(rig: Rig) -> None:
    """A call that would make it larger is refused as a whole."""
    await rig.restart(max_nodes_per_plan=2)
    await rig.write(check("a"))
    with pytest.raises(LimitExceeded, match="would have up to 3 nodes; at most 2 are allowed in one plan"):
        await rig.write(check("b"), check("c"))
    assert len((await rig.server.query_nodes(rig.plan)).checks) == 1


async def test_merged_payloads_have_a_largest_size(rig: Rig) -> None:
    """Options that grow by merging stay within the limit."""
    await rig.restart(max_payload_bytes=1024)
    await rig.write(check("a", state=CheckState.PLANNING, options={"x": "1" * 600}))
    with pytest.raises(LimitExceeded, match=r"would have options of 1,\d+ bytes; at most 1,024 are allowed"):
        await rig.write(check("a", options={"y": "2" * 600}))


async def test_unknown_plans_are_not_found(rig: Rig) -> None:
    """Reading and writing alike."""
    with pytest.raises(NotFound, match="work plan 'nobody' does not exist"):
        await rig.server.query_nodes("nobody")
    with pytest.raises(NotFound, match="work plan 'nobody' does not exist"):
        await rig.write(check("a"), plan="nobody")
