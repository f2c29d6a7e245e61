"""Checks move forward only, by themselves when their dependencies allow it, by writers otherwise."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import check, ended, on_check, planning
from turboci.errors import InvalidState
from turboci.states import CheckState, Outcome
from turboci.writes import CheckResultWrite, CheckWrite


async def state(rig: Rig, check_id: str) -> str:
    return (await rig.check(check_id)).state.name


async def test_a_check_written_without_a_state_is_planned(rig: Rig) -> None:
    """A check that names no state is complete as written: PLANNED, or already on its way."""
    await rig.write(check("build", on_check("plan")), check("lint"))
    assert await state(rig, "build") == "PLANNED"
    assert await state(rig, "lint") == "WAITING"


async def test_a_check_waits_for_results_once_its_group_is_satisfied(rig: Rig) -> None:
    """The orchestrator moves PLANNED to WAITING when the last needed edge is satisfied."""
    await rig.write(check("plan"), check("build", on_check("plan")))
    assert await state(rig, "build") == "PLANNED"
    await rig.write(ended("plan"))
    assert await state(rig, "build") == "WAITING"


async def test_edges_of_a_planning_check_do_not_count(rig: Rig) -> None:
    """A check in PLANNING neither moves nor is skipped, whatever becomes of its targets."""
    await rig.write(check("plan"), planning("build", on_check("plan")))
    await rig.write(ended("plan", failure="broken"))
    assert await state(rig, "build") == "PLANNING"
    await rig.write(CheckWrite(id="build", state=CheckState.PLANNED))
    assert (await rig.check("build")).outcome is Outcome.SKIPPED


async def test_locking_a_check_moves_it_on_at_once(rig: Rig) -> None:
    """A check that becomes PLANNED with a satisfied group goes on to WAITING in the same call."""
    await rig.write(planning("build"))
    written = await rig.write(CheckWrite(id="build", state=CheckState.PLANNED))
    assert written.checks[0].state is CheckState.WAITING


async def test_options_and_dependencies_change_while_planning(rig: Rig) -> None:
    """In PLANNING options are merged key by key and a new group replaces the old one."""
    await rig.write(planning("build", on_check("a"), options={"x": 1, "y": 1}))
    await rig.write(planning("build", on_check("b"), options={"y": 2}))
    build = await rig.check("build")
    assert build.options == {"x": 1, "y": 2}
    assert [edge.target for edge in build.dependencies.dependencies] == [on_check("b")]


@pytest.mark.parametrize(
    ("write", "field"),
    [
        (CheckWrite(id="build", options={"x": 2}), "options"),
        (CheckWrite(id="build", kind="other"), "kind"),
        (check("build", on_check("b")), "dependencies"),
    ],
)
async def test_a_locked_check_refuses_other_values(rig: Rig, write: CheckWrite, field: str) -> None:
    """From PLANNED on, another value is refused by field, state and rule."""
    await rig.write(check("build", on_check("a"), options={"x": 1}))
    with pytest.raises(InvalidState, match=f"cannot change {field} in state PLANNED") as refused:
        await rig.write(write)
    assert refused.value.field == f"checks[0].{field}"


async def test_waiting_needs_a_satisfied_group(rig: Rig) -> None:
    """A writer may not move a check to WAITING before its dependencies are satisfied."""
    await rig.write(check("build", on_check("plan")))
    with pytest.raises(InvalidState, match="cannot go from PLANNED to WAITING; its dependencies are not satisfied"):
        await rig.write(CheckWrite(id="build", state=CheckState.WAITING))


async def test_final_needs_no_satisfied_group(rig: Rig) -> None:
    """A writer may end a check whose dependencies are open."""
    await rig.write(check("build", on_check("plan")))
    await rig.write(CheckWrite(id="build", state=CheckState.FINAL))
    assert (await rig.check("build")).outcome is Outcome.SUCCEEDED


async def test_final_with_a_red_result_is_failed(rig: Rig) -> None:
    """A check that a writer ends is FAILED if a result carries a failure, and its cause says whose."""
    await rig.write(check("build"))
    await rig.write(ended("build", failure="does not compile"))
    build = await rig.check("build")
    assert (build.state, build.outcome) == (CheckState.FINAL, Outcome.FAILED)
    assert build.cause == "client test: does not compile"


@pytest.mark.parametrize("back", [CheckState.PLANNING, CheckState.WAITING])
async def test_a_check_never_goes_back(rig: Rig, back: CheckState) -> None:
    """A state further back, that no writer asked for last, is refused."""
    await rig.write(check("build"), ended("build"))
    with pytest.raises(InvalidState, match=f"cannot go from FINAL to {back.name}"):
        await rig.write(CheckWrite(id="build", state=back))


async def test_a_check_does_not_go_back_to_planning(rig: Rig) -> None:
    """Once locked a check stays locked, though it was once written PLANNING."""
    await rig.write(planning("build", on_check("plan")))
    await rig.write(CheckWrite(id="build", state=CheckState.PLANNED))
    with pytest.raises(InvalidState, match="cannot go from PLANNED to PLANNING"):
        await rig.write(CheckWrite(id="build", state=CheckState.PLANNING))


async def test_a_final_check_takes_no_result(rig: Rig) -> None:
    """FINAL never changes: another result is refused."""
    await rig.write(check("build"), ended("build"))
    with pytest.raises(InvalidState, match="takes no result in state FINAL"):
        await rig.write(CheckWrite(id="build", result=CheckResultWrite(owner_id="late")))


async def test_a_planning_check_takes_no_result_from_a_client(rig: Rig) -> None:
    """In PLANNING only a stage that is assigned to the check may leave a result."""
    await rig.write(planning("build"))
    with pytest.raises(InvalidState, match="takes no result in state PLANNING"):
        await rig.write(CheckWrite(id="build", result=CheckResultWrite(owner_id="early")))


async def test_one_write_may_lock_and_answer(rig: Rig) -> None:
    """A result is accepted in the write that moves the check out of PLANNING."""
    await rig.write(planning("build"))
    await rig.write(ended("build", size=3))
    assert (await rig.check("build")).data == {"size": 3}


async def test_a_check_may_be_created_in_any_later_state(rig: Rig) -> None:
    """A new check may be written WAITING or FINAL, with its result."""
    await rig.write(check("a", state=CheckState.WAITING), ended("b", failure="red"))
    assert await state(rig, "a") == "WAITING"
    assert (await rig.check("b")).outcome is Outcome.FAILED
