"""What is so already may be said again, in any state."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import ASYNC, all_of, check, ended, on_check, planning, stage
from turboci.errors import AlreadyExists, ConcurrentModification, InvalidState
from turboci.states import CheckState, StageState
from turboci.writes import CheckResultWrite, CheckWrite, StageWrite


async def test_the_same_call_again_changes_nothing(rig: Rig) -> None:
    """A whole call sent twice leaves nodes, versions and events as they are."""
    call = (check("plan"), check("build", on_check("plan"), options={"x": 1}), stage("s", answers=["build"]))
    first = await rig.write(*call)
    again = await rig.write(*call)
    assert again == first


async def test_the_state_last_written_is_a_no_op(rig: Rig) -> None:
    """The server may have moved a check on from the state that its writer asked for."""
    await rig.write(check("build", state=CheckState.PLANNED))
    await rig.write(ended("build"))
    before = await rig.check("build")
    await rig.write(ended("build"))
    await rig.write(CheckWrite(id="build", state=CheckState.FINAL))
    assert await rig.check("build") == before


@pytest.mark.parametrize("written", [CheckState.PLANNED, CheckState.WAITING])
async def test_a_creation_is_repeated_after_the_check_has_ended(rig: Rig, written: CheckState) -> None:
    """Creating a check again in the state that it was created in is a no-op even when it is FINAL."""
    await rig.write(check("build", state=written), stage("s", answers=["build"]))
    await rig.register()
    rig.runners.take().answer()
    await rig.settle()
    before = await rig.check("build")
    assert before.state is CheckState.FINAL
    await rig.write(check("build", state=written))
    assert await rig.check("build") == before


async def test_options_with_the_stored_values_are_a_no_op(rig: Rig) -> None:
    """A key sent with the value stored changes nothing, in any state."""
    await rig.write(check("build", options={"x": 1, "y": [1.0, {"a": None}]}), ended("build"))
    before = await rig.check("build")
    await rig.write(CheckWrite(id="build", options={"y": [1, {"a": None}]}))
    assert await rig.check("build") == before


async def test_groups_are_compared_as_sets(rig: Rig) -> None:
    """Equal edges in another order are the same group."""
    await rig.write(check("build", on_check("a"), on_check("b")))
    before = await rig.check("build")
    await rig.write(check("build", on_check("b"), on_check("a"), on_check("b")))
    assert await rig.check("build") == before


async def test_the_same_result_again_is_a_no_op(rig: Rig) -> None:
    """The result of an owner, sent again with the same content, is accepted even when the check is FINAL."""
    await rig.write(check("build"), ended("build", size=1))
    before = await rig.check("build")
    await rig.write(ended("build", size=1))
    assert await rig.check("build") == before
    with pytest.raises(InvalidState):
        await rig.write(ended("build", size=2))


async def test_a_running_stage_may_be_written_again(rig: Rig) -> None:
    """PLANNED and equal fields are no-ops for a stage that is on its way."""
    write = stage("s", args={"x": 1}, priority=3, timeout=9.0, execution_mode=ASYNC, state=StageState.PLANNED)
    await rig.write(write)
    await rig.register()
    before = await rig.stage("s")
    assert before.state is StageState.ATTEMPTING
    await rig.write(write)
    assert await rig.stage("s") == before


@pytest.mark.parametrize(
    ("write", "field"),
    [
        (StageWrite(id="s", args={"x": 2}), "args"),
        (StageWrite(id="s", runner_type="other"), "runner_type"),
        (StageWrite(id="s", priority=1), "priority"),
        (StageWrite(id="s", dependencies=all_of(on_check("c"))), "dependencies"),
    ],
)
async def test_a_running_stage_refuses_other_values(rig: Rig, write: StageWrite, field: str) -> None:
    """Fields of a stage may change while it is PLANNED, and not later."""
    await rig.write(stage("s", args={"x": 1}))
    with pytest.raises(InvalidState, match=f"cannot change {field} in state ATTEMPTING"):
        await rig.write(write)


async def test_a_planned_stage_may_change_everything(rig: Rig) -> None:
    """While PLANNED a stage takes new fields; args are merged key by key."""
    await rig.write(stage("s", on_check("c"), answers=["a"], args={"x": 1, "y": 1}))
    await rig.write(
        stage("s", on_check("d"), answers=["b"], runner_type="tester", args={"y": 2}, priority=5, timeout=2.5)
    )
    changed = await rig.stage("s")
    assert (changed.runner_type, changed.priority, changed.timeout) == ("tester", 5, 2.5)
    assert changed.args == {"x": 1, "y": 2}
    assert [given.target_check_id for given in changed.assignments] == ["b"]
    assert changed.dependencies == all_of(on_check("d"))


async def test_writers_do_not_move_stages(rig: Rig) -> None:
    """A stage moves by its attempts alone; a state that is not so is refused."""
    with pytest.raises(InvalidState, match="cannot be written from PLANNED to FINAL"):
        await rig.write(stage("s", state=StageState.FINAL))


async def test_an_expected_version_is_compared_when_something_changes(rig: Rig) -> None:
    """A write made for another version is refused if it would change anything, else it is a no-op."""
    await rig.write(planning("build", options={"x": 1}))
    await rig.write(CheckWrite(id="build", options={"x": 1}, expected_version=77))
    with pytest.raises(ConcurrentModification, match=r"check 'build' is at version 1; version 77 was expected"):
        await rig.write(CheckWrite(id="build", options={"x": 2}, expected_version=77))
    await rig.write(CheckWrite(id="build", options={"x": 2}, expected_version=1))
    assert (await rig.check("build")).version > 1


async def test_version_zero_means_that_the_node_must_not_exist(rig: Rig) -> None:
    """Expected version 0 creates, and refuses to change what exists."""
    await rig.write(stage("s", on_check("c"), expected_version=0))
    with pytest.raises(ConcurrentModification, match="it was expected not to exist"):
        await rig.write(stage("s", on_check("d"), expected_version=0))
    with pytest.raises(ConcurrentModification, match="does not exist; version 3 was expected"):
        await rig.write(check("new", expected_version=3))


async def test_every_change_raises_the_version(rig: Rig) -> None:
    """Options, state and results each raise the version of a check."""
    writes = (
        planning("build"),
        CheckWrite(id="build", options={"x": 1}),
        CheckWrite(id="build", state=CheckState.PLANNED),
        CheckWrite(id="build", result=CheckResultWrite(owner_id="me", data={"n": 1})),
        ended("build"),
    )
    versions = [(await rig.write(write)).checks[0].version for write in writes]
    assert sorted(set(versions)) == versions


async def test_a_call_applies_wholly_or_not_at_all(rig: Rig) -> None:
    """One entry that does not fit undoes the whole call."""
    await rig.write(check("old"), ended("old"))
    with pytest.raises(InvalidState):
        await rig.write(check("new"), stage("s"), CheckWrite(id="old", state=CheckState.WAITING))
    assert [node.id for node in (await rig.server.query_nodes(rig.plan)).checks] == ["old"]


async def test_entries_apply_in_order(rig: Rig) -> None:
    """Inside one call a later entry for the same node sees the earlier one."""
    await rig.write(planning("build", options={"x": 1}), planning("build", options={"x": 2}), ended("build"))
    build = await rig.check("build")
    assert (build.state, build.options) == (CheckState.FINAL, {"x": 2})


async def test_an_idempotency_key_returns_the_first_plan(rig: Rig) -> None:
    """The same key and metadata return the same plan; other metadata are refused."""
    first = await rig.server.create_work_plan({"name": "n", "a": "b"}, idempotency_key="k")
    again = await rig.server.create_work_plan({"a": "b", "name": "n"}, idempotency_key="k")
    assert again.id == first.id
    with pytest.raises(AlreadyExists, match="other metadata"):
        await rig.server.create_work_plan({"name": "other"}, idempotency_key="k")
