"""Plans that are held until they are released."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from orchestrator.service import holding
from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import check, claimed, ended, on_check, on_stage, stage
from turboci.errors import AlreadyExists, NotFound
from turboci.events import PlanCompleted
from turboci.nodes import WorkPlan
from turboci.reasons import ReasonKind
from turboci.states import Outcome, PlanStatus, StageState


@pytest.fixture
async def held(rig: Rig) -> WorkPlan:
    """A held plan, and a runner that would take its stages."""
    await rig.register()
    return await rig.server.create_work_plan({"name": "large"}, held=True)


async def test_nothing_of_a_held_plan_starts(rig: Rig, held: WorkPlan) -> None:
    """Stages that are ready, with a runner type and without, stay PLANNED until the release, and start with it."""
    await rig.write(check("a"), stage("s", answers=["a"]), claimed("c"), plan=held.id)
    await rig.advance(60)
    assert rig.runners.names == []
    states = [stage.state for stage in (await rig.server.query_nodes(held.id)).stages]
    assert states == [StageState.PLANNED, StageState.PLANNED]
    assert (held.held, (await rig.server.get_work_plan(held.id)).held) == (True, True)
    released = await rig.server.release_work_plan(held.id)
    await rig.settle()
    assert (released.held, released.status) == (False, PlanStatus.RUNNING)
    assert rig.runners.names == ["s:1"]
    assert (await rig.stage("c", plan=held.id)).state is StageState.ATTEMPTING


async def test_a_stage_sees_what_was_written_after_it(rig: Rig, held: WorkPlan) -> None:
    """A check that is written in a later call holds back the stage that answers it, as if it were one call."""
    await rig.write(stage("s", answers=["a"]), stage("after-s", on_stage("s")), plan=held.id)
    await rig.write(check("a", on_check("first")), check("first"), plan=held.id)
    await rig.server.release_work_plan(held.id)
    await rig.settle()
    assert rig.runners.names == []
    await rig.write(ended("first"), plan=held.id)
    assert rig.runners.names == ["s:1"]
    rig.runners.take().answer(final("a"))
    await rig.settle()
    assert rig.runners.names == ["s:1", "after-s:1"]


async def test_releasing_again_changes_nothing(rig: Rig, held: WorkPlan) -> None:
    """The second release starts nothing twice, and a plan that was never held may be released."""
    await rig.write(stage("s"), plan=held.id)
    first = await rig.server.release_work_plan(held.id)
    again = await rig.server.release_work_plan(held.id)
    await rig.settle()
    assert rig.runners.names == ["s:1"]
    assert again.version == first.version
    assert not (await rig.server.release_work_plan(rig.plan)).held
    with pytest.raises(NotFound):
        await rig.server.release_work_plan("none")


async def test_a_held_plan_is_not_complete(rig: Rig, held: WorkPlan) -> None:
    """All nodes FINAL is no completion while more may come; the release brings it, as one event."""
    await rig.write(ended("a"), plan=held.id)
    plan = await rig.server.get_work_plan(held.id)
    assert (plan.status, plan.finished_at) == (PlanStatus.RUNNING, None)
    await rig.server.release_work_plan(held.id)
    plan = await rig.server.get_work_plan(held.id)
    assert plan.status is PlanStatus.SUCCEEDED
    async with aclosing(rig.server.watch(held.id, after_sequence=0)) as events:
        async with asyncio.timeout(10):
            kinds = [type(await anext(events)) for _ in range(2)]
    assert kinds.count(PlanCompleted) == 1


async def test_the_release_of_many_stages_is_cut_and_goes_on_after_a_crash(
    rig: Rig, held: WorkPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transaction starts a portion; the next start of the server goes on where the last one was killed."""
    monkeypatch.setattr(holding, "_STAGES", 3)
    await rig.write(*[claimed(f"s{n:02}") for n in range(10)], plan=held.id)

    async def started() -> int:
        found = await rig.server.query_nodes(held.id)
        return sum(stage.state is StageState.ATTEMPTING for stage in found.stages)

    await rig.server.release_work_plan(held.id)
    assert not (await rig.server.get_work_plan(held.id)).held
    await rig.settle()
    assert await started() == 10
    other = await rig.server.create_work_plan(held=True)
    await rig.write(*[claimed(f"s{n:02}") for n in range(10)], plan=other.id)
    # As a server leaves it that is killed after the first portion.
    [(first,)] = await rig.rows(
        "SELECT MIN(s.key) FROM stages s JOIN work_plans p ON p.key = s.plan WHERE p.id = ?", other.id
    )
    await rig.change("UPDATE work_plans SET held = 2, held_after = ? WHERE id = ?", first + 2, other.id)
    await rig.crash()
    states = [stage.state for stage in (await rig.server.query_nodes(other.id)).stages]
    assert states == [StageState.PLANNED] * 3 + [StageState.ATTEMPTING] * 7


async def test_a_held_plan_can_be_cancelled(rig: Rig, held: WorkPlan) -> None:
    """It ends like any other, is held no longer, and nothing of it ever runs."""
    await rig.write(check("a"), stage("s", answers=["a"]), plan=held.id)
    plan = await rig.server.cancel_work_plan(held.id, "changed my mind")
    await rig.settle()
    plan = await rig.server.get_work_plan(held.id)
    assert (plan.status, plan.held) == (PlanStatus.CANCELLED, False)
    await rig.server.release_work_plan(held.id)
    await rig.settle()
    assert rig.runners.names == []
    assert (await rig.stage("s", plan=held.id)).outcome is Outcome.CANCELLED


async def test_being_held_is_the_reason_why_nothing_starts(rig: Rig, held: WorkPlan) -> None:
    """Who asks is told, and the plan does not count as stalled: somebody is about to release it."""
    await rig.write(stage("s"), plan=held.id)
    await rig.advance(60)
    why = await rig.server.explain(held.id)
    assert [(reason.kind, reason.text) for reason in why.reasons] == [
        (ReasonKind.HELD, f"stage 's' waits until work plan '{held.id}', which is held, is released")
    ]
    assert not why.stalled
    assert (await rig.server.get_work_plan(held.id)).status is PlanStatus.RUNNING


async def test_a_held_plan_stays_held_over_a_restart(rig: Rig, held: WorkPlan) -> None:
    """What was written survives, and still does not start."""
    await rig.write(stage("s"), plan=held.id)
    await rig.crash()
    await rig.settle()
    assert rig.runners.names == []
    await rig.server.release_work_plan(held.id)
    await rig.settle()
    assert rig.runners.names == ["s:1"]


async def test_a_key_that_made_a_held_plan_makes_no_other_one(rig: Rig) -> None:
    """Also after its release, when the call that made it comes again; other metadata are refused."""
    first = await rig.server.create_work_plan(idempotency_key="k", held=True)
    assert (await rig.server.create_work_plan(idempotency_key="k", held=True)).id == first.id
    await rig.server.release_work_plan(first.id)
    assert (await rig.server.create_work_plan(idempotency_key="k", held=True)).id == first.id
    with pytest.raises(AlreadyExists):
        await rig.server.create_work_plan({"name": "x"}, idempotency_key="k", held=True)
