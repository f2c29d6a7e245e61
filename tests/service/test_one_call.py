"""What one call writes: it answers what is stored, and comes to the same as a call for each node."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.service.drafts import Draft, Written, drafts
from tests.service.examples import EXAMPLES, SEED
from tests.service.quick import QuickRig
from tests.service.recount import violations
from tests.service.rig import Rig
from tests.service.writing import all_of, attempt, check, claimed, ended, on_check, on_stage, planning, runner, stage
from turboci.errors import InvalidArgument, InvalidState, NotFound
from turboci.nodes import Check, Nodes, Stage
from turboci.states import AttemptState, CheckState, StageState
from turboci.writes import CheckWrite, StageWrite

REFUSALS = (InvalidArgument, InvalidState, NotFound)


def in_order(written: Written, nodes: list[Draft], ends: list[int]) -> list[CheckWrite | StageWrite]:
    """Return writes as one call applies them, checks before stages; some checks are written again, as ended."""
    writes = [written.write(draft) for draft in nodes]
    checks = [write for write in writes if isinstance(write, CheckWrite)]
    again = [ended(written.check_id(back), failure=None if back % 2 else "red") for back in ends]
    return [*checks, *again, *(write for write in writes if isinstance(write, StageWrite))]


async def stored(rig: Rig, writes: list[CheckWrite | StageWrite]) -> Nodes:
    """Return what is stored of the nodes of a call, in its order."""
    found = await rig.server.query_nodes(rig.plan)
    checks, stages = {node.id: node for node in found.checks}, {node.id: node for node in found.stages}
    ids = dict.fromkeys((isinstance(write, CheckWrite), write.id) for write in writes)
    return replace(
        found,
        checks=tuple(checks[node_id] for is_check, node_id in ids if is_check),
        stages=tuple(stages[node_id] for is_check, node_id in ids if not is_check),
    )


calls = st.tuples(st.lists(drafts, min_size=3, max_size=10), st.lists(st.integers(1, 3), max_size=2))


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None)
@given(first=calls, second=calls, runners=st.booleans(), held=st.booleans())
def test_a_call_answers_what_is_stored(
    first: tuple[list[Draft], list[int]], second: tuple[list[Draft], list[int]], *, runners: bool, held: bool
) -> None:
    """A node is told as it was written or as it was read, which is the same, and all counts are those of a recount."""
    rig, written = QuickRig(), Written()
    try:
        if runners:
            rig.run(rig.register(max_concurrent=2))
        if held:
            rig.plan = rig.run(rig.server.create_work_plan(held=True)).id
        for nodes, ends in (first, second):
            writes = in_order(written, nodes, ends)
            try:
                answer = rig.run(rig.write(*writes))
            except REFUSALS:
                continue
            assert answer == rig.run(stored(rig, writes))
            assert rig.look(violations) == []
    finally:
        rig.end()


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None)
@given(call=calls)
def test_a_call_for_many_comes_to_the_same_as_many_calls(call: tuple[list[Draft], list[int]]) -> None:
    """Where both are accepted, every node has the same state and outcome, and the same attempts."""
    together, apart = QuickRig(), QuickRig()
    try:
        writes = in_order(Written(), *call)
        try:
            together.run(together.write(*writes))
            for write in writes:
                apart.run(apart.write(write))
        except REFUSALS:
            return
        assert [*nodes(together)] == [*nodes(apart)]
    finally:
        together.end()
        apart.end()


def nodes(rig: QuickRig) -> list[Check | Stage]:
    """Return all nodes, without what depends on the order in which things were found: of two reasons one counts."""
    found = rig.run(rig.server.query_nodes(rig.plan))
    checks = [replace(check, work_plan_id="", version=0, cause=None, results=()) for check in found.checks]
    stages = [replace(each, work_plan_id="", version=0, cause=None, concluded_reason=None) for each in found.stages]
    return [*checks, *stages]


async def test_a_stage_that_is_written_twice_in_a_call_starts_as_it_was_written_last(rig: Rig) -> None:
    """It is ready when it is created, and is changed before anything starts."""
    await rig.server.register_runner(runner())
    await rig.write(stage("s", args={"a": 1}), stage("s", args={"b": 2}))
    assert dict(rig.runners.take().execution.args) == {"a": 1, "b": 2}


async def test_a_check_that_is_ended_in_the_call_that_creates_it_decides_what_comes_after_it(rig: Rig) -> None:
    """Those that are created later find it FINAL, those that were created before are told."""
    written = await rig.write(
        check("before", on_check("x").failed),
        check("x"),
        ended("x", failure="red"),
        check("after", on_check("x").failed),
        check("green", on_check("x")),
    )
    states = {node.id: (node.state, node.outcome and node.outcome.name) for node in written.checks}
    waiting = (CheckState.WAITING, None)
    assert states == {
        "before": waiting, "x": (CheckState.FINAL, "FAILED"), "after": waiting, "green": (CheckState.FINAL, "SKIPPED"),
    }  # fmt: skip


async def test_nodes_that_share_a_group_find_it_as_it_is_at_their_turn(rig: Rig) -> None:
    """A stage that ends between two of them is still open for the first one, and FINAL for the second one."""
    await rig.write(claimed("c"))
    shared = all_of(on_stage("c").finished)
    first, second = (replace(stage(name), dependencies=shared) for name in ("first", "second"))
    done = attempt("c", process_uid="me", state=AttemptState.COMPLETE)
    await rig.write(first, done, second)
    assert [(await rig.stage(name)).state for name in ("first", "second")] == [StageState.ATTEMPTING] * 2
    assert await rig.read(violations) == []


async def test_a_stage_whose_check_waits_starts_when_the_check_opens(rig: Rig) -> None:
    """The gate that was counted when the stage was created is counted down later."""
    await rig.register()
    await rig.write(
        check("first"), check("second", on_check("first")), check("open"), stage("s", answers=["second", "open"])
    )
    assert (await rig.stage("s")).state is StageState.PLANNED
    await rig.write(ended("first"))
    assert (await rig.stage("s")).state is StageState.ATTEMPTING


async def test_children_of_one_parent_are_counted_together(rig: Rig) -> None:
    """Whether the parent is as old as they are or older, it waits for each of them."""
    await rig.register()
    children = [stage(f"old-{number}", parent_stage_id="old") for number in range(3)]
    await rig.write(stage("old"))
    await rig.write(
        *children, stage("new"), *(replace(each, id=f"new-{each.id}", parent_stage_id="new") for each in children)
    )
    rows = await rig.read(lambda connection: [*connection.execute("SELECT id, children_open FROM stages ORDER BY key")])
    assert [row for row in rows if row[1]] == [("old", 3), ("new", 3)]


@pytest.mark.parametrize("shuffled", [False, True])
async def test_more_nodes_than_are_added_at_once(rig: Rig, shuffled: bool) -> None:
    """Nodes point to each other across the portions in which they are added."""
    names = [f"n{number}" for number in range(1_500)]
    checks = [planning(name, on_stage(f"s{number}")) for number, name in enumerate(names)]
    stages = [
        replace(stage(f"s{number}", answers=[names[number - 1]] if number else []), dependencies=all_of(on_check("x")))
        for number in range(len(names))
    ]
    if shuffled:
        Random(1).shuffle(stages)
        Random(2).shuffle(checks)
    written = await rig.write(*checks, *stages)
    assert [node.id for node in written.stages] == [node.id for node in stages]
    assert await rig.read(violations) == []
