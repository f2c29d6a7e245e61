"""Completions that come late, twice, in another order, or under another roof."""

from __future__ import annotations

import pytest

from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, check, on_check, stage
from turboci.errors import StaleAttempt
from turboci.executions import Answer, CheckUpdate
from turboci.nodes import ProgressEntry
from turboci.payloads import JSON
from turboci.states import CheckState, Outcome, StageState


def saying(data: dict[str, JSON], **fields: object) -> Answer:
    return Answer(check_updates=(CheckUpdate(check_id="a", state=CheckState.FINAL, data=data),), **fields)  # type: ignore[arg-type]


async def accepted(rig: Rig) -> str:
    await rig.register(ttl=3_600)
    await rig.write(check("a"), check("b"), stage("s", answers=["a", "b"], execution_mode=ASYNC, retry=NEVER_AGAIN))
    return await rig.accept_next()


FIRST = saying({"x": {"m": [1, 2], "n": None}, "y": True}, details={"p": 1, "q": {"r": "s"}})


async def test_maps_are_unordered_at_every_depth(rig: Rig) -> None:
    """The same completion with its keys in another order is acknowledged, and changes nothing."""
    execution_id = await accepted(rig)
    await rig.server.complete_execution(execution_id, FIRST)
    await rig.settle()
    before = await rig.server.query_nodes(rig.plan)
    again = saying({"y": True, "x": {"n": None, "m": [1, 2]}}, details={"q": {"r": "s"}, "p": 1})
    await rig.server.complete_execution(execution_id, again)
    await rig.settle()
    assert await rig.server.query_nodes(rig.plan) == before


@pytest.mark.parametrize(
    "other",
    [
        saying({"x": {"m": [2, 1], "n": None}, "y": True}, details=FIRST.details),
        saying({"x": {"m": [1, 2]}, "y": True}, details=FIRST.details),
        saying({"x": {"m": [1, 2], "n": None}, "y": True}),
        saying(dict(FIRST.check_updates[0].data), details=FIRST.details, failure=""),
        saying(dict(FIRST.check_updates[0].data), details=FIRST.details, stage_state=StageState.AWAITING_GROUP),
        Answer(check_updates=FIRST.check_updates * 2, details=FIRST.details),
        Answer(details=FIRST.details),
    ],
    ids=["list turned", "key less", "no details", "red", "other state", "update twice", "no update"],
)
async def test_any_other_completion_is_refused(rig: Rig, other: Answer) -> None:
    """Whatever differs in content is another completion, and came too late."""
    execution_id = await accepted(rig)
    await rig.server.complete_execution(execution_id, FIRST)
    with pytest.raises(StaleAttempt, match="attempt 1 of stage 's' is COMPLETE"):
        await rig.server.complete_execution(execution_id, other)


async def test_a_group_that_is_awaited_is_completed_once(rig: Rig) -> None:
    """The answer that left the stage waiting for its children is acknowledged again, before and after they end."""
    await rig.register(ttl=3_600)
    await rig.write(stage("parent", execution_mode=ASYNC))
    execution_id = await rig.accept_next()
    await rig.write(stage("child", parent_stage_id="parent"))
    for _ in range(2):
        await rig.server.complete_execution(execution_id, Answer(stage_state=StageState.AWAITING_GROUP))
    assert (await rig.stage("parent")).state is StageState.AWAITING_GROUP
    rig.runners.take().answer()
    await rig.settle()
    await rig.server.complete_execution(execution_id, Answer(stage_state=StageState.AWAITING_GROUP))
    assert (await rig.stage("parent")).outcome is Outcome.SUCCEEDED


async def test_progress_after_the_completion_is_refused(rig: Rig) -> None:
    """Messages that overtook each other do not bring an attempt back to life."""
    execution_id = await accepted(rig)
    await rig.server.complete_execution(execution_id, FIRST)
    with pytest.raises(StaleAttempt):
        await rig.server.update_execution(execution_id, ProgressEntry(message="late"))
    assert (await rig.stage("s")).attempts[0].progress == ()


async def test_a_completion_is_acknowledged_again_after_a_crash(rig: Rig) -> None:
    """A runner that never got the answer to its completion sends it to the next process."""
    execution_id = await accepted(rig)
    await rig.server.complete_execution(execution_id, FIRST)
    await rig.settle()
    await rig.crash()
    await rig.server.complete_execution(execution_id, FIRST)
    assert (await rig.stage("s")).outcome is Outcome.SUCCEEDED


async def test_a_sync_attempt_may_be_completed_by_a_call(rig: Rig) -> None:
    """The first word counts, and may be said again; what the call to the runner then returns is dropped."""
    await rig.register(ttl=3_600)
    await rig.write(check("a"), stage("s", answers=["a"]))
    call = rig.runners.take()
    for _ in range(2):
        await rig.server.complete_execution(call.execution.execution_id, Answer(check_updates=(final("a", n=1),)))
    call.answer(final("a", n=2))
    await rig.settle()
    assert (await rig.check("a")).data == {"n": 1}
    assert (await rig.server.list_runners())[0].current_load == 0
    with pytest.raises(StaleAttempt):
        await rig.server.complete_execution(call.execution.execution_id, Answer(check_updates=(final("a", n=2),)))


async def test_completion_unblocking_and_claim_are_one_transaction(rig: Rig) -> None:
    """Whoever sees that a stage has ended sees its dependents started."""
    await rig.register(ttl=3_600)
    await rig.write(check("a"), stage("s", answers=["a"]), stage("next", on_check("a")))
    written = []
    write = rig.database.write

    async def counting(operation: object) -> object:
        written.append(operation)
        return await write(operation)  # type: ignore[arg-type]

    rig.database.write = counting  # type: ignore[method-assign,assignment]
    rig.runners.take().answer(final("a"))
    await rig.settle()
    assert len(written) == 1
    assert rig.runners.names == ["s:1", "next:1"]
    assert (await rig.stage("next")).attempts[0].state.name == "RUNNING"


async def test_checks_of_a_call_come_before_its_stages(rig: Rig) -> None:
    """A stage is held back by a check of the same call, whatever stands first in it."""
    await rig.register(ttl=3_600)
    await rig.write(stage("s", answers=["b"]), check("b", on_check("a")), check("a"))
    assert rig.runners.names == []


async def test_ids_that_do_not_exist_are_absent(rig: Rig) -> None:
    """A query for them is no error, and returns the others."""
    await rig.write(check("a"), stage("s"))
    found = await rig.server.query_nodes(rig.plan, check_ids=["nobody", "a"], stage_ids=["nobody"])
    assert ([each.id for each in found.checks], found.stages) == (["a"], ())
