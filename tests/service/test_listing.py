"""Lists of plans, and what each plan adds up to."""

from __future__ import annotations

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import check, claimed, ended, stage
from turboci.errors import InvalidArgument
from turboci.states import PlanStatus


async def plan(rig: Rig, name: str = "") -> str:
    return (await rig.server.create_work_plan({"name": name} if name else {})).id


async def listed(rig: Rig, *statuses: PlanStatus, name: str = "") -> list[str]:
    return [plan.id for plan in (await rig.server.list_work_plans(statuses=statuses, name=name)).plans]


async def test_pages_follow_each_other_without_gap_or_overlap(rig: Rig) -> None:
    """Newest first, each plan once, however many a page holds; a plan made meanwhile shifts nothing."""
    made = [rig.plan, *[await plan(rig) for _ in range(6)]]
    for size in (1, 2, 3, 7, 1_000):
        seen: list[str] = []
        token = ""
        while True:
            page = await rig.server.list_work_plans(page_size=size, page_token=token)
            assert len(page.plans) <= size
            seen += [each.id for each in page.plans]
            token = page.next_page_token
            if not token:
                break
            if len(made) < 8:
                made.append(await plan(rig))
        assert seen == made[::-1][len(made) - len(seen) :]
        assert len(seen) in {7, 8}


async def test_the_default_page_has_a_hundred(rig: Rig) -> None:
    """Who asks for no number gets 100, and a token for the rest."""
    for _ in range(100):
        await plan(rig)
    page = await rig.server.list_work_plans()
    assert len(page.plans) == 100
    rest = await rig.server.list_work_plans(page_token=page.next_page_token)
    assert ([each.id for each in rest.plans], rest.next_page_token) == ([rig.plan], "")


@pytest.mark.parametrize("token", ["x", "ä", "cGxhbnM6LTE", "cGxhbnM6eA", "////"])
async def test_a_made_up_token_is_refused(rig: Rig, token: str) -> None:
    """A token is what a page said, and nothing else."""
    with pytest.raises(InvalidArgument, match="has page_token") as caught:
        await rig.server.list_work_plans(page_token=token)
    assert caught.value.field == "page_token"


async def test_plans_are_found_by_name(rig: Rig) -> None:
    """The name is compared as a whole, alone and together with a status."""
    release, nightly, again = await plan(rig, "release"), await plan(rig, "nightly"), await plan(rig, "release")
    await rig.write(ended("x"), plan=again)
    assert await listed(rig, name="release") == [again, release]
    assert await listed(rig, name="rel") == []
    assert await listed(rig, PlanStatus.EMPTY, name="release") == [release]
    assert await listed(rig, PlanStatus.EMPTY, name="nightly") == [nightly]


async def test_the_status_of_a_plan_follows_its_nodes(rig: Rig) -> None:
    """EMPTY, RUNNING, SUCCEEDED, RUNNING again when a node is added, FAILED; the list says the same as the plan."""

    async def is_now(status: PlanStatus) -> None:
        assert (await rig.server.get_work_plan(rig.plan)).status is status
        assert await listed(rig, status) == [rig.plan]
        for other in set(PlanStatus) - {status}:
            assert await listed(rig, other) == []

    await rig.register()
    await is_now(PlanStatus.EMPTY)
    await rig.write(check("a"), stage("s", answers=["a"]))
    await is_now(PlanStatus.RUNNING)
    rig.runners.take().answer(final("a"))
    await rig.settle()
    await is_now(PlanStatus.SUCCEEDED)
    await rig.write(check("b"), stage("t", answers=["b"]))
    await is_now(PlanStatus.RUNNING)
    rig.runners.take().answer(final("b", failure="broken"))
    await rig.settle()
    await is_now(PlanStatus.FAILED)


async def test_a_cancelled_plan_is_listed_as_cancelled(rig: Rig) -> None:
    """With nodes and without, at once and when nodes are written to it later."""
    await rig.write(check("a"))
    empty = await plan(rig)
    for each in (rig.plan, empty):
        await rig.server.cancel_work_plan(each, "no need")
    await rig.settle()
    assert await listed(rig, PlanStatus.CANCELLED) == [empty, rig.plan]
    await rig.write(check("late"), plan=empty)
    assert await listed(rig, PlanStatus.CANCELLED) == [empty, rig.plan]


async def test_plans_that_cannot_go_on_are_stalled(rig: Rig) -> None:
    """Of the plans that are not finished, the one that nothing moves is STALLED once it was silent long enough."""
    await rig.write(check("nobody-answers"))
    busy = await plan(rig)
    await rig.write(claimed("waits-to-be-claimed"), plan=busy)
    assert await listed(rig, PlanStatus.RUNNING) == [busy, rig.plan]
    await rig.advance(2.0)
    assert await listed(rig, PlanStatus.RUNNING) == [busy]
    assert await listed(rig, PlanStatus.STALLED) == [rig.plan]
    assert await listed(rig, PlanStatus.STALLED, PlanStatus.RUNNING) == [busy, rig.plan]
    assert (await rig.server.get_work_plan(rig.plan)).status is PlanStatus.STALLED


async def test_a_plan_says_when_it_finished(rig: Rig) -> None:
    """The time of the last node; it goes when a node is added, and comes again."""
    await rig.write(ended("a"))
    first = (await rig.server.get_work_plan(rig.plan)).finished_at
    assert first is not None
    await rig.advance(5)
    await rig.write(check("b"))
    assert (await rig.server.get_work_plan(rig.plan)).finished_at is None
    await rig.write(ended("b"))
    again = (await rig.server.get_work_plan(rig.plan)).finished_at
    assert again is not None
    assert (again - first).total_seconds() == 5


async def test_statuses_survive_a_restart(rig: Rig) -> None:
    """What is listed is read from the file."""
    await rig.write(ended("a"))
    await rig.restart()
    assert await listed(rig, PlanStatus.SUCCEEDED) == [rig.plan]
