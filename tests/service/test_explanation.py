"""Whatever is not FINAL can say why it waits, and on whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import pytest

from orchestrator.storage.interface import Row, Session, Value
from tests.service.rig import Rig
from tests.service.writing import ASYNC, any_of, attempt, check, claimed, ended, on_check, on_stage, planning, stage
from turboci.dependencies import NodeRef
from turboci.errors import NotFound
from turboci.executions import Answer
from turboci.states import StageState
from turboci.writes import StageWrite

T = TypeVar("T")


async def why(rig: Rig, node: NodeRef) -> list[tuple[str, str]]:
    """Return kind and text of the reasons why a node waits; those of what it waits for in turn follow."""
    explanation = await rig.server.explain(rig.plan, [node])
    own = [reason for reason in explanation.reasons if reason.node == node]
    assert explanation.reasons[: len(own)] == tuple(own)
    return [(reason.kind.name, str(reason)) for reason in own]


async def test_an_open_dependency(rig: Rig) -> None:
    """A node names each open edge and the state of its target."""
    await rig.write(check("a"), check("b", on_check("a"), on_stage("later")))
    assert await why(rig, on_check("b")) == [
        ("DEPENDENCY_OPEN", "check 'b' depends on check 'a', which is WAITING"),
        ("TARGET_MISSING", "check 'b' depends on stage 'later', which is not in the plan (yet)"),
    ]
    explanation = await rig.server.explain(rig.plan, [on_check("b")])
    assert explanation.reasons[0].waits_for == (on_check("a").succeeded,)


async def test_what_a_node_waits_for_in_turn(rig: Rig) -> None:
    """Reasons lead on, nearest first, to whoever has to act; each node is explained once."""
    await rig.register()
    await rig.write(stage("parent"))
    await rig.write(
        check("tests"),
        check("deploy", on_check("tests"), on_stage("parent")),
        stage("child", parent_stage_id="parent", runner_type="biulder"),
        stage("run", answers=["tests"], runner_type="gpu"),
    )
    rig.runners.take().answer_with(Answer(stage_state=StageState.AWAITING_GROUP))
    await rig.settle()
    explanation = await rig.server.explain(rig.plan, [on_check("deploy")])
    assert [(str(reason.node), reason.kind.name) for reason in explanation.reasons] == [
        ("check 'deploy'", "DEPENDENCY_OPEN"),
        ("check 'deploy'", "DEPENDENCY_OPEN"),
        ("check 'tests'", "STAGES_OPEN"),
        ("stage 'parent'", "CHILDREN_OPEN"),
        ("stage 'run'", "NO_RUNNER"),
        ("stage 'child'", "NO_RUNNER"),
    ]


async def test_reasons_of_a_long_chain_end(rig: Rig) -> None:
    """A node far behind is explained with the hundred nearest nodes that it waits for, not with the whole plan."""
    await rig.write(*(check(f"c{number}", on_check(f"c{number - 1}")) for number in range(1, 500)))
    explanation = await rig.server.explain(rig.plan, [on_check("c499")])
    assert [str(reason.node) for reason in explanation.reasons] == [f"check 'c{n}'" for n in range(499, 398, -1)]


async def test_explaining_keeps_nobody_from_writing(rig: Rig) -> None:
    """A plan is explained from a snapshot: the writer is asked for the runners, and runs no statement."""
    await rig.write(*(check(f"c{number}", on_check("missing")) for number in range(100)))
    write = rig.database.write
    statements: list[str] = []

    async def counting(operation: Callable[[Session], T], /) -> T:
        def counted(session: Session) -> T:
            execute = session.execute

            def noting(_session: Session, sql: str, *parameters: Sequence[Value]) -> Iterator[Row]:
                statements.append(sql)
                return execute(sql, *parameters)

            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(type(session), "execute", noting)
                return operation(session)

        return await write(counted)

    rig.database.write = counting  # type: ignore[method-assign]
    assert len((await rig.server.explain(rig.plan)).reasons) == 100
    assert statements == []


async def test_a_check_that_is_not_locked(rig: Rig) -> None:
    """A check in PLANNING waits for whoever defines it."""
    await rig.write(planning("a", on_check("b")))
    ((kind, text),) = await why(rig, on_check("a"))
    assert (kind, "still PLANNING" in text) == ("CHECK_NOT_LOCKED", True)


async def test_a_check_that_nobody_answers(rig: Rig) -> None:
    """A WAITING check without a stage says that none is assigned."""
    await rig.write(check("a"))
    assert [kind for kind, _ in await why(rig, on_check("a"))] == ["UNASSIGNED"]


async def test_a_check_that_waits_for_its_stages(rig: Rig) -> None:
    """A WAITING check names the stages that are to answer it and have not ended."""
    await rig.write(check("a"), stage("s", answers=["a"]), stage("t", answers=["a"]))
    assert await why(rig, on_check("a")) == [("STAGES_OPEN", "check 'a' waits for the answer of stage 's', 't'")]


async def test_a_stage_that_its_check_holds_back(rig: Rig) -> None:
    """A stage names the edges of its checks, but not those between them."""
    await rig.write(check("x"), check("a"), check("b", on_check("a"), on_check("x")), stage("s", answers=["a", "b"]))
    assert await why(rig, on_stage("s")) == [
        ("DEPENDENCY_OPEN", "stage 's' answers check 'b', which depends on check 'x', which is WAITING")
    ]


async def test_edges_of_a_decided_group_are_no_reason(rig: Rig) -> None:
    """A stage whose OR group is satisfied waits for the gates of its checks alone."""
    await rig.write(ended("a"), check("b"), check("x"), check("c", on_check("x")), stage("s", answers=["c"]))
    await rig.write(StageWrite(id="s", dependencies=any_of(on_check("a"), on_check("b"))))
    assert [text for _, text in await why(rig, on_stage("s"))] == [
        "stage 's' answers check 'c', which depends on check 'x', which is WAITING"
    ]


async def test_a_stage_without_a_runner(rig: Rig) -> None:
    """The reason has near misses."""
    await rig.register()
    await rig.write(stage("s", runner_type="biulder"))
    assert await why(rig, on_stage("s")) == [
        (
            "NO_RUNNER",
            "no live runner of type 'biulder' (did you mean 'builder'?); registered: 'builder'; stage 's' waits",
        )
    ]


async def test_a_stage_that_waits_for_a_slot(rig: Rig) -> None:
    """The reason counts the slots of the type."""
    await rig.register("r1", max_concurrent=1)
    await rig.register("r2", max_concurrent=2)
    await rig.write(*(stage(name) for name in "abcd"))
    assert await why(rig, on_stage("d")) == [
        ("RUNNERS_BUSY", "stage 'd' waits for a free slot: runners of type 'builder' use 3 of 3 slots")
    ]


async def test_a_stage_whose_runner_rests(rig: Rig) -> None:
    """A runner that refused takes nothing for a moment, though it has slots."""
    await rig.register()
    await rig.write(stage("a"))
    rig.runners.take().refuse()
    await rig.settle()
    await rig.write(stage("b"))
    ((kind, text),) = await why(rig, on_stage("b"))
    assert kind == "RUNNERS_BUSY"
    assert text.endswith("use 0 slots, and 1 of 1 rest after a refusal")


async def test_a_stage_that_is_queued(rig: Rig) -> None:
    """While the server drains, work waits though runners have room."""
    await rig.register()
    await rig.server.drain(0.0)
    await rig.write(stage("s"))
    assert [kind for kind, _ in await why(rig, on_stage("s"))] == ["QUEUED"]


async def test_a_stage_that_is_tried_again_later(rig: Rig) -> None:
    """The reason says when, and why the last attempt ended."""
    await rig.register()
    await rig.write(stage("s"))
    rig.runners.take().lose("the connection broke")
    await rig.settle()
    ((kind, text),) = await why(rig, on_stage("s"))
    assert kind == "BACKING_OFF"
    assert text.endswith("s (attempt 2); the last one ended with: the connection broke")


async def test_a_stage_that_runs(rig: Rig) -> None:
    """The reason says where, since when, when it was last heard of, and its deadline."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC, timeout=60.0))
    assert [text for _, text in await why(rig, on_stage("s"))] == [
        "stage 's' was offered to 'r1' since 22:13:20, last heard of at 22:13:20, deadline 22:14:20 (attempt 1)"
    ]
    await rig.accept_next()
    assert (await why(rig, on_stage("s")))[0][1].startswith("stage 's' runs on 'r1' since 22:13:20")


async def test_a_stage_that_waits_to_be_claimed(rig: Rig) -> None:
    """Without a runner type somebody has to claim it."""
    await rig.write(claimed("s"))
    assert [kind for kind, _ in await why(rig, on_stage("s"))] == ["UNCLAIMED"]
    await rig.write(attempt("s", process_uid="me", state=None))
    assert (await rig.stage("s")).attempts[0].process_uid == "me"


async def test_a_stage_that_waits_for_its_children(rig: Rig) -> None:
    """The reason counts the open ones."""
    await rig.register()
    await rig.write(stage("parent"))
    await rig.write(stage("one", parent_stage_id="parent"), stage("two", parent_stage_id="parent"))
    rig.runners.take().answer_with(Answer(stage_state=StageState.AWAITING_GROUP))
    await rig.settle()
    assert await why(rig, on_stage("parent")) == [("CHILDREN_OPEN", "stage 'parent' waits for 2 of its children")]


async def test_final_nodes_have_no_reason(rig: Rig) -> None:
    """Without nodes everything that is not FINAL is explained, and nothing else."""
    await rig.write(ended("a"), check("b"), stage("s", on_check("b")))
    explanation = await rig.server.explain(rig.plan)
    assert [reason.node for reason in explanation.reasons] == [on_check("b"), on_stage("s")]


async def test_unknown_nodes_are_not_found(rig: Rig) -> None:
    """A node that is not in the plan cannot be explained."""
    with pytest.raises(NotFound, match="check 'nobody' is not in work plan"):
        await rig.server.explain(rig.plan, [on_check("nobody")])
    with pytest.raises(NotFound, match="stage 'nobody' is not in work plan"):
        await rig.server.explain(rig.plan, [on_stage("nobody")])


# Stalled.


async def is_stalled(rig: Rig) -> bool:
    return (await rig.server.explain(rig.plan)).stalled


async def test_a_plan_that_nothing_can_finish_is_stalled(rig: Rig) -> None:
    """Something is open, no attempt is under way, and nobody has written for two seconds."""
    await rig.write(check("a", on_check("missing")))
    await rig.advance(1.9)
    assert not await is_stalled(rig)
    await rig.advance(0.1)
    assert await is_stalled(rig)
    await rig.write(check("b"))
    assert not await is_stalled(rig)


async def test_a_plan_with_attempts_is_not_stalled(rig: Rig) -> None:
    """Whether they run, wait for a runner, or wait out a backoff."""
    await rig.write(stage("s"))
    await rig.advance(10)
    assert not await is_stalled(rig)
    await rig.register()
    await rig.advance(10)
    assert not await is_stalled(rig)
    rig.runners.take().lose()
    await rig.settle()
    assert not await is_stalled(rig)


async def test_complete_and_empty_plans_are_not_stalled(rig: Rig) -> None:
    """A plan without open nodes waits for nothing."""
    await rig.advance(10)
    assert not await is_stalled(rig)
    await rig.write(ended("a"))
    await rig.advance(10)
    assert not await is_stalled(rig)


async def test_what_outlives_its_plan_says_what_it_waits_for(rig: Rig) -> None:
    """In a cancelled plan edges to what was cancelled hold nothing back: spared nodes wait for spared ones."""
    await rig.register()
    await rig.write(check("lost"), check("told", on_check("lost")))
    await rig.write(stage("sweep", always=True, execution_mode=ASYNC))
    await rig.write(stage("tell", on_stage("sweep"), on_check("lost"), answers=["told"], always=True))
    await rig.server.cancel_work_plan(rig.plan)
    await rig.settle()
    found = {reason.node: reason for reason in (await rig.server.explain(rig.plan)).reasons}
    assert found[on_stage("tell")].text == "stage 'tell' depends on stage 'sweep', which is ATTEMPTING"
    assert found[on_check("told")].text == "check 'told' waits for the answer of stage 'tell'"
