"""From words to plans and nodes."""

from __future__ import annotations

import pytest

import ci
from ci.cli.plans.finding import find_plan, find_refs, find_stage, short_ids
from tests.cli.plans import steps
from turboci.nodes import WorkPlan

PLAN = WorkPlan(id="0123456789abcdef", metadata={"name": "release"})


async def test_a_plan_is_found_by_all_that_people_call_it() -> None:
    """By id, by the beginning of the id, by its name (the newest of that name), and as `latest`."""
    async with ci.local() as port:
        old = await port.create_work_plan({"name": "release"})
        new = await port.create_work_plan({"name": "release"})
        last = await port.create_work_plan()
        for word, plan in ((old.id, old), (old.id[:12], old), ("release", new), ("latest", last), (last.id[:9], last)):
            assert (await find_plan(port, word)).id == plan.id


async def test_a_beginning_that_several_ids_have_is_refused() -> None:
    """It says how many, and which."""
    async with ci.local() as port:
        ids = [(await port.create_work_plan()).id for _ in range(17)]
        first = next(id[0] for id in ids if sum(other.startswith(id[0]) for other in ids) > 1)
        with pytest.raises(ci.InvalidArgument, match=rf"work plan '{first}' is one of \d+: .*; say more of the id"):
            await find_plan(port, first)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("relaese", "work plan 'relaese' is not there (did you mean 'release'?); turboci plans lists them"),
        ("f" * 32, f"work plan '{'f' * 32}' is not there; turboci plans lists them"),
        ("", "work plan is not named; say its id, its name, or latest"),
    ],
)
async def test_a_plan_that_there_is_not(word: str, said: str) -> None:
    """The message has a near miss, and says what lists them."""
    async with ci.local() as port:
        await port.create_work_plan({"name": "release"})
        with pytest.raises(ci.CIError) as caught:
            await find_plan(port, word)
    assert str(caught.value) == said


async def test_there_is_no_latest_of_nothing() -> None:
    """Without plans it says how to make one."""
    async with ci.local() as port:
        with pytest.raises(ci.NotFound, match=r"there are no plans yet: turboci run FILE\.py"):
            await find_plan(port, "latest")


def test_a_stage_is_found_by_its_check() -> None:
    """Its own id goes first."""
    nodes = steps({"build": ()})
    assert find_stage(PLAN, nodes, "build").id == "build"
    with pytest.raises(ci.NotFound) as caught:
        find_stage(PLAN, nodes, "biuld")
    assert str(caught.value) == (
        "stage 'biuld' is not in work plan 'release' (01234567) (did you mean 'build'?); it has 'build'"
    )


def test_a_node_may_be_named_with_its_kind() -> None:
    """A bare id means all that are called so."""
    nodes = steps({"build": ()})
    assert [str(ref) for ref in find_refs(PLAN, nodes, "build")] == ["stage 'build'", "check 'build'"]
    assert [str(ref) for ref in find_refs(PLAN, nodes, "check:build")] == ["check 'build'"]
    with pytest.raises(ci.NotFound, match="node 'x' is not in work plan"):
        find_refs(PLAN, nodes, "x")


def test_short_ids_are_as_long_as_they_need_to_be() -> None:
    """Eight characters, more only where another id begins so."""
    ids = ["aaaaaaaa1111", "aaaaaaaa1222", "bbbbbbbb3333"]
    assert short_ids(WorkPlan(id=id) for id in ids) == {
        ids[0]: "aaaaaaaa11", ids[1]: "aaaaaaaa12", ids[2]: "bbbbbbbb"
    }  # fmt: skip
