"""Cancelling a stage ends it, its children and its attempt, and nothing else."""

from __future__ import annotations

import pytest

from tests.service.recording import Cancelled
from tests.service.rig import Rig
from tests.service.writing import ASYNC, RETRY_RED, attempt, check, claimed, on_check, on_stage, stage
from turboci.errors import NotFound, StaleAttempt
from turboci.executions import Answer
from turboci.nodes import ProgressEntry, Stage
from turboci.states import AttemptState, CheckState, ConcludedReason, Outcome, StageState
from turboci.writes import CheckResultWrite

WAITS = Answer(stage_state=StageState.AWAITING_GROUP)


async def cancel(rig: Rig, stage_id: str, reason: str = "") -> Stage:
    cancelled = await rig.server.cancel_stage(rig.plan, stage_id, reason)
    await rig.settle()
    return cancelled


async def test_a_planned_stage_is_cancelled(rig: Rig) -> None:
    """The answer is the stage, FINAL / CANCELLED with the reason as its cause, and it never starts."""
    await rig.register()
    await rig.write(check("a"), stage("s", on_check("a")))
    cancelled = await cancel(rig, "s", "not needed")
    assert (cancelled.state, cancelled.outcome) == (StageState.FINAL, Outcome.CANCELLED)
    assert cancelled.concluded_reason is ConcludedReason.CANCELLED
    assert cancelled.cause == "the stage was cancelled: not needed"
    await rig.write(check("a", state=CheckState.FINAL))
    assert rig.runners.calls == []


async def test_a_running_sync_call_is_cancelled(rig: Rig) -> None:
    """The RPC to the runner is cancelled, its slot goes to the next one, and no other attempt follows."""
    await rig.register(max_concurrent=1)
    await rig.write(stage("s", retry=RETRY_RED), stage("t"))
    cancelled = await cancel(rig, "s")
    assert rig.runners.calls[0].withdrawn
    assert [each.state for each in cancelled.attempts] == [AttemptState.INCOMPLETE]
    await rig.advance(3600)
    assert rig.runners.names == ["s:1", "t:1"]


async def test_a_running_async_attempt_is_cancelled_at_its_runner(rig: Rig) -> None:
    """The runner is asked to stop it; completion, progress and writes under its id are refused."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC))
    execution_id = await rig.accept_next()
    await cancel(rig, "s", "enough")
    assert rig.runners.cancelled == [Cancelled("r1:1", execution_id, "the stage was cancelled: enough")]
    with pytest.raises(StaleAttempt, match="the stage was cancelled: enough"):
        await rig.server.complete_execution(execution_id, Answer())
    with pytest.raises(StaleAttempt):
        await rig.server.update_execution(execution_id, ProgressEntry(message="half"))
    with pytest.raises(StaleAttempt):
        await rig.write(check("late"), execution_id=execution_id)
    assert (await rig.stage("s")).outcome is Outcome.CANCELLED


async def test_a_runner_that_takes_an_attempt_late_is_told_again(rig: Rig) -> None:
    """Cancelled while it is offered, an ASYNC attempt is stopped once more when the runner has taken it."""
    await rig.register()
    await rig.write(stage("s", execution_mode=ASYNC))
    call = rig.runners.take()
    await cancel(rig, "s")
    assert len(rig.runners.cancelled) == 1
    call.accept()
    await rig.settle()
    assert [each.execution_id for each in rig.runners.cancelled] == [call.execution.execution_id] * 2


async def test_the_claimer_of_a_stage_learns_of_it(rig: Rig) -> None:
    """Who works on a stage without a runner type is refused with the cause."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me", state=AttemptState.RUNNING))
    await cancel(rig, "s", "enough")
    with pytest.raises(StaleAttempt, match="the stage was cancelled: enough"):
        await rig.write(attempt("s", process_uid="me", state=AttemptState.COMPLETE))


async def test_a_completion_that_came_first_wins(rig: Rig) -> None:
    """Cancelling a stage that has ended changes nothing, and says how it ended."""
    await rig.register()
    await rig.write(stage("s"))
    rig.runners.take().answer()
    await rig.settle()
    before = await rig.stage("s")
    assert await cancel(rig, "s") == before
    assert before.outcome is Outcome.SUCCEEDED


async def test_cancelling_twice_changes_nothing(rig: Rig) -> None:
    """The second call returns the stage with its first cause."""
    await rig.write(stage("s"))
    first = await cancel(rig, "s", "first")
    assert await cancel(rig, "s", "second") == first


async def test_checks_that_only_it_answers_end_cancelled(rig: Rig) -> None:
    """A check that another stage is to answer stays open, the others are CANCELLED and say why."""
    await rig.write(check("alone"), check("shared"))
    await rig.write(stage("s", answers=["alone", "shared"]), stage("t", answers=["shared"]))
    await cancel(rig, "s", "enough")
    alone = await rig.check("alone")
    assert (alone.outcome, alone.cause) == (
        Outcome.CANCELLED,
        "stage 's' is CANCELLED: the stage was cancelled: enough",
    )
    assert (await rig.check("shared")).state is CheckState.WAITING


async def test_a_red_result_of_its_attempt_is_not_lost(rig: Rig) -> None:
    """A check that was red already when its stage was cancelled is FAILED."""
    await rig.register()
    await rig.write(check("a"), stage("s", answers=["a"], execution_mode=ASYNC))
    execution_id = await rig.accept_next()
    await rig.write(check("a", result=CheckResultWrite(failure="broken")), execution_id=execution_id)
    await cancel(rig, "s")
    failed = await rig.check("a")
    assert (failed.outcome, failed.cause) == (Outcome.FAILED, "stage 's' (attempt 1): broken")


async def test_dependents_follow_their_conditions(rig: Rig) -> None:
    """What wanted success is SKIPPED, what wanted the end runs, and the rest of the plan goes on."""
    await rig.register()
    await rig.write(stage("s"), stage("after", on_stage("s")), stage("clean", on_stage("s").finished), stage("other"))
    await cancel(rig, "s")
    assert rig.runners.names == ["s:1", "other:1", "clean:1"]
    after = await rig.stage("after")
    assert (after.outcome, after.concluded_reason) == (Outcome.SKIPPED, ConcludedReason.DEPENDENCIES_UNSATISFIED)


async def test_its_children_are_cancelled_with_it(rig: Rig) -> None:
    """Children and grandchildren are CANCELLED, running ones included; those that had ended stay as they were."""
    await rig.register()
    await rig.write(stage("parent"))
    await rig.write(stage("done", parent_stage_id="parent"), stage("child", parent_stage_id="parent"))
    await rig.write(stage("grandchild", parent_stage_id="child"), stage("other"))
    parent, done, child, grandchild, other = rig.runners.take_all()
    done.answer()
    parent.answer_with(WAITS)
    await rig.settle()
    await cancel(rig, "parent", "enough")
    outcomes = [(await rig.stage(name)).outcome for name in ("parent", "done", "child", "grandchild")]
    assert outcomes == [Outcome.CANCELLED, Outcome.SUCCEEDED, Outcome.CANCELLED, Outcome.CANCELLED]
    assert (await rig.stage("grandchild")).cause == "its parent stage 'child' was cancelled"
    assert (child.withdrawn, grandchild.withdrawn, other.withdrawn) == (True, True, False)


async def test_a_cancelled_child_fails_its_parent(rig: Rig) -> None:
    """A group with a CANCELLED child is FAILED / GROUP_FAILED."""
    await rig.register()
    await rig.write(stage("parent"))
    await rig.write(stage("child", parent_stage_id="parent"))
    rig.runners.take().answer_with(WAITS)
    await rig.settle()
    await cancel(rig, "child")
    assert (await rig.stage("parent")).concluded_reason is ConcludedReason.GROUP_FAILED


async def test_a_stage_that_waits_to_be_tried_again_is_cancelled(rig: Rig) -> None:
    """The attempt that waits out its backoff is never sent."""
    await rig.register()
    await rig.write(stage("s"))
    rig.runners.take().lose()
    await rig.settle()
    cancelled = await cancel(rig, "s")
    assert [each.state for each in cancelled.attempts] == [AttemptState.INCOMPLETE, AttemptState.INCOMPLETE]
    await rig.advance(3600)
    assert rig.runners.names == ["s:1"]


async def test_it_stays_cancelled_after_a_crash(rig: Rig) -> None:
    """The next process does not take it up again."""
    await rig.register()
    await rig.write(stage("s"))
    await cancel(rig, "s")
    await rig.crash()
    assert (await rig.stage("s")).outcome is Outcome.CANCELLED
    assert rig.runners.take_all() == []


async def test_an_unknown_stage_is_not_found(rig: Rig) -> None:
    """There is nothing to cancel, in this plan or in another one."""
    with pytest.raises(NotFound, match="stage 'nobody' is not in work plan"):
        await rig.server.cancel_stage(rig.plan, "nobody")
    with pytest.raises(NotFound, match="work plan 'nowhere' does not exist"):
        await rig.server.cancel_stage("nowhere", "nobody")
