"""Situations in which one guard is all that keeps a promise. Each returns whether the promise was kept.

The writer is one thread, and most rules read a row right before they change it. A rule that holds a row longer - across
a loop, or because somebody will write it so - is stopped by the state in the WHERE clause alone: `stale` situations
keep a row while another operation changes it, and then act on it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from orchestrator.service import completion, finalizing, plans, progression, sweeping
from orchestrator.service.unit_of_work import LARGEST_WHOLE, STEP, UnitOfWork
from orchestrator.storage.tables import attempts, checks, stages
from orchestrator.storage.tables.attempts import AttemptRow
from orchestrator.storage.tables.checks import CheckRow
from orchestrator.storage.tables.stages import StageRow
from tests.service.recording import final
from tests.service.recount import violations
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, at_least, check, ended, on_check, planning, stage
from turboci.errors import InternalError, StaleAttempt
from turboci.executions import Answer
from turboci.retry import RetryPolicy
from turboci.states import AttemptState, CheckState, ConcludedReason, Outcome, StageState
from turboci.writes import CheckWrite

T = TypeVar("T")


async def apply(rig: Rig, rule: Callable[[UnitOfWork], T]) -> T:
    """Run a rule as the server runs its own."""
    answer = await rig.server._engine.apply(rule)
    await rig.settle()
    return answer


async def attempt_row(rig: Rig, execution_id: str) -> AttemptRow:
    row = await rig.read(lambda connection: attempts.by_execution(connection, execution_id))
    assert row is not None
    return row


async def stage_row(rig: Rig, stage_id: str) -> StageRow:
    return await apply(rig, lambda uow: stages.by_key(uow.session, _key(uow, "stages", stage_id)))


async def check_row(rig: Rig, check_id: str) -> CheckRow:
    def find(uow: UnitOfWork) -> CheckRow:
        found = checks.by_id(uow.session, plans.require_plan(uow.session, rig.plan).key, check_id)
        assert found is not None
        return found

    return await apply(rig, find)


def _key(uow: UnitOfWork, table: str, node_id: str) -> int:
    return int(next(uow.session.execute(f"SELECT key FROM {table} WHERE id = ?", (node_id,)))[0])


async def is_sound(rig: Rig) -> bool:
    """Return whether a recount comes to the stored numbers."""
    return await rig.read(violations) == []


async def an_ended_attempt_stays_ended(rig: Rig) -> bool:
    """Guard: the state in the WHERE clause of `attempts.end`. A cancelled attempt cannot become COMPLETE."""
    await rig.register()
    await rig.write(stage("s"))
    stale = await attempt_row(rig, rig.runners.take().execution.execution_id)
    row = await stage_row(rig, "s")
    await rig.server.cancel_work_plan(rig.plan)
    await rig.settle()
    with suppress(StaleAttempt):
        await apply(rig, lambda uow: completion.conclude(uow, row, stale, Answer(), [], None))
    return (await rig.stage("s")).attempts[0].state is AttemptState.INCOMPLETE


async def a_final_stage_stays_final(rig: Rig) -> bool:
    """Guard: the state in the WHERE clause of `stages.finish`. A cancelled stage cannot become SUCCEEDED."""
    await rig.write(stage("s"))
    stale = await stage_row(rig, "s")
    await rig.server.cancel_work_plan(rig.plan)
    await rig.settle()
    await apply(
        rig,
        lambda uow: progression.finish_stage(uow, stale, Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE),
    )
    return (await rig.stage("s")).outcome is Outcome.CANCELLED and await is_sound(rig)


async def a_stage_starts_once(rig: Rig) -> bool:
    """Guard: the state in the WHERE clause of `stages.start`. What becomes ready twice in a call has one attempt."""
    await rig.register()
    either = at_least(1, on_check("a").finished, on_check("b").finished)
    await rig.write(check("a"), check("b", on_check("a")), stage("s", dependencies=either))
    try:
        await rig.write(ended("a", failure="red"))  # and so b is SKIPPED
    except InternalError:  # the database refuses two attempts with one number, and with them the whole call
        return False
    return rig.runners.names == ["s:1"] and await is_sound(rig)


async def a_final_check_stays_final(rig: Rig) -> bool:
    """Guard: the state in the WHERE clause of `checks.finish`. A red check cannot be ended again."""
    await rig.write(check("c"))
    stale = await check_row(rig, "c")
    await rig.write(ended("c", failure="red"))
    await apply(rig, lambda uow: finalizing.end_check_for(uow, stale, Outcome.SKIPPED, "stale"))
    return (await rig.check("c")).outcome is Outcome.FAILED and await is_sound(rig)


async def a_check_moves_forward_only(rig: Rig) -> bool:
    """Guard: the state in the WHERE clause of `checks.move`. A FINAL check cannot become WAITING."""
    await rig.write(check("p"), check("c", on_check("p")))
    stale = await check_row(rig, "c")
    await rig.write(ended("c"))
    await apply(rig, lambda uow: progression.await_results(uow, stale))
    return (await rig.check("c")).state is CheckState.FINAL and await is_sound(rig)


async def a_claimed_attempt_keeps_its_alarm(rig: Rig) -> bool:
    """Guard: the state in the WHERE clause of `attempts.wake_at`. The sweeper cannot take the deadline of a claim."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC, retry=RetryPolicy(initial_backoff=1.0)))
    rig.runners.take().lose()
    await rig.settle()
    stale = (await rig.read(lambda connection: attempts.due(connection, 2**62, 9)))[0]
    await rig.advance(2.0)
    assert rig.runners.take().execution.attempt_idx == 2
    await apply(rig, lambda uow: sweeping._requeue(uow, stale))
    await rig.advance(60.0)  # the runner says neither yes nor no
    return len((await rig.stage("s")).attempts) == 3


async def an_ended_attempt_frees_its_slot(rig: Rig) -> bool:
    """Guard: the load is released in the unit of work that ends the attempt. A runner with one slot goes on."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("s1"), stage("s2"))
    rig.runners.take().answer()
    await rig.settle()
    return rig.runners.names == ["s1:1", "s2:1"]


async def gates_are_counted_before_checks_open(rig: Rig) -> bool:
    """Guard: gates are counted before checks are decided. A check that opens at once opens its own gate only."""
    await rig.register()
    await rig.write(check("review"), check("deploy", on_check("review")), planning("notes"))
    await rig.write(stage("s", answers=["deploy"]))
    await rig.write(CheckWrite(id="notes", state=CheckState.PLANNED), stage("s", answers=["deploy", "notes"]))
    return rig.runners.names == []


async def a_claim_that_is_undone_holds_nothing(rig: Rig) -> bool:
    """Guard: `UnitOfWork.hold` is undone with its transaction. A failed call leaves no slot taken."""
    await rig.register(max_concurrent=1)

    def hold_and_fail(uow: UnitOfWork) -> None:
        uow.hold(next(iter(uow.pool)).row.registration_id, AttemptState.RUNNING)
        raise InternalError("the operation", "fails at its end")

    with suppress(InternalError):
        await apply(rig, hold_and_fail)
    await rig.write(stage("s"))
    return rig.runners.names == ["s:1"]


async def time_that_is_up_is_up(rig: Rig) -> bool:
    """Guard: the deadline is looked at on completion. A late answer is refused even if the clock was not swept yet."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC, timeout=10.0, retry=NEVER_AGAIN))
    execution_id = await rig.accept_next()
    rig.clock.at_us += 11_000_000  # nobody is woken
    try:
        await rig.server.complete_execution(execution_id, Answer())
    except StaleAttempt:
        return True
    return False


async def another_answer_is_not_acknowledged(rig: Rig) -> bool:
    """Guard: repeated completions are compared by content. A red one after a green one is not taken for the same."""
    await rig.register()
    await rig.write(check("c"), stage("s", answers=["c"], execution_mode=ASYNC))
    execution_id = await rig.accept_next()
    await rig.server.complete_execution(execution_id, Answer(check_updates=(final("c"),)))
    await rig.server.complete_execution(execution_id, Answer(check_updates=(final("c"),)))
    try:
        await rig.server.complete_execution(execution_id, Answer(check_updates=(final("c", failure="red"),)))
    except StaleAttempt:
        return True
    return False


async def an_edge_counts_once(rig: Rig) -> bool:
    """Guard: `state = 0` in `edges.waiting`. A target that ends in the call that adds the edge is not counted twice."""
    return await _an_edge_counts_once(rig, others=0)


async def an_edge_of_many_counts_once(rig: Rig) -> bool:
    """Guard: `state = 0` in `edges.waiting_after`, by which edges are counted that are more than one step."""
    await rig.write(*(check(f"n{number}") for number in range(LARGEST_WHOLE)))
    return await _an_edge_counts_once(rig, others=2 * STEP)


async def _an_edge_counts_once(rig: Rig, others: int) -> bool:
    await rig.register()
    await rig.write(check("b"), check("c"), *(check(f"d{number}", on_check("a")) for number in range(others)))
    await rig.write(ended("a"), stage("s", dependencies=at_least(2, on_check("a"), on_check("b"), on_check("c"))))
    return rig.runners.names == [] and await is_sound(rig)


async def a_draining_server_claims_nothing(rig: Rig) -> bool:
    """Guard: `Services.accepting` is asked before a claim. A server that drains hands out no more work."""
    await rig.register()
    await rig.server.drain(0.0)
    await rig.write(stage("s"))
    return rig.runners.names == [] and (await rig.stage("s")).state is StageState.ATTEMPTING


async def a_plan_is_created_once(rig: Rig) -> bool:
    """Guard: the idempotency key is looked up. Whoever repeats a call that was answered gets the same plan."""
    first = await rig.server.create_work_plan(idempotency_key="nightly")
    try:
        again = await rig.server.create_work_plan(idempotency_key="nightly")
    except InternalError:  # the database refuses a second plan, and nobody hears of the first one
        return False
    return again.id == first.id


async def a_plan_is_cancelled_once(rig: Rig) -> bool:
    """Guard: `cancelled_us IS NULL` in `plans.cancel`. Whoever cancels again does not change why it was cancelled."""
    await rig.write(check("c"))
    await rig.server.cancel_work_plan(rig.plan, "the build is red")
    why = (await rig.server.get_work_plan(rig.plan)).cause
    await rig.server.cancel_work_plan(rig.plan, "to be sure")
    await rig.settle()
    assert why
    return (await rig.server.get_work_plan(rig.plan)).cause == why and await is_sound(rig)
