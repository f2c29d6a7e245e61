"""Stages without a runner type belong to whoever claims their attempt."""

from __future__ import annotations

import pytest

from tests.service.rig import Rig
from tests.service.writing import RETRY_RED, attempt, check, claimed, ended, on_check, on_stage, stage
from turboci.errors import InvalidState, StaleAttempt
from turboci.nodes import ProgressEntry
from turboci.states import AttemptState, ConcludedReason, Outcome, StageState

RUNNING, COMPLETE, INCOMPLETE = AttemptState.RUNNING, AttemptState.COMPLETE, AttemptState.INCOMPLETE


async def test_a_ready_stage_has_a_pending_attempt(rig: Rig) -> None:
    """When its dependencies are satisfied the stage is ATTEMPTING, and its attempt waits to be claimed."""
    await rig.write(check("go"), claimed("s", on_check("go")))
    with pytest.raises(InvalidState, match="has no attempt yet"):
        await rig.write(attempt("s", process_uid="me"))
    await rig.write(ended("go"))
    ready = await rig.stage("s")
    assert ready.state is StageState.ATTEMPTING
    assert [(each.idx, each.state) for each in ready.attempts] == [(1, AttemptState.PENDING)]


async def test_runners_are_not_given_claimed_stages(rig: Rig) -> None:
    """The dispatcher leaves them alone."""
    await rig.register()
    await rig.write(claimed("s"))
    assert rig.runners.names == []


async def test_claiming_again_with_the_same_name_succeeds(rig: Rig) -> None:
    """A claim is idempotent for its holder."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me"))
    await rig.write(attempt("s", process_uid="me"))
    assert (await rig.stage("s")).attempts[0].process_uid == "me"


async def test_claiming_what_another_holds_is_refused(rig: Rig) -> None:
    """The error names the holder."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me"))
    with pytest.raises(InvalidState, match="is claimed by 'me', not by 'you'"):
        await rig.write(attempt("s", process_uid="you", state=RUNNING))


async def test_claim_and_running_in_one_write(rig: Rig) -> None:
    """RUNNING and `process_uid` work in one write."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me", state=RUNNING))
    assert (await rig.stage("s")).attempts[0].state is RUNNING


async def test_running_is_an_event(rig: Rig) -> None:
    """Whoever watches hears once that somebody works on a claimed stage, as with those of the runners."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me"))
    await rig.write(attempt("s", process_uid="me", state=RUNNING))
    await rig.write(attempt("s", process_uid="me", progress=ProgressEntry(message="half", percent=50)))
    await rig.write(attempt("s", process_uid="me", state=COMPLETE))
    events = await rig.rows(
        "SELECT new_state, attempt, attempt_state FROM events WHERE node_id = 's' ORDER BY sequence"
    )
    assert events == [(20, 1, 10), (20, 1, 30), (40, None, None)]


async def test_running_needs_a_claim(rig: Rig) -> None:
    """An attempt that nobody claims does not run."""
    await rig.write(claimed("s"))
    with pytest.raises(InvalidState, match="cannot go to RUNNING unclaimed"):
        await rig.write(attempt("s", state=RUNNING))


async def test_complete_ends_the_stage(rig: Rig) -> None:
    """COMPLETE is the completion of the attempt, on the same path as a runner's answer."""
    await rig.register()
    await rig.write(check("a"), claimed("s", answers=["a"]), stage("next", on_stage("s")))
    await rig.write(attempt("s", process_uid="me", state=COMPLETE))
    done = await rig.stage("s")
    assert (done.outcome, done.concluded_reason) == (Outcome.SUCCEEDED, ConcludedReason.ATTEMPT_COMPLETE)
    assert (await rig.check("a")).outcome is Outcome.SUCCEEDED
    assert rig.runners.names == ["next:1"]


async def test_incomplete_is_red(rig: Rig) -> None:
    """INCOMPLETE ends the stage FAILED, and the checks that it was to answer."""
    await rig.write(check("a"), claimed("s", answers=["a"]))
    await rig.write(attempt("s", process_uid="me", state=INCOMPLETE, failure="no disk"))
    failed = await rig.stage("s")
    assert (failed.outcome, failed.concluded_reason, failed.cause) == (
        Outcome.FAILED,
        ConcludedReason.WORK_FAILED,
        "no disk",
    )
    assert (await rig.check("a")).cause == "stage 's' is FAILED: no disk"


async def test_the_end_may_be_said_again(rig: Rig) -> None:
    """The same end again is a no-op; another one is refused."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me", state=COMPLETE))
    before = await rig.stage("s")
    await rig.write(attempt("s", process_uid="me", state=COMPLETE))
    assert await rig.stage("s") == before
    with pytest.raises(StaleAttempt, match="attempt 1 of stage 's' is COMPLETE"):
        await rig.write(attempt("s", process_uid="me", state=INCOMPLETE, failure="no"))


async def test_an_attempt_does_not_go_back(rig: Rig) -> None:
    """RUNNING is followed by an end."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me", state=RUNNING))
    with pytest.raises(InvalidState, match="attempt 1 of stage 's' cannot go from RUNNING to SCHEDULED"):
        await rig.write(attempt("s", process_uid="me", state=AttemptState.SCHEDULED))


async def test_details_and_progress_are_kept(rig: Rig) -> None:
    """Details are merged key by key, progress is appended, and both raise the version."""
    await rig.write(claimed("s"))
    first = await rig.write(attempt("s", process_uid="me", details={"a": 1}, progress=ProgressEntry(message="one")))
    second = await rig.write(attempt("s", details={"b": 2}, progress=ProgressEntry(message="two", percent=50)))
    kept = second.stages[0].attempts[0]
    assert kept.details == {"a": 1, "b": 2}
    assert [(entry.message, entry.percent) for entry in kept.progress] == [("one", None), ("two", 50)]
    assert second.stages[0].version > first.stages[0].version


async def test_stages_of_runners_take_no_attempt_writes(rig: Rig) -> None:
    """With a runner type the stage belongs to the dispatcher."""
    await rig.write(stage("s"))
    with pytest.raises(InvalidState, match="is run by runners of type 'builder'"):
        await rig.write(attempt("s", process_uid="me"))


async def test_a_claimed_stage_is_retried_as_its_policy_says(rig: Rig) -> None:
    """After a red end that the policy retries, the next attempt waits to be claimed."""
    await rig.write(claimed("s", retry=RETRY_RED))
    await rig.write(attempt("s", process_uid="me", state=INCOMPLETE, failure="flaky"))
    await rig.advance(2)
    await rig.write(attempt("s", process_uid="you", state=COMPLETE))
    done = await rig.stage("s")
    assert [(each.state, each.process_uid) for each in done.attempts] == [(INCOMPLETE, "me"), (COMPLETE, "you")]
    assert done.outcome is Outcome.SUCCEEDED


async def test_claiming_ends_the_backoff(rig: Rig) -> None:
    """An attempt that is claimed before its backoff is over stays with its claimer."""
    await rig.write(claimed("s", retry=RETRY_RED))
    await rig.write(attempt("s", process_uid="me", state=INCOMPLETE, failure="flaky"))
    await rig.write(attempt("s", process_uid="you", state=RUNNING))
    await rig.advance(3600)
    assert (await rig.stage("s")).attempts[-1].state is RUNNING


async def test_a_claim_survives_a_restart(rig: Rig) -> None:
    """The claiming process does not notice that the server was restarted."""
    await rig.write(claimed("s"))
    await rig.write(attempt("s", process_uid="me", state=RUNNING))
    await rig.crash()
    await rig.restart()
    await rig.write(attempt("s", process_uid="me", state=COMPLETE))
    assert len((await rig.stage("s")).attempts) == 1
