"""Which attempt goes to which runner, when, and with what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.service.recording import Call, final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, SYNC, check, on_stage, stage
from turboci.states import AttemptState, Outcome
from turboci.writes import StageWrite


async def work_through(rig: Rig) -> list[str]:
    """Answer every call until no more come; return the stages in the order in which they were handed out."""
    order: list[str] = []
    while calls := rig.runners.take_all():
        for call in calls:
            order.append(call.execution.stage_id)
            call.answer()
        await rig.settle()
    return order


async def test_an_execution_carries_all_that_a_runner_needs(rig: Rig) -> None:
    """Arguments, checks with options, deadline, attempt number and callback address are always filled."""
    await rig.register()
    await rig.write(check("a", kind="unit", options={"x": 1}))
    await rig.write(stage("s", answers=["a"], args={"command": ["make"]}, timeout=60.0))
    call = rig.runners.take()
    execution = call.execution
    assert call.address == "r1:1"
    assert (execution.work_plan_id, execution.stage_id, execution.attempt_idx) == (rig.plan, "s", 1)
    assert (execution.mode, execution.args) == (SYNC, {"command": ["make"]})
    assert [(each.check_id, each.kind, each.options) for each in execution.checks] == [("a", "unit", {"x": 1})]
    assert execution.deadline == datetime.fromtimestamp(rig.clock.at_us / 1_000_000, UTC) + timedelta(seconds=60)
    assert execution.callback_address == "server:1"


async def test_an_attempt_is_recorded_before_it_is_sent(rig: Rig) -> None:
    """When the runner is called, its execution id can be found, and says who has it."""
    await rig.register()
    await rig.write(stage("s"))
    execution_id = rig.runners.take().execution.execution_id
    rows = await rig.rows("SELECT state, process_uid FROM stage_attempts WHERE execution_id = ?", execution_id)
    assert rows == [(AttemptState.RUNNING, "r1")]


async def test_a_runner_that_registers_later_gets_the_work(rig: Rig) -> None:
    """Registration wakes the dispatcher."""
    await rig.write(stage("s"))
    assert rig.runners.calls == []
    await rig.register()
    assert rig.runners.names == ["s:1"]


async def test_a_runner_gets_no_more_than_it_takes(rig: Rig) -> None:
    """`max_concurrent` bounds the attempts at a runner; a freed slot is filled at once."""
    await rig.register(max_concurrent=2)
    await rig.write(*(stage(name) for name in "abc"))
    assert rig.runners.names == ["a:1", "b:1"]
    rig.runners.take().answer()
    await rig.settle()
    assert rig.runners.names == ["a:1", "b:1", "c:1"]


async def test_a_lost_attempt_frees_its_slot(rig: Rig) -> None:
    """The load of a runner is the number of its live attempts, however they end."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("a"), stage("b"), stage("c"))
    rig.runners.take().lose()
    await rig.settle()
    rig.runners.take().refuse()
    await rig.settle()
    (info,) = await rig.server.list_runners()
    await rig.advance(0.2)
    assert (info.current_load, rig.runners.names[2]) == (0, "c:1")


async def test_the_least_loaded_runner_is_next(rig: Rig) -> None:
    """Work spreads over the runners of a type."""
    await rig.register("r1")
    await rig.register("r2")
    await rig.write(*(stage(name) for name in "abcd"))
    assert sorted(call.address for call in rig.runners.calls) == ["r1:1", "r1:1", "r2:1", "r2:1"]


async def test_work_goes_to_runners_of_its_type(rig: Rig) -> None:
    """A stage waits for a runner of its own type, whoever else is idle."""
    await rig.register("t1", runner_type="tester")
    await rig.write(stage("s"))
    assert rig.runners.calls == []
    await rig.register("r1")
    assert [call.address for call in rig.runners.calls] == ["r1:1"]


async def test_work_goes_to_runners_that_support_its_mode(rig: Rig) -> None:
    """An ASYNC stage waits for a runner that takes ASYNC work."""
    await rig.register("r1", supported_modes=(SYNC,))
    await rig.write(stage("s", execution_mode=ASYNC))
    assert rig.runners.calls == []
    await rig.register("r2", supported_modes=(ASYNC,))
    assert [(call.address, call.execution.mode) for call in rig.runners.calls] == [("r2:1", ASYNC)]


async def test_a_runner_is_sync_unless_it_says_otherwise(rig: Rig) -> None:
    """A registration without modes takes SYNC work only."""
    await rig.register(supported_modes=())
    await rig.write(stage("a", execution_mode=ASYNC), stage("s"))
    assert rig.runners.names == ["s:1"]


async def test_priority_goes_before_age(rig: Rig) -> None:
    """Within a plan the highest priority goes first, then the oldest."""
    await rig.write(stage("old"), stage("low", priority=-1), stage("high", priority=5), stage("new"))
    await rig.register(max_concurrent=1)
    assert await work_through(rig) == ["high", "old", "new", "low"]


async def test_what_becomes_ready_together_goes_by_priority(rig: Rig) -> None:
    """Stages that one completion makes ready are handed out by priority, too."""
    await rig.register(max_concurrent=1)
    await rig.write(
        stage("first"), stage("low", on_stage("first"), priority=1), stage("high", on_stage("first"), priority=2)
    )
    assert await work_through(rig) == ["first", "high", "low"]


async def test_plans_take_turns(rig: Rig) -> None:
    """A plan with much queued work does not starve another one, whatever the priorities."""
    other = (await rig.server.create_work_plan()).id
    await rig.write(*(stage(f"a{number}", priority=9) for number in range(4)))
    await rig.write(stage("b0"), stage("b1"), plan=other)
    await rig.register(max_concurrent=1)
    order = await work_through(rig)
    assert [name[0] for name in order] == ["a", "b", "a", "b", "a", "a"]


async def test_new_work_does_not_overtake_the_queue(rig: Rig) -> None:
    """What becomes ready while others of its kind wait is put behind them."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("one"), stage("two"))
    call: Call = rig.runners.take()
    await rig.write(stage("three"))
    call.answer()
    await rig.settle()
    assert rig.runners.names == ["one:1", "two:1"]


async def test_a_chain_is_handed_on_without_the_clock(rig: Rig) -> None:
    """A completion claims what it makes ready: no work is found by looking around."""
    await rig.register()
    await rig.write(stage("a"), stage("b", on_stage("a")), stage("c", on_stage("b")))
    assert await work_through(rig) == ["a", "b", "c"]
    assert len({at for (at,) in await rig.rows("SELECT started_us FROM stage_attempts")}) == 1


async def test_a_refusing_runner_rests_while_others_work(rig: Rig) -> None:
    """A runner that refused is offered nothing for a moment, and is trusted again once it has answered."""
    await rig.register("r1")
    await rig.register("r2", max_concurrent=1)
    await rig.write(stage("a"))
    rig.runners.take().refuse()
    await rig.settle()
    await rig.write(stage("b"))
    assert [call.address for call in rig.runners.calls] == ["r1:1", "r2:1"]
    await rig.advance(0.2)
    assert [call.address for call in rig.runners.calls] == ["r1:1", "r2:1", "r1:1"]


async def test_a_changed_stage_is_queued_with_its_new_fields(rig: Rig) -> None:
    """What a stage says when it becomes ready decides where it goes."""
    await rig.write(stage("one"), stage("two", on_stage("one"), runner_type="tester"))
    await rig.write(StageWrite(id="two", runner_type="builder", args={"x": 1}))
    await rig.register(max_concurrent=1)
    assert await work_through(rig) == ["one", "two"]
    assert rig.runners.calls[1].execution.args == {"x": 1}


async def test_an_unforeseen_error_of_a_call_is_a_loss(rig: Rig) -> None:
    """Whatever goes wrong in the machinery, the attempt ends and the slot is free again."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("s"))
    rig.runners.take().fail(RuntimeError("a bug"))
    await rig.settle()
    lost = (await rig.stage("s")).attempts[0]
    assert (lost.state, lost.failure) == (AttemptState.INCOMPLETE, "the orchestrator failed: RuntimeError: a bug")
    assert (await rig.server.list_runners())[0].current_load == 0


async def test_an_answer_waits_for_room_on_the_disk(rig: Rig) -> None:
    """What a runner has answered is stored as soon as it can be, and is not mistaken for a loss or for red."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"]))
    ((pages,),) = await rig.rows("PRAGMA page_count")
    await rig.change(f"PRAGMA max_page_count = {pages}")
    rig.runners.take().answer(final("a", text="x" * 500_000))
    await rig.advance(5)
    assert (await rig.stage("s")).outcome is None
    await rig.change("PRAGMA max_page_count = 1000000")
    await rig.advance(1)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED
    assert rig.runners.names == ["s:1"]
