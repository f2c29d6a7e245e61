"""Finished plans that are not kept for ever."""

from __future__ import annotations

import pytest

from orchestrator.service import retention
from orchestrator.storage.interface import Connection
from orchestrator.storage.tables import deletion
from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, check, claimed, ended, on_check, stage
from turboci.errors import NotFound
from turboci.plans import DeletedPlans

DAY = 86_400.0
TABLES = [
    "work_plans",
    "checks",
    "stages",
    "assignments",
    "dependencies",
    "check_results",
    "stage_attempts",
    "attempt_progress",
    "events",
]


async def finished(rig: Rig, name: str = "") -> str:
    plan = (await rig.server.create_work_plan({"name": name})).id
    await rig.write(ended("a"), check("b", on_check("a")), ended("b"), plan=plan)
    return plan


async def kept(rig: Rig) -> list[str]:
    return [plan.id for plan in (await rig.server.list_work_plans(page_size=1_000)).plans][::-1]


async def row_counts(rig: Rig) -> dict[str, int]:
    return {table: (await rig.rows(f"SELECT COUNT(*) FROM {table}"))[0][0] for table in TABLES}


async def test_a_plan_goes_when_its_time_is_up(rig: Rig) -> None:
    """30 days after it finished, on the dot, and with all its rows; younger ones stay."""
    before = await row_counts(rig)
    old = await finished(rig)
    await rig.advance(DAY)
    young = await finished(rig)
    await rig.advance(29 * DAY - 1)
    assert await kept(rig) == [rig.plan, old, young]
    await rig.advance(1)
    assert await kept(rig) == [rig.plan, young]
    with pytest.raises(NotFound):
        await rig.server.get_work_plan(old)
    await rig.advance(DAY)
    assert await kept(rig) == [rig.plan]
    assert await row_counts(rig) == before


async def test_the_clock_wakes_the_server_for_nothing_else(rig: Rig) -> None:
    """There is no poll: the only time that an idle server waits for is that of the oldest finished plan."""
    await finished(rig)
    assert rig.clock.next_alarm_us == rig.clock.at_us + 30 * int(DAY) * 1_000_000


async def test_live_plans_stay(rig: Rig) -> None:
    """However old it is: a plan with an open node, an empty one, a held one."""
    await rig.write(ended("a"), claimed("open"))
    empty = (await rig.server.create_work_plan()).id
    held = (await rig.server.create_work_plan(held=True)).id
    await rig.write(ended("a"), plan=held)
    await rig.advance(400 * DAY)
    assert await rig.server.delete_work_plans() == DeletedPlans()
    assert await kept(rig) == [rig.plan, empty, held]


async def test_a_plan_that_goes_on_is_live_again(rig: Rig) -> None:
    """A node that is added takes a finished plan out of the count until it finishes anew."""
    plan = await finished(rig)
    await rig.advance(29 * DAY)
    await rig.write(check("late"), plan=plan)
    await rig.advance(2 * DAY)
    assert plan in await kept(rig)
    await rig.write(ended("late"), plan=plan)
    await rig.advance(29 * DAY)
    assert plan in await kept(rig)
    await rig.advance(DAY)
    assert plan not in await kept(rig)


async def test_no_more_than_so_many_are_kept(rig: Rig) -> None:
    """The plan that finished first goes first, when one more finishes."""
    await rig.restart(retain_plans_most=2)
    one, two, three = [await finished(rig) for _ in range(3)]
    await rig.settle()
    assert await kept(rig) == [rig.plan, two, three]
    assert one not in await kept(rig)
    await rig.restart(retain_plans_most=1)
    await finished(rig)
    await rig.settle()
    assert len(await kept(rig)) == 2


async def test_plans_are_counted_only_when_there_may_be_too_many(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once at the start, and then not before as many have finished as there was room for: counting reads them all."""
    counted: list[int] = []
    count_finished = deletion.count_finished

    def count(connection: Connection) -> int:
        counted.append(count_finished(connection))
        return counted[-1]

    monkeypatch.setattr(deletion, "count_finished", count)
    await rig.restart(retain_plans_most=5)
    at_start = len(counted)
    assert set(counted) == {0}
    for _ in range(5):
        await finished(rig)
    await rig.advance(3_600)
    assert len(counted) == at_start
    await finished(rig)
    assert len(counted) > at_start
    assert len(await kept(rig)) == 6


async def test_retention_can_be_switched_off(rig: Rig) -> None:
    """0 and None keep everything for ever."""
    await rig.restart(retain_plans_for=None, retain_plans_most=0)
    plan = await finished(rig)
    await rig.advance(3_650 * DAY)
    await rig.restart(retain_plans_for=0)
    await rig.settle()
    assert await kept(rig) == [rig.plan, plan]


async def test_what_became_old_while_the_server_was_down_goes_at_its_start(rig: Rig) -> None:
    """The start looks at the finished plans, too."""
    plan = await finished(rig)
    await rig.stop()
    rig.clock.set(rig.clock.at_us + 31 * int(DAY) * 1_000_000)
    await rig.start()
    assert plan not in await kept(rig)


async def test_rows_go_in_portions_and_a_crash_does_not_leave_any(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large plan vanishes at once, its rows a few at a time; the next start goes on with those that are left."""
    before = await row_counts(rig)
    await rig.register()
    plan = (await rig.server.create_work_plan()).id
    await rig.write(
        check("root"),
        stage("parent", answers=["root"], execution_mode=ASYNC),
        *[stage(f"s{n}", on_check("root"), answers=[f"c{n}"]) for n in range(20)],
        *[check(f"c{n}", on_check("root")) for n in range(20)],
        plan=plan,
    )
    for n in range(20):
        await rig.write(claimed(f"child{n}", parent_stage_id="parent"), plan=plan)
    await rig.server.cancel_work_plan(plan)
    await rig.settle()
    monkeypatch.setattr(retention, "_ROWS", 7)
    portions: list[int] = []
    delete_portion = retention.delete_portion

    def counted(session: object) -> bool:
        count = "SELECT " + " + ".join(f"(SELECT COUNT(*) FROM {table})" for table in TABLES)
        rows = next(session.execute(count))[0]  # type: ignore[attr-defined]
        more = delete_portion(session)  # type: ignore[arg-type]
        portions.append(rows - next(session.execute(count))[0])  # type: ignore[attr-defined]
        return more

    monkeypatch.setattr(retention, "delete_portion", counted)
    deleted = await rig.server.delete_work_plans()
    assert deleted == DeletedPlans(plans=1, checks=21, stages=41)
    with pytest.raises(NotFound):
        await rig.server.query_nodes(plan)
    await rig.crash()
    await rig.settle()
    assert max(portions) <= 9
    assert len(portions) > 10
    assert await row_counts(rig) == before
    assert await rig.findings() == []


async def test_finished_plans_can_be_deleted_by_hand(rig: Rig) -> None:
    """Those that finished long enough ago, but for the newest ones; a dry run only counts."""
    await rig.restart(retain_plans_for=None)
    one = await finished(rig)
    await rig.advance(10)
    two, three = await finished(rig), await finished(rig)
    each = DeletedPlans(plans=1, checks=2, stages=0)
    assert await rig.server.delete_work_plans(older_than=10.5) == DeletedPlans()
    assert await rig.server.delete_work_plans(older_than=10, dry_run=True) == each
    assert await kept(rig) == [rig.plan, one, two, three]
    assert await rig.server.delete_work_plans(older_than=10) == each
    assert await rig.server.delete_work_plans(keep=1, dry_run=True) == each
    assert await rig.server.delete_work_plans(keep=1) == each
    assert await kept(rig) == [rig.plan, three]
    assert await rig.server.delete_work_plans() == each
    assert await kept(rig) == [rig.plan]


async def test_the_key_of_a_deleted_plan_is_free(rig: Rig) -> None:
    """Who creates a plan with the key of one that was deleted gets a new one."""
    first = await rig.server.create_work_plan(idempotency_key="k")
    await rig.write(ended("a"), plan=first.id)
    await rig.server.delete_work_plans()
    assert (await rig.server.create_work_plan(idempotency_key="k")).id != first.id


async def test_progress_and_attempts_go_with_their_plan(rig: Rig) -> None:
    """Nothing refers to what is gone."""
    before = await row_counts(rig)
    await rig.register()
    plan = (await rig.server.create_work_plan()).id
    await rig.write(check("a"), stage("s", answers=["a"]), plan=plan)
    rig.runners.take().lose()
    await rig.advance(5)
    rig.runners.take().answer(final("a"))
    await rig.settle()
    await rig.server.delete_work_plans()
    await rig.settle()
    assert await row_counts(rig) == before
    assert await rig.findings() == []
