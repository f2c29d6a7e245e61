"""Runners that live in the process of the orchestrator: the same rules, no socket."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.config import Config
from orchestrator.embedded import EmbeddedOrchestrator, embedded
from tests.service.rig import Rig
from tests.service.writing import ASYNC, NEVER_AGAIN, SYNC, check, stage
from turboci.errors import AttemptStopped, RunnerUnavailable
from turboci.events import PlanCompleted
from turboci.executions import Acceptance, Answer, CheckUpdate, Execution
from turboci.states import AttemptState, CheckState, ConcludedReason, ExecutionMode, Outcome


class Resident:
    """A runner of this process; SYNC attempts end when the test says so.

    Attributes:
        answers: By stage, what its attempts answer; whoever is not there waits.
        stopped: Executions that were cancelled.
    """

    runner_id = "resident"
    runner_type = "builder"
    supported_modes: tuple[ExecutionMode, ...] = (SYNC, ASYNC)
    max_concurrent = 0

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.answers: dict[str, Answer | Exception] = {}
        self.stopped: list[str] = []
        self._taken: set[str] = set()

    async def run(self, execution: Execution, port: object) -> Answer:
        self.begun.append(f"{execution.stage_id}:{execution.attempt_idx}")
        answer = self.answers.get(execution.stage_id)
        if answer is None:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.stopped.append(execution.stage_id)
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None
        return answer

    async def run_async(self, execution: Execution, port: object) -> Acceptance:
        self.begun.append(f"{execution.stage_id}:{execution.attempt_idx}")
        self._taken.add(execution.execution_id)
        return Acceptance(accepted=True)

    async def cancel(self, execution_id: str, reason: str) -> None:
        if execution_id in self._taken:
            self.stopped.append(reason)

    async def drain(self, grace: float) -> None:
        return None


@pytest.fixture
async def resident(rig: Rig) -> Resident:
    runner = Resident()
    await rig.server.host(runner, None)
    return runner


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_an_attempt_runs_once_its_runner_has_begun(rig: Rig, resident: Resident, mode: ExecutionMode) -> None:
    """Until then it is SCHEDULED: so the acceptance is in the database."""
    await rig.write(stage("s", execution_mode=mode))
    await rig.settle_acceptances()
    assert resident.begun == ["s:1"]
    assert [attempt.state for attempt in (await rig.stage("s")).attempts] == [AttemptState.RUNNING]


async def test_answers_are_kept(rig: Rig, resident: Resident) -> None:
    """What `run` returns ends the attempt."""
    resident.answers["s"] = Answer(check_updates=(CheckUpdate(check_id="a", state=CheckState.FINAL),))
    await rig.write(check("a"), stage("s", answers=["a"]))
    assert (await rig.check("a")).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("raised", "outcome", "cause"),
    [
        (AttemptStopped("stopped"), ConcludedReason.RETRIES_EXHAUSTED, "the runner has given the attempt up: stopped"),
        (ValueError("bad"), ConcludedReason.WORK_FAILED, "the runner raised ValueError: bad"),
    ],
)
async def test_what_is_raised_ends_the_attempt(
    rig: Rig, resident: Resident, raised: Exception, outcome: ConcludedReason, cause: str
) -> None:
    """Being stopped is a loss; anything else is red."""
    resident.answers["s"] = raised
    await rig.write(stage("s", retry=NEVER_AGAIN))
    ended = await rig.stage("s")
    assert ended.concluded_reason is outcome
    assert ended.cause is not None
    assert cause in ended.cause


async def test_a_refusal_is_not_charged(rig: Rig, resident: Resident) -> None:
    """A runner that is full is offered the stage again."""
    resident.answers["s"] = RunnerUnavailable("runner 'resident'", "is full")
    await rig.write(stage("s", retry=NEVER_AGAIN))
    resident.answers["s"] = Answer()
    await rig.advance(1)
    assert (resident.begun, (await rig.stage("s")).outcome) == (["s:1", "s:2"], Outcome.SUCCEEDED)


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_the_clock_of_the_orchestrator_decides(rig: Rig, resident: Resident, mode: ExecutionMode) -> None:
    """The deadline is a timer of the orchestrator, and the runner is stopped by it."""
    await rig.write(stage("s", execution_mode=mode, timeout=3_600.0, retry=NEVER_AGAIN))
    await rig.advance(3_600)
    assert (await rig.stage("s")).concluded_reason is ConcludedReason.TIMED_OUT
    assert len(resident.stopped) == 1


@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_cancelling_stops_the_runner(rig: Rig, resident: Resident, mode: ExecutionMode) -> None:
    """The attempt ends at once."""
    await rig.write(stage("s", execution_mode=mode))
    await rig.server.cancel_stage(rig.plan, "s")
    await rig.settle()
    assert len(resident.stopped) == 1


@pytest.mark.parametrize("how", ["stop", "crash"])
@pytest.mark.parametrize("mode", [SYNC, ASYNC])
async def test_it_ends_with_the_orchestrator(rig: Rig, resident: Resident, mode: ExecutionMode, how: str) -> None:
    """What it worked on is attempted again after the next start, uncharged."""
    await rig.write(stage("s", execution_mode=mode, retry=NEVER_AGAIN))
    await (rig.restart() if how == "stop" else rig.crash())
    assert await rig.server.list_runners("builder") == ()
    again = Resident()
    await rig.server.host(again, None)
    await rig.settle()
    assert again.begun == ["s:2"]


async def test_an_answer_that_does_not_fit_is_red(rig: Rig, resident: Resident) -> None:
    """Nobody can be told, so the stage says what was wrong."""
    resident.answers["s"] = Answer(check_updates=(CheckUpdate(check_id="nobody"),))
    await rig.write(stage("s"))
    ended = await rig.stage("s")
    assert ended.concluded_reason is ConcludedReason.WORK_FAILED
    assert ended.cause is not None
    assert "check 'nobody' is not in the plan" in ended.cause


async def test_reports_are_checked_like_any_other() -> None:
    """A runner of this process gets the port that checks requests."""
    ports: list[object] = []

    class Curious(Resident):
        async def run(self, execution: Execution, port: object) -> Answer:
            ports.append(port)
            return Answer()

    async with embedded(None, config=Config()) as orchestrator:
        await orchestrator.host(Curious())
        plan = await orchestrator.create_work_plan()
        await orchestrator.write_nodes(plan.id, stages=[stage("s")])
        async for event in orchestrator.watch(plan.id, after_sequence=0):
            if isinstance(event, PlanCompleted):
                break
    assert isinstance(ports[0], EmbeddedOrchestrator)
