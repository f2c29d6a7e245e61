"""Results belong to owners; what a runner says is signed by the server."""

from __future__ import annotations

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import RETRY_RED, check, planning, runner, stage
from turboci.errors import InvalidArgument, InvalidState, StaleAttempt
from turboci.executions import CheckUpdate
from turboci.states import CheckState, Outcome
from turboci.writes import CheckResultWrite, CheckWrite


def result(check_id: str, owner_id: str = "", failure: str | None = None, **data: int) -> CheckWrite:
    return CheckWrite(id=check_id, result=CheckResultWrite(owner_id=owner_id, data=data, failure=failure))


async def test_there_is_one_result_an_owner(rig: Rig) -> None:
    """Another result of the same owner replaces the first; those of others stay, newest last."""
    await rig.write(check("build"), result("build", "a", n=1), result("build", "b", n=2), result("build", "a", n=3))
    results = (await rig.check("build")).results
    assert [(each.owner_id, each.data["n"]) for each in results] == [("a", 3), ("b", 2)]
    assert results[0].id < results[1].id


async def test_the_server_signs_the_results_of_an_attempt(rig: Rig) -> None:
    """A result from an execution is owned by `stage_attempt`, `<stage>:<attempt>`, whatever it says itself."""
    await rig.write(check("build"), stage("s", answers=["build"]))
    await rig.register()
    execution = rig.runners.take().execution
    forged = CheckResultWrite(owner_type="somebody", owner_id="else", data={"n": 1})
    await rig.write(CheckWrite(id="build", result=forged), execution_id=execution.execution_id)
    (kept,) = (await rig.check("build")).results
    assert (kept.owner_type, kept.owner_id) == ("stage_attempt", "s:1")


async def test_an_answer_replaces_what_the_attempt_wrote_before(rig: Rig) -> None:
    """Writes and the answer of one attempt are results of the same owner."""
    await rig.write(check("build"), stage("s", answers=["build"]))
    await rig.register()
    call = rig.runners.take()
    await rig.write(result("build", n=1), execution_id=call.execution.execution_id)
    call.answer(final("build", n=2))
    await rig.settle()
    assert [each.data for each in (await rig.check("build")).results] == [{"n": 2}]


async def test_an_assigned_stage_may_answer_a_planning_check(rig: Rig) -> None:
    """In PLANNING a check takes results of the stages that are assigned to it, and of no other."""
    await rig.write(planning("build"), check("other"), stage("s", answers=["build"]), stage("t", answers=["other"]))
    await rig.register()
    calls = {call.execution.stage_id: call.execution.execution_id for call in rig.runners.take_all()}
    await rig.write(result("build", n=1), execution_id=calls["s"])
    with pytest.raises(InvalidState, match="takes no result in state PLANNING"):
        await rig.write(result("build", n=2), execution_id=calls["t"])


async def test_an_open_result_is_finalized_with_its_check(rig: Rig) -> None:
    """A result has a time of finalization once it, or its check, is final."""
    await rig.write(check("build"), result("build", "a", n=1))
    assert (await rig.check("build")).results[0].finalized_at is None
    await rig.write(CheckWrite(id="build", state=CheckState.FINAL))
    assert (await rig.check("build")).results[0].finalized_at is not None


async def test_a_writer_whose_attempt_has_ended_is_refused(rig: Rig) -> None:
    """Writes that name a dead attempt are refused, and nothing of them is kept."""
    await rig.write(check("build"), stage("s"))
    await rig.register()
    call = rig.runners.take()
    call.answer()
    await rig.settle()
    with pytest.raises(StaleAttempt, match=r"attempt 1 of stage 's' is COMPLETE"):
        await rig.write(check("more"), execution_id=call.execution.execution_id)
    assert len((await rig.server.query_nodes(rig.plan)).checks) == 1


async def test_a_writer_speaks_for_its_own_plan(rig: Rig) -> None:
    """An execution id of another plan is refused."""
    await rig.write(stage("s"))
    await rig.register()
    execution = rig.runners.take().execution
    other = await rig.server.create_work_plan()
    with pytest.raises(InvalidArgument, match="belongs to another plan"):
        await rig.write(check("build"), execution_id=execution.execution_id, plan=other.id)


async def test_a_lost_attempt_does_not_make_a_check_red(rig: Rig) -> None:
    """What an attempt wrote counts no more once another attempt has followed it."""
    await rig.write(check("build"), stage("s", answers=["build"]))
    await rig.register()
    call = rig.runners.take()
    await rig.write(result("build", failure="halfway red"), execution_id=call.execution.execution_id)
    call.lose()
    await rig.advance(2)
    rig.runners.take().answer(final("build", n=1))
    await rig.settle()
    build = await rig.check("build")
    assert build.outcome is Outcome.SUCCEEDED
    assert [each.owner_id for each in build.results] == ["s:1", "s:2"]


async def test_a_lost_attempt_without_a_follower_counts(rig: Rig) -> None:
    """The red result that the last attempt wrote before it was lost makes the check FAILED."""
    await rig.write(check("build"), check("other"), stage("s", answers=["other"], retry=RETRY_RED))
    await rig.server.register_runner(runner())
    await rig.settle()
    call = rig.runners.take()
    await rig.write(result("build", failure="red"), execution_id=call.execution.execution_id)
    call.lose()
    await rig.settle()
    await rig.write(CheckWrite(id="build", state=CheckState.FINAL))
    assert (await rig.check("build")).outcome is Outcome.FAILED


async def test_updates_without_a_state_leave_the_check_open(rig: Rig) -> None:
    """An answer may add to a check that somebody else ends."""
    await rig.write(check("build"), stage("s"))
    await rig.register()
    rig.runners.take().answer(CheckUpdate(check_id="build", data={"n": 1}))
    await rig.settle()
    build = await rig.check("build")
    assert (build.state, build.data) == (CheckState.WAITING, {"n": 1})
