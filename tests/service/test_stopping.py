"""What was withdrawn counts as being stopped until its runner says that nothing of it runs any more."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.service.rig import Rig
from tests.service.streaming import StreamedRunner, green
from tests.service.writing import ASYNC, SYNC, check, stage
from turboci.dependencies import NodeKind, NodeRef
from turboci.states import ExecutionMode


@pytest.fixture
async def streamed(rig: Rig) -> AsyncIterator[StreamedRunner]:
    runner = StreamedRunner(rig)
    await runner.connect()
    yield runner
    await runner.close()


async def stopping(rig: Rig, *stages: str) -> list[str]:
    """Return what is still being stopped, as ``stage:attempt@runner``."""
    refs = [NodeRef(NodeKind.STAGE, each) for each in stages]
    explanation = await rig.server.explain(rig.plan, refs)
    return [f"{each.stage_id}:{each.attempt}@{each.runner_id}" for each in explanation.stopping]


async def cancelled(rig: Rig, streamed: StreamedRunner) -> str:
    """Cancel the plan while a stage of it runs; return the execution."""
    await rig.write(stage("s"))
    await streamed.accept()
    await rig.server.cancel_work_plan(rig.plan)
    await rig.settle()
    assert streamed.cancelled == [streamed.newest]
    return streamed.newest


async def test_it_lasts_until_the_runner_gives_the_execution_back(rig: Rig, streamed: StreamedRunner) -> None:
    """The stage is FINAL at once; that its work has stopped is known when the runner says so."""
    await cancelled(rig, streamed)
    assert await stopping(rig) == ["s:1@r1"]
    await streamed.refuse(begun=True)
    assert await stopping(rig) == []


async def test_its_sentence_names_runner_attempt_and_stage(rig: Rig, streamed: StreamedRunner) -> None:
    """People read who still works on what."""
    await cancelled(rig, streamed)
    (attempt,) = (await rig.server.explain(rig.plan)).stopping
    assert str(attempt).startswith("runner 'r1' is still stopping attempt 1 of stage 's': it was asked to at ")


async def test_only_stages_that_are_asked_for_are_named(rig: Rig, streamed: StreamedRunner) -> None:
    """Whoever asks for nodes is told of these."""
    await rig.write(stage("other"), check("a"))
    await rig.server.cancel_stage(rig.plan, "other")
    await rig.settle()
    assert await stopping(rig, "other") == ["other:1@r1"]
    assert (await rig.server.explain(rig.plan, [NodeRef(NodeKind.CHECK, "a")])).stopping == ()


async def test_a_timeout_is_stopped_as_well(rig: Rig, streamed: StreamedRunner) -> None:
    """The next attempt may begin while the runner still ends the one before."""
    await rig.write(stage("s", timeout=40.0))
    await streamed.accept()
    await rig.advance(41)
    assert await stopping(rig) == ["s:1@r1"]


async def test_what_was_answered_in_time_is_not_stopped(rig: Rig, streamed: StreamedRunner) -> None:
    """Only what ended without its runner is."""
    await rig.write(check("a"), stage("s", answers=["a"]))
    await streamed.report(green("a"))
    await rig.server.cancel_work_plan(rig.plan)
    await rig.settle()
    assert await stopping(rig) == []


async def test_what_the_runner_gave_up_by_itself_has_stopped(rig: Rig, streamed: StreamedRunner) -> None:
    """It is told all the same that the attempt has ended; nothing is waited for."""
    await rig.write(stage("s"))
    await streamed.accept()
    await streamed.refuse(begun=True)
    assert await stopping(rig) == []


async def test_a_new_stream_says_what_is_still_being_stopped(rig: Rig, streamed: StreamedRunner) -> None:
    """An execution that the process still holds is asked for again; one that it does not has stopped."""
    execution = await cancelled(rig, streamed)
    await streamed.break_off()
    assert await stopping(rig) == ["s:1@r1"]
    await streamed.connect(execution)
    assert (streamed.cancelled, await stopping(rig)) == ([execution, execution], ["s:1@r1"])
    await streamed.break_off()
    await streamed.connect()
    assert await stopping(rig) == []


async def test_a_restarted_orchestrator_learns_it_from_the_stream(rig: Rig, streamed: StreamedRunner) -> None:
    """It is not stored: whoever holds it says it again."""
    execution = await cancelled(rig, streamed)
    await streamed.close()
    await rig.restart()
    assert await stopping(rig) == []
    await streamed.connect(execution)
    assert await stopping(rig) == ["s:1@r1"]


async def test_a_runner_that_has_left_stops_nothing(rig: Rig, streamed: StreamedRunner) -> None:
    """It has closed its stream in order: it works on nothing."""
    await cancelled(rig, streamed)
    await streamed.leave()
    assert await stopping(rig) == []


async def test_a_runner_that_is_gone_stops_nothing(rig: Rig, streamed: StreamedRunner) -> None:
    """When its registration has expired nobody can say any more what runs."""
    await cancelled(rig, streamed)
    await streamed.break_off()
    await rig.advance(1_000)
    assert await stopping(rig) == []


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_a_runner_that_is_called_answers_when_it_has_stopped(rig: Rig, mode: ExecutionMode) -> None:
    """The call of Cancel lasts as long as the work; a cancelled call of Run says nothing of it."""
    await rig.register()
    await rig.write(stage("s", execution_mode=mode))
    if mode is ASYNC:
        await rig.accept_next()
    has_stopped = rig.runners.takes_long_to_stop()
    await rig.server.cancel_work_plan(rig.plan)
    await rig.settle()
    assert await stopping(rig) == ["s:1@r1"]
    has_stopped.set()
    await rig.settle()
    assert await stopping(rig) == []
