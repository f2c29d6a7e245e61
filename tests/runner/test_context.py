"""What a handler sees of its stage, and how its progress travels."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ci.runner import Receipt, Runner, StageContext
from ci.runner.reporter import MAX_LOG_CHARACTERS, MAX_WAITING
from tests.runner.fakes import RecordedPort, an_execution
from turboci.errors import InvalidArgument, NotFound, OrchestratorUnavailable, StaleAttempt
from turboci.executions import Execution
from turboci.nodes import Check, CheckResult
from turboci.states import CheckState, ExecutionMode
from turboci.writes import StageWrite


async def run(handler: object, port: RecordedPort | None = None, execution: Execution | None = None) -> str | None:
    """Run a handler and return the failure of its answer."""
    runner = Runner("builder")
    runner.handler(handler)  # type: ignore[type-var]
    answer = await runner.run(execution or an_execution(), port or RecordedPort())
    return answer.failure


async def test_the_context_shows_the_execution() -> None:
    """Ids, attempt, deadline, arguments and check options are those of the execution."""
    execution = an_execution(checks=("a", "b"), level=3)
    seen: list[object] = []

    async def build(stage: StageContext) -> None:
        seen.extend((stage.execution_id, stage.stage_id, stage.work_plan_id, stage.attempt, stage.deadline))
        seen.extend((dict(stage.args), stage.check_ids, stage.check_options, stage.cancelled.is_set()))

    assert await run(build, execution=execution) is None
    assert execution.deadline is not None
    assert seen == [
        execution.execution_id, "build", "plan", 1, execution.deadline.timestamp(),
        {"level": 3}, ("a", "b"), {"a": {"of": "a"}, "b": {"of": "b"}}, False,
    ]  # fmt: skip


async def test_arguments_are_read_with_their_type() -> None:
    """`arg` returns a checked value, and names the stage and the argument when it cannot."""

    async def build(stage: StageContext) -> None:
        assert stage.arg("targets", list[str]) == ["a"]
        with pytest.raises(InvalidArgument, match=r"stage 'build' args\.level is 'x' \(str\); int was asked for"):
            stage.arg("level", int)
        with pytest.raises(NotFound, match=r"stage 'build' has no argument 'lvl'; it has: 'level', 'targets'"):
            stage.arg("lvl", int)

    assert await run(build, execution=an_execution(targets=["a"], level="x")) is None


async def test_checks_of_the_plan_can_be_read() -> None:
    """`check` returns another check with its results, and NotFound for one that the plan lacks."""
    result = CheckResult(owner_type="stage_attempt", owner_id="plan:1", data={"targets": ["a"]})
    port = RecordedPort(checks=[Check(id="plan", work_plan_id="plan", state=CheckState.FINAL, results=(result,))])

    async def build(stage: StageContext) -> None:
        assert (await stage.check("plan")).value("targets", list[str]) == ["a"]
        with pytest.raises(NotFound, match="check 'plam' is not in work plan 'plan'"):
            await stage.check("plam")

    assert await run(build, port) is None


async def test_nodes_are_written_on_behalf_of_the_attempt() -> None:
    """`write_nodes` names the execution, so that an ended attempt can add nothing."""
    port, execution = RecordedPort(), an_execution()

    async def plan(stage: StageContext) -> None:
        await stage.write_nodes(stages=[StageWrite(id="test", runner_type="tester")])

    assert await run(plan, port, execution) is None
    ((checks, stages, execution_id),) = port.written
    assert (list(checks), [stage.id for stage in stages], execution_id) == ([], ["test"], execution.execution_id)


@pytest.mark.parametrize("mode", list(ExecutionMode))
async def test_progress_arrives_in_order_and_before_the_answer(mode: ExecutionMode) -> None:
    """Awaited or dropped, from the loop or from a thread, progress is sent in the order of the calls."""
    port, execution = RecordedPort(), an_execution(mode=mode)
    runner = Runner("builder")

    @runner.handler
    async def build(stage: StageContext) -> None:
        stage.progress(10, "dropped")
        await stage.progress(20, "awaited")
        assert port.calls[-1] == "update 20 awaited"
        await asyncio.to_thread(stage.progress, 30, "from a thread")
        stage.progress(40)

    if mode is ExecutionMode.SYNC:
        await runner.run(execution, port)
    else:
        assert (await runner.run_async(execution, port)).accepted
        await port.until(f"complete {execution.execution_id}")
    assert port.calls[:4] == ["update 10 dropped", "update 20 awaited", "update 30 from a thread", "update 40 "]


async def test_a_receipt_tells_what_went_wrong() -> None:
    """Awaiting a receipt raises the error of its call; dropping it does not matter."""
    port = RecordedPort()
    port.fail("update", OrchestratorUnavailable("orchestrator", "is away"), OrchestratorUnavailable("it", "is away"))

    async def build(stage: StageContext) -> None:
        stage.progress(1)
        with pytest.raises(OrchestratorUnavailable):
            await stage.progress(2)
        await stage.progress(3)

    assert await run(build, port) is None
    assert [entry.percent for entry in port.progress] == [3]


async def test_a_receipt_can_be_awaited_twice_and_by_a_cancelled_task() -> None:
    """Giving up on a receipt does not disturb the progress itself."""
    port = RecordedPort()
    port.gates["update"] = asyncio.Event()

    async def build(stage: StageContext) -> None:
        receipt = stage.progress(1)

        async def wait() -> None:
            await receipt

        impatient = asyncio.create_task(wait())
        await port.until("update 1 ")
        impatient.cancel()
        await asyncio.wait({impatient})
        assert impatient.cancelled()
        assert not receipt.settled
        port.gates["update"].set()
        await receipt
        await receipt

    assert await run(build, port) is None


@pytest.mark.parametrize("percent", [-1, 101, 0.5, True, "50"])
async def test_progress_out_of_range_fails_at_the_call(percent: object) -> None:
    """A percentage is a whole number from 0 to 100."""

    async def build(stage: StageContext) -> None:
        stage.progress(percent)  # type: ignore[arg-type]

    assert (await run(build) or "").startswith(f"InvalidArgument: progress of stage 'build' is {percent!r}")


async def test_progress_of_an_ended_attempt_stops_the_handler() -> None:
    """When the orchestrator has ended the attempt, going on is pointless: the handler is cancelled."""
    port = RecordedPort()
    port.fail("update", StaleAttempt("execution 'x'", "has ended"))
    runner, ended = Runner("builder"), asyncio.Event()

    @runner.handler
    async def build(stage: StageContext) -> None:
        stage.progress(1)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    assert (await runner.run_async(an_execution(), port)).accepted
    await ended.wait()
    await runner.drain(0)
    assert port.calls == ["update 1 "]


async def test_progress_after_the_end_is_refused_in_silence() -> None:
    """A receipt of an ended attempt says so; nothing is sent."""
    port, contexts = RecordedPort(), list[StageContext]()

    async def build(stage: StageContext) -> None:
        contexts.append(stage)

    assert await run(build, port) is None
    receipt: Receipt = contexts[0].progress(50)
    with pytest.raises(StaleAttempt):
        await receipt
    assert port.calls == []


async def test_log_text_is_gathered() -> None:
    """Lines that come together travel together, and take the last percentage along."""
    port = RecordedPort()

    async def build(stage: StageContext) -> None:
        stage.progress(30, "half")
        for number in range(1_000):
            stage.log(f"line {number}")
        await asyncio.to_thread(stage.log, "from a thread\n")

    assert await run(build, port) is None
    lines = [line for entry in port.progress[1:] for line in entry.message.split("\n")]
    assert lines[-2:] == ["line 999", "from a thread"]
    assert len(port.calls) <= 4
    assert {entry.percent for entry in port.progress} == {30}
    assert all(len(entry.message) <= MAX_LOG_CHARACTERS for entry in port.progress)


async def test_progress_pushes_log_text_ahead() -> None:
    """Text that was logged before a progress call is sent before it."""
    port = RecordedPort()

    async def build(stage: StageContext) -> None:
        stage.log("compiling a")
        await stage.progress(50, "a")
        stage.log("compiling b")

    assert await run(build, port) is None
    assert port.calls == ["update None compiling a", "update 50 a", "update 50 compiling b"]


async def test_progress_that_outruns_the_orchestrator_is_thinned() -> None:
    """Beyond the newest hundred entries waiting ones are skipped; their receipts settle with a later one."""
    port = RecordedPort()
    port.gates["update"] = asyncio.Event()
    receipts: list[Receipt] = []

    async def build(stage: StageContext) -> None:
        receipts.append(stage.progress(0))
        await port.until("update 0 ")
        receipts.extend(stage.progress(1, str(number)) for number in range(3 * MAX_WAITING))
        port.gates["update"].set()

    assert await run(build, port) is None
    assert len(port.progress) == 1 + MAX_WAITING
    assert port.progress[-1].message == str(3 * MAX_WAITING - 1)
    assert all(receipt.settled for receipt in receipts)
    for receipt in receipts:
        await receipt


async def test_a_plain_function_reports_from_its_thread() -> None:
    """Progress and log of a plain handler arrive, although it cannot await."""
    port, names = RecordedPort(), list[str]()

    def build(stage: StageContext) -> dict[str, object]:
        names.append(threading.current_thread().name)
        stage.progress(10, "begun")
        stage.log("working")
        stage.progress(90, "nearly")
        return {}

    assert await run(build, port) is None
    assert names == ["stage build"]
    assert port.calls == ["update 10 begun", "update 10 working", "update 90 nearly"]
