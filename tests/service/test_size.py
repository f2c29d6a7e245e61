"""Long plans: nothing recurses, and no step grows with the plan."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import check, ended, on_check, on_stage, stage
from turboci.errors import CyclicDependency
from turboci.events import PlanCompleted
from turboci.states import ConcludedReason, Outcome, PlanStatus

LENGTH = 2_000


async def test_a_chain_of_two_thousand_stages(rig: Rig) -> None:
    """It is written in one call, run stage by stage, and complete at its end."""
    await rig.register()
    chain = [stage("s0"), *(stage(f"s{number}", on_stage(f"s{number - 1}")) for number in range(1, LENGTH))]
    written = await rig.write(*reversed(chain))
    assert len(written.stages) == LENGTH
    for _ in range(LENGTH):
        rig.runners.take().answer()
        await rig.settle()
    assert rig.runners.names == [f"s{number}:1" for number in range(LENGTH)]
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.SUCCEEDED


async def test_a_chain_of_two_thousand_nodes_is_skipped_at_once(rig: Rig) -> None:
    """One red check skips a chain of checks and stages that depend on it, one by one and to the last."""
    checks = [check(f"c{number}", on_stage(f"s{number}")) for number in range(1, LENGTH // 2)]
    stages = [stage(f"s{number}", on_check(f"c{number - 1}")) for number in range(1, LENGTH // 2)]
    await rig.write(check("c0"), *checks, *stages)
    await rig.write(ended("c0", failure="red"))
    last = await rig.stage(f"s{LENGTH // 2 - 1}")
    assert (last.outcome, last.concluded_reason) == (Outcome.SKIPPED, ConcludedReason.DEPENDENCIES_UNSATISFIED)
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.FAILED


async def test_a_cycle_of_two_thousand_nodes_is_found(rig: Rig) -> None:
    """The search for cycles is a loop, however long the way round is."""
    chain = [check(f"c{number}", on_check(f"c{(number + 1) % LENGTH}")) for number in range(LENGTH)]
    written = await rig.write(*chain[:-1])
    assert len(written.checks) == LENGTH - 1
    with pytest.raises(CyclicDependency) as refused:
        await rig.write(chain[-1])
    assert len(refused.value.path) == LENGTH + 1


async def test_a_fan_of_two_thousand_stages_joins(rig: Rig) -> None:
    """Every stage of a wide plan is handed out, and the join starts once, after the last of them."""
    await rig.register()
    fan = [stage(f"s{number}") for number in range(LENGTH)]
    await rig.write(*fan, stage("join", *(on_stage(each.id) for each in fan)))
    for call in rig.runners.take_all():
        call.answer()
    await rig.settle()
    assert rig.runners.names[LENGTH:] == ["join:1"]
    rig.runners.take().answer()
    await rig.settle()
    stream = rig.server.watch(rig.plan, after_sequence=0)
    events = [await anext(stream) for _ in range((await rig.server.query_nodes(rig.plan)).sequence)]
    await stream.aclose()
    assert [isinstance(event, PlanCompleted) for event in events].index(True) == len(events) - 1
