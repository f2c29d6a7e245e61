"""A new plan of what did not succeed."""

from __future__ import annotations

from typing import Any

import ci
from ci.cli.plans.again import again
from ci.cli.plans.retry import write_again
from tests.cli.plans import after, check, stage
from tests.cli.runs import Works, completed, ended, orchestrator, release
from turboci.nodes import CheckResult, Nodes
from turboci.states import CheckState, Outcome, StageState


async def test_only_what_did_not_succeed_runs_again() -> None:
    """What succeeded is FINAL from the beginning, with its results; the rest runs, in the order of its dependencies."""
    works = Works("build")
    async with orchestrator(works) as port:
        former = await ended(port, release())
        works.red.clear()
        works.seen.clear()
        plan = await write_again(port, former, again(await port.query_nodes(former.id)))
        outcomes = await completed(port, plan)
        nodes = await port.query_nodes(plan.id)
    assert works.seen == ["build", "deploy"]
    assert set(outcomes.values()) == {Outcome.SUCCEEDED}
    assert {found.id: found.data.get("made") for found in nodes.checks} == {
        name: name for name in ("fetch", "lint", "build", "deploy", "tidy")
    }
    assert plan.metadata == {"name": "release", "retry_of": former.id}
    assert plan.name == "release"


async def test_a_stage_that_is_waited_for_stands_in() -> None:
    """An edge to a stage that succeeded is satisfied in the new plan, too, without the stage being run again."""
    works = Works("tidy")
    async with orchestrator(works) as port:
        former = await ended(port, release())
        works.red.clear()
        works.seen.clear()
        told = again(await port.query_nodes(former.id))
        assert told.stood_in == ("fetch",)
        outcomes = await completed(port, await write_again(port, former, told))
    assert works.seen == ["tidy"]
    assert outcomes["tidy"] is Outcome.SUCCEEDED


async def test_a_second_failure_can_be_retried_again() -> None:
    """The plan of a retry is one like others: what was carried over is carried over once more."""
    works = Works("build")
    async with orchestrator(works) as port:
        first = await ended(port, release())
        second = await write_again(port, first, again(await port.query_nodes(first.id)))
        await completed(port, second)
        works.red.clear()
        works.seen.clear()
        second = await port.get_work_plan(second.id)
        third = await write_again(port, second, again(await port.query_nodes(second.id)))
        outcomes = await completed(port, third)
    assert works.seen == ["build", "deploy"]
    assert set(outcomes.values()) == {Outcome.SUCCEEDED}


def final(id: str, outcome: Outcome, *deps: str, **fields: Any) -> ci.Check:
    return check(id, *deps, state=CheckState.FINAL, outcome=outcome, **fields)


def done(id: str, outcome: Outcome, *deps: str, **fields: Any) -> ci.Stage:
    return stage(id, *deps, state=StageState.FINAL, outcome=outcome, **fields)


def test_a_red_check_makes_its_stage_run_again() -> None:
    """Also when the stage itself succeeded, as it does when only its update was red."""
    nodes = Nodes(
        checks=(final("a", Outcome.FAILED), final("b", Outcome.SUCCEEDED)),
        stages=(done("s", Outcome.SUCCEEDED, answers=["a", "b"]),),
    )
    told = again(nodes)
    assert [write.id for write in told.checks] == ["a"]
    assert [write.id for write in told.stages] == ["s"]
    assert {write.id for write in told.ended} == {"b"}


def test_children_are_left_to_their_parent() -> None:
    """A child of a stage that runs again is not written, nor is the check that only it answers."""
    nodes = Nodes(
        checks=(final("all", Outcome.FAILED), final("part", Outcome.FAILED), final("other", Outcome.SUCCEEDED)),
        stages=(
            done("parent", Outcome.FAILED, answers=["all"]),
            done("child", Outcome.FAILED, answers=["part"], parent_stage_id="parent"),
            done("grandchild", Outcome.SUCCEEDED, parent_stage_id="child"),
        ),
    )
    told = again(nodes)
    assert [write.id for write in told.stages] == ["parent"]
    assert [write.id for write in told.checks] == ["all"]
    assert {write.id for write in told.ended} == {"other"}


def test_edges_and_settings_are_kept() -> None:
    """Groups, arguments, policies and assignments are written as they were; red results of former attempts are not."""
    former = done(
        "s", Outcome.SKIPPED, "a", answers=["b"], runner_type="builder", args={"x": 1}, timeout=5.0, priority=3
    )
    results = (
        CheckResult(owner_type="stage_attempt", owner_id="a:1", data={"try": 1}, failure="red"),
        CheckResult(owner_type="stage_attempt", owner_id="a:2", data={"try": 2}),
    )
    told = again(
        Nodes(
            checks=(final("a", Outcome.SUCCEEDED, results=results), final("b", Outcome.SKIPPED, "a")), stages=(former,)
        )
    )
    [write] = told.stages
    assert (write.runner_type, write.args, write.timeout, write.priority) == ("builder", {"x": 1}, 5.0, 3)
    assert (write.dependencies, write.assignments) == (after("a"), former.assignments)
    assert told.checks[0].dependencies == after("a")
    assert [entry.result.data for entry in told.ended if entry.result] == [{"try": 2}]
    assert told.ended[-1].state is CheckState.FINAL


async def test_parents_add_their_children_again_and_outsiders_answer_again() -> None:
    """Of a plan that really ran: a child was red, and a person said no; the parent runs anew, the question is open."""
    red = {"kid-2"}
    runner = ci.Runner("builder")

    @runner.handler
    async def work(stage: ci.StageContext) -> dict[str, object]:
        if stage.stage_id == "parent":
            for number in range(3):
                await stage.add_stage(f"kid-{number}").runner("builder")
        if stage.stage_id in red:
            raise ci.StageFailed("it is red")
        return {}

    async with ci.local(runners=[runner]) as port:
        former = await port.create_work_plan({"name": "family"})
        no = ci.CheckResultWrite(data={}, failure="no", finalize=True)
        parent = ci.StageWrite(id="parent", runner_type="builder")
        await port.write_nodes(former.id, checks=[ci.CheckWrite(id="approval", external=True)], stages=[parent])
        await port.write_nodes(former.id, checks=[ci.CheckWrite(id="approval", result=no, state=CheckState.FINAL)])
        await completed(port, former)
        red.clear()
        plan = await write_again(port, former, again(await port.query_nodes(former.id)))
        yes = ci.CheckResultWrite(data={}, finalize=True)
        await port.write_nodes(plan.id, checks=[ci.CheckWrite(id="approval", result=yes, state=CheckState.FINAL)])
        outcomes = await completed(port, plan)
        stages = {stage.id: stage.outcome for stage in (await port.query_nodes(plan.id)).stages}
    assert outcomes == {"approval": Outcome.SUCCEEDED}
    assert stages == dict.fromkeys(["parent", "kid-0", "kid-1", "kid-2"], Outcome.SUCCEEDED)
