"""Attempts from delivery to end: modes, capacity, deadlines, cancellation, draining, completions."""

from __future__ import annotations

import asyncio
import threading

import anyio.lowlevel
import pytest

from ci.runner import Runner, StageContext
from tests.runner.fakes import RecordedPort, an_execution
from tests.runner.work import Work, a_runner
from turboci.errors import (
    AlreadyExists,
    AttemptStopped,
    EmptyIdError,
    ExecutionNotFound,
    InvalidArgument,
    InvalidState,
    LimitExceeded,
    OrchestratorUnavailable,
    RunnerUnavailable,
    StaleAttempt,
)
from turboci.states import ExecutionMode


def test_a_runner_has_one_handler() -> None:
    """The second handler is refused by name; the first one stays callable as it is."""
    runner = Runner("builder", runner_id="b")

    @runner.handler
    def build(stage: StageContext) -> None: ...

    with pytest.raises(InvalidState, match="runner 'b' has the handler 'build', not 'other', too; one runner type"):

        @runner.handler
        def other(stage: StageContext) -> None: ...

    assert build.__name__ == "build"


def test_the_id_of_a_runner_is_readable_by_default() -> None:
    """Without an id a runner is named after its type, its host and its process; types and ids are checked."""
    assert Runner("builder").runner_id.startswith("builder@")
    assert Runner("builder").runner_id == Runner("builder").runner_id
    assert Runner("builder").supported_modes == (ExecutionMode.SYNC, ExecutionMode.ASYNC)
    with pytest.raises(EmptyIdError):
        Runner("")
    with pytest.raises(EmptyIdError):
        Runner("builder", runner_id="")
    with pytest.raises(InvalidArgument):
        Runner("new\nline")


async def test_without_a_handler_work_is_refused() -> None:
    """A runner that nobody gave a handler takes nothing and does not serve."""
    runner = Runner("builder")
    with pytest.raises(RunnerUnavailable, match="has no handler"):
        await runner.run(an_execution(), RecordedPort())
    assert not (await runner.run_async(an_execution(), RecordedPort())).accepted
    with pytest.raises(InvalidState, match=r"has no handler; decorate a function with @runner\.handler"):
        await runner.serve("127.0.0.1:1")


async def test_one_handler_serves_both_modes() -> None:
    """SYNC returns the answer; ASYNC accepts at once and completes through the port with the same answer."""
    port, work = RecordedPort(), Work()
    runner = a_runner(work)
    accepted = await runner.run_async(an_execution(stage_id="b", mode=ExecutionMode.ASYNC), port)
    assert accepted.accepted
    assert port.answers == []
    work.release.set()
    answer = await runner.run(an_execution(stage_id="a"), port)
    await work.until("done b")
    await runner.drain(5)
    assert port.answers == [answer]


async def test_an_execution_is_worked_on_once() -> None:
    """The same execution id again is refused in both modes, also after the attempt has ended."""
    port, work, execution = RecordedPort(), Work(), an_execution()
    work.release.set()
    runner = a_runner(work)
    await runner.run(execution, port)
    with pytest.raises(
        AlreadyExists, match=f"execution '{execution.execution_id}' was delivered to runner 'builder-1'"
    ):
        await runner.run(execution, port)
    with pytest.raises(AlreadyExists):
        await runner.run_async(execution, port)


async def test_a_full_runner_refuses() -> None:
    """Beyond max_concurrent SYNC raises RunnerUnavailable and ASYNC is not accepted, until a slot is free."""
    port, work = RecordedPort(), Work()
    runner = a_runner(work, max_concurrent=2)
    assert (await runner.run_async(an_execution(), port)).accepted
    first = asyncio.create_task(runner.run(an_execution(stage_id="a"), port))
    await work.until("begun a")
    assert runner.current_load == 2
    with pytest.raises(RunnerUnavailable, match="runner 'builder-1' is full, 2 of 2 slots are taken"):
        await runner.run(an_execution(), port)
    assert not (await runner.run_async(an_execution(), port)).accepted
    work.release.set()
    await first
    assert (await runner.run(an_execution(stage_id="c"), port)).failure is None
    await runner.drain(5)
    assert runner.current_load == 0


async def test_cancelling_the_call_cancels_the_handler() -> None:
    """A SYNC attempt whose call is cancelled ends with CancelledError in its handler, and sets `cancelled`."""
    work = Work()
    runner = a_runner(work)
    call = asyncio.create_task(runner.run(an_execution(), RecordedPort()))
    await work.until("begun build")
    call.cancel()
    await asyncio.wait({call})
    assert call.cancelled()
    await work.until("cancelled build True")
    await runner.drain(0)
    assert runner.current_load == 0


async def test_cancel_stops_an_async_attempt_without_an_answer() -> None:
    """Cancel reaches the handler, nothing is completed, and cancelling again or a stranger does nothing."""
    port, work, execution = RecordedPort(), Work(), an_execution(mode=ExecutionMode.ASYNC)
    runner = a_runner(work)
    await runner.run_async(execution, port)
    await work.until("begun build")
    await runner.cancel(execution.execution_id, "enough")
    await work.until("cancelled build True")
    await runner.drain(5)
    await runner.cancel(execution.execution_id, "")
    await runner.cancel("stranger", "")
    assert port.calls == []


async def test_an_attempt_that_is_stopped_before_its_first_step_raises_too() -> None:
    """Stopping right after the delivery ends the call with AttemptStopped, not with a stray cancellation."""
    execution = an_execution()
    runner = a_runner(Work())
    call = asyncio.create_task(runner.run(execution, RecordedPort()))
    await asyncio.sleep(0)
    await runner.cancel(execution.execution_id, "enough")
    with pytest.raises(AttemptStopped, match="attempt 1 of stage 'build' was stopped: enough"):
        await call


async def test_a_handler_that_swallows_its_cancellation_answers_nothing() -> None:
    """What a stopped handler returns is dropped."""
    port, begun, runner = RecordedPort(), asyncio.Event(), Runner("builder")

    @runner.handler
    async def stubborn(stage: StageContext) -> dict[str, object]:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            return {"late": True}
        return {}

    execution = an_execution()
    await runner.run_async(execution, port)
    await begun.wait()
    await runner.cancel(execution.execution_id, "")
    await runner.drain(5)
    assert port.answers == []


@pytest.mark.parametrize("mode", list(ExecutionMode))
async def test_the_deadline_cancels_the_handler(mode: ExecutionMode) -> None:
    """When the deadline passes the handler is cancelled and nothing is answered: the attempt is lost, not red."""
    port, work, execution = RecordedPort(), Work(), an_execution(mode=mode, seconds=0.05)
    runner = a_runner(work)
    if mode is ExecutionMode.SYNC:
        with pytest.raises(AttemptStopped, match="its deadline has passed"):
            await runner.run(execution, port)
    else:
        await runner.run_async(execution, port)
    await work.until("cancelled build True")
    await runner.drain(5)
    assert port.calls == []


async def test_each_deadline_counts_in_whatever_order_attempts_come() -> None:
    """All share one timer: it rings for an earlier deadline that comes later, and then for those that are left."""
    runner, port = Runner("builder"), RecordedPort()

    @runner.handler
    async def hang(stage: StageContext) -> None:
        await asyncio.get_running_loop().create_future()

    late, *soon = (asyncio.create_task(runner.run(an_execution(seconds=left), port)) for left in (3600, 0.1, 0.05))
    for stopped in soon:
        with pytest.raises(AttemptStopped, match="its deadline has passed"):
            await stopped
    assert not late.done()
    await runner.drain(0)
    with pytest.raises(AttemptStopped, match="its runner was shut down"):
        await late


@pytest.mark.parametrize("mode", list(ExecutionMode))
async def test_a_brief_handler_answers_without_a_turn_of_the_loop(mode: ExecutionMode) -> None:
    """Whoever hands over its execution has its answer at once: on a chain every turn is waited for."""
    port, turns = RecordedPort(), list[str]()
    runner = Runner("builder")

    @runner.handler
    async def build(stage: StageContext) -> dict[str, object]:
        return {"artifact": "app.tar"}

    asyncio.get_running_loop().call_soon(turns.append, "one")
    if mode is ExecutionMode.SYNC:
        answer = await runner.run(an_execution(mode=mode), port)
    else:
        await runner.run_async(an_execution(mode=mode), port)
        (answer,) = port.answers
    assert answer.check_updates[0].data == {"artifact": "app.tar"}
    assert turns == []
    await runner.drain(5)


async def test_a_deadline_in_the_past_stops_at_once() -> None:
    """An execution that arrives too late is not worked on to its end."""
    with pytest.raises(AttemptStopped):
        await a_runner(Work()).run(an_execution(seconds=-5), RecordedPort())


async def test_a_plain_function_sees_the_cancellation_and_its_late_result_is_dropped() -> None:
    """A thread is asked to stop by `cancelled`; it keeps its slot, and counts as running, until it has returned."""
    port, begun, go_on = RecordedPort(), threading.Event(), threading.Event()
    runner = Runner("builder", max_concurrent=1)
    seen: list[bool] = []

    @runner.handler
    def build(stage: StageContext) -> dict[str, object]:
        begun.set()
        seen.append(stage.cancelled.wait(10))
        go_on.wait(10)
        return {"late": True}

    execution = an_execution()
    await runner.run_async(execution, port)
    await asyncio.to_thread(begun.wait, 10)
    cancelling = asyncio.create_task(runner.cancel(execution.execution_id, ""))
    await asyncio.sleep(0)
    await runner.drain(0)
    assert (runner.current_load, cancelling.done()) == (1, False)
    with pytest.raises(RunnerUnavailable):
        await runner.run(an_execution(), port)
    go_on.set()
    await cancelling
    while runner.current_load:
        await anyio.lowlevel.checkpoint()
    assert seen == [True]
    assert port.answers == []


async def test_plain_functions_run_side_by_side() -> None:
    """Blocking handlers do not block each other."""
    runner, meeting = Runner("builder", max_concurrent=3), threading.Barrier(3)

    @runner.handler
    def build(stage: StageContext) -> None:
        meeting.wait(10)

    answers = await asyncio.gather(*(runner.run(an_execution(), RecordedPort()) for _ in range(3)))
    assert [answer.failure for answer in answers] == [None] * 3


async def test_draining_refuses_new_attempts_and_waits_for_the_live_ones() -> None:
    """A drain lets live work finish and answer; afterwards the runner can be used again."""
    port, work = RecordedPort(), Work()
    runner = a_runner(work)
    await runner.run_async(an_execution(stage_id="a"), port)
    await work.until("begun a")
    drain = asyncio.create_task(runner.drain(30))
    await asyncio.sleep(0)
    with pytest.raises(RunnerUnavailable, match="is shutting down"):
        await runner.run(an_execution(), port)
    assert not (await runner.run_async(an_execution(), port)).accepted
    work.release.set()
    await drain
    assert work.notes == ["begun a", "done a"]
    assert len(port.answers) == 1
    assert (await runner.run(an_execution(), port)).failure is None


async def test_a_drain_stops_what_outlasts_its_grace() -> None:
    """After the grace the handlers are cancelled; a SYNC call ends with AttemptStopped."""
    work = Work()
    runner = a_runner(work)
    call = asyncio.create_task(runner.run(an_execution(), RecordedPort()))
    await work.until("begun build")
    await runner.drain(0.01)
    with pytest.raises(AttemptStopped, match="its runner was shut down"):
        await call
    assert work.notes[-1] == "cancelled build True"


async def test_a_cancelled_drain_gives_no_grace() -> None:
    """Being cancelled while draining stops the handlers at once, and still waits for them to clean up."""
    work = Work()
    runner = a_runner(work)
    await runner.run_async(an_execution(), RecordedPort())
    await work.until("begun build")
    drain = asyncio.create_task(runner.drain(3600))
    await asyncio.sleep(0)
    drain.cancel()
    await asyncio.wait({drain})
    assert work.notes[-1] == "cancelled build True"
    assert runner.current_load == 0


@pytest.mark.parametrize(
    "error",
    [
        OrchestratorUnavailable("orchestrator", "is away"),
        LimitExceeded("database 'turboci.db'", "cannot grow: the disk is full"),
    ],
)
async def test_a_completion_waits_for_the_orchestrator(error: Exception) -> None:
    """While the orchestrator is away, or its disk is full, the answer is kept and sent again."""
    port, work, execution = RecordedPort(), Work(), an_execution()
    port.fail("complete", error)
    work.release.set()
    runner = a_runner(work)
    await runner.run_async(execution, port)
    await port.until(f"complete {execution.execution_id}", 2)
    await runner.drain(5)
    assert len(port.answers) == 1


@pytest.mark.parametrize(
    "error", [StaleAttempt("execution", "has ended"), ExecutionNotFound("execution", "is unknown")]
)
async def test_a_completion_that_nobody_wants_is_dropped(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """A fenced attempt ends quietly: logged, not repeated."""
    port, work = RecordedPort(), Work()
    port.fail("complete", error)
    work.release.set()
    runner = a_runner(work)
    await runner.run_async(an_execution(), port)
    await runner.drain(5)
    assert (len(port.calls), port.answers) == (1, [])
    assert f"the answer of stage 'build' is dropped: {error}" in caplog.text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidArgument("check 'x'", "is not in the plan"), "check 'x' is not in the plan"),
        (LimitExceeded("the answer", "has details of 9 bytes", field="details"), "the answer has details of 9 bytes"),
    ],
)
async def test_a_completion_that_is_refused_becomes_red(error: Exception, said: str) -> None:
    """An answer that the orchestrator cannot take is replaced by one that says so; the stage does not hang."""
    port, work = RecordedPort(), Work()
    port.fail("complete", error)
    work.release.set()
    runner = a_runner(work)
    await runner.run_async(an_execution(), port)
    await runner.drain(5)
    (answer,) = port.answers
    assert answer.failure == f"the answer of the runner was refused: {said}"
    assert answer.check_updates == ()


async def test_a_completion_that_waits_is_given_up_at_the_deadline() -> None:
    """An orchestrator that stays away until the deadline gets no answer any more."""
    port, work = RecordedPort(), Work()
    port.fail("complete", *(OrchestratorUnavailable("orchestrator", "is away") for _ in range(9)))
    work.release.set()
    runner = a_runner(work)
    await runner.run_async(an_execution(seconds=0.05), port)
    await runner.drain(5)
    assert (len(port.calls), port.answers) == (1, [])
