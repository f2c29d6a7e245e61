"""A runner that works over a stream: what it says, what it repeats, how it leaves."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ci.remote import RemoteOrchestrator
from ci.runner import Runner, StageContext
from tests.runner.fakes import SyncOnly
from tests.runner.server import SmallOrchestrator, serving
from tests.runner.streams import StreamingOrchestrator
from tests.runner.work import Work, a_runner
from turboci.errors import InvalidArgument, StageFailed, StaleAttempt
from turboci.executions import Answer
from turboci.frames import Cancellation, OrchestratorFrame, RefusedReport
from turboci.nodes import ProgressEntry
from turboci.states import ExecutionMode
from turboci.v1 import service_pb2


@pytest.fixture
def small() -> StreamingOrchestrator:
    return StreamingOrchestrator()


@asynccontextmanager
async def hosted(small: SmallOrchestrator, runner: Runner | SyncOnly) -> AsyncIterator[RemoteOrchestrator]:
    async with serving(small) as address, RemoteOrchestrator(address, timeout=20) as remote:
        await remote.host(runner)
        yield remote


async def test_the_hello_says_who_the_runner_is(small: StreamingOrchestrator) -> None:
    """Id, type, modes, capacity, lease and a name of the process; no address, because nobody calls it."""
    async with hosted(small, a_runner(Work(), max_concurrent=5)):
        hello = (await small.hellos(1))[0].hello
    assert hello is not None
    said = hello.registration
    assert (said.runner_id, said.runner_type, said.address, said.max_concurrent) == ("builder-1", "builder", "", 5)
    assert said.supported_modes == tuple(ExecutionMode)
    assert said.ttl == 60
    assert said.process_uid


@pytest.mark.parametrize("mode", ExecutionMode)
async def test_work_is_done_and_reported(small: StreamingOrchestrator, mode: ExecutionMode) -> None:
    """Whatever its mode, the answer comes as a report over the stream."""
    work = Work()
    work.release.set()
    async with hosted(small, a_runner(work)):
        execution_id = small.offer(mode=mode)
        assert await small.reported() == [(1, execution_id)]
        report = small.frames[-1].reports[0]
        assert isinstance(report.content, Answer)
        assert [update.check_id for update in report.content.check_updates] == ["built"]


async def test_work_that_takes_longer_is_accepted_first(small: StreamingOrchestrator) -> None:
    """The orchestrator learns soon that the runner has the attempt."""
    work = Work()
    async with hosted(small, a_runner(work)):
        execution_id = small.offer()
        assert await small.accepted() == execution_id
        work.release.set()
        await small.reported()


async def test_a_short_attempt_is_not_accepted_apart(small: StreamingOrchestrator) -> None:
    """Its report says that it was accepted."""
    work = Work()
    work.release.set()
    async with hosted(small, a_runner(work)):
        small.offer()
        await small.reported()
    assert not [frame for frame in small.frames if frame.accepted]


async def test_progress_travels_over_the_stream(small: StreamingOrchestrator) -> None:
    """The receipt is settled when the orchestrator has the entry for good."""
    runner = Runner("builder")

    @runner.handler
    async def build(stage: StageContext) -> None:
        await stage.progress(50, "half")

    async with hosted(small, runner):
        small.offer()
        assert [ticket for ticket, _ in await small.reported(2)] == [1, 2]
    first = next(frame for frame in small.frames if frame.reports).reports[0].content
    assert first == ProgressEntry(message="half", percent=50)
    assert not list(small.requests_of(service_pb2.UpdateStageExecutionRequest))


async def test_what_was_not_acknowledged_is_said_again(small: StreamingOrchestrator) -> None:
    """The next stream begins with what the runner holds, and with the reports that may be lost."""
    work = Work()
    work.release.set()
    small.acknowledging = False
    async with hosted(small, a_runner(work)):
        execution_id = small.offer()
        await small.reported()
        small.break_off()
        second = (await small.hellos(2))[1]
        assert second.hello is not None
        assert second.hello.held == (execution_id,)
        assert await small.reported(2) == [(1, execution_id)] * 2
        small.say(OrchestratorFrame(acknowledged=(1,)))


async def test_what_was_acknowledged_is_not_held(small: StreamingOrchestrator) -> None:
    """A runner speaks only for what is not over."""
    work = Work()
    async with hosted(small, a_runner(work)):
        first = small.offer("s")
        await work.until("begun s")
        work.release.set()
        await small.reported()
        work.release.clear()
        second = small.offer("t")
        await small.accepted()
        small.break_off()
        hello = (await small.hellos(2))[1].hello
        assert hello is not None
        assert hello.held == (second,) != (first,)
        work.release.set()


async def test_an_attempt_goes_on_while_the_stream_is_away(small: StreamingOrchestrator) -> None:
    """Its process is the same before and after."""
    work = Work()
    async with hosted(small, a_runner(work)):
        execution_id = small.offer()
        await small.accepted()
        small.break_off()
        one, two = [frame.hello for frame in await small.hellos(2)]
        work.release.set()
        assert await small.reported() == [(1, execution_id)]
    assert one is not None
    assert two is not None
    assert one.registration == two.registration
    assert work.notes == ["begun s", "done s"]


async def test_a_cancelled_attempt_stops(small: StreamingOrchestrator) -> None:
    """The handler is cancelled, and nothing is reported."""
    work = Work()
    async with hosted(small, a_runner(work)):
        execution_id = small.offer()
        await work.until("begun s")
        small.say(OrchestratorFrame(cancellations=(Cancellation(execution_id=execution_id, reason="enough"),)))
        await work.until("cancelled s True")
        small.break_off()
        hello = (await small.hellos(2))[1].hello
        assert hello is not None
        assert hello.held == ()
    assert not [frame for frame in small.frames if frame.reports]


async def test_what_was_stopped_is_given_back_when_nothing_of_it_runs(small: StreamingOrchestrator) -> None:
    """Until then the process holds it, and says so on the next stream."""
    begun, cancelled, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    runner = Runner("builder", runner_id="builder-1")

    @runner.handler
    async def build(stage: StageContext) -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cancelled.set()
            await go_on.wait()

    async with hosted(small, runner):
        execution_id = small.offer()
        await begun.wait()
        small.say(OrchestratorFrame(cancellations=(Cancellation(execution_id=execution_id, reason="enough"),)))
        await cancelled.wait()
        small.break_off()
        hello = (await small.hellos(2))[1].hello
        assert hello is not None
        assert hello.held == (execution_id,)
        go_on.set()
        assert await small.returned() == (execution_id, "it was stopped", True)


async def test_a_full_runner_gives_back_what_it_cannot_take(small: StreamingOrchestrator) -> None:
    """The orchestrator knows better next time."""
    work = Work()
    async with hosted(small, a_runner(work, max_concurrent=1)):
        small.offer("s")
        await work.until("begun s")
        second = small.offer("t")
        assert await small.returned() == (second, "it is full", False)
        work.release.set()
        await small.reported()


async def test_a_stale_report_ends_the_matter(small: StreamingOrchestrator) -> None:
    """The orchestrator does not want it any more, and the runner does not speak of it again."""
    work = Work()
    work.release.set()
    small.acknowledging = False
    async with hosted(small, a_runner(work)):
        small.offer()
        await small.reported()
        stale = StaleAttempt("execution 'e1'", "has ended")
        small.say(OrchestratorFrame(refused=(RefusedReport(ticket=1, error=stale),)))
        small.say(OrchestratorFrame())
        small.break_off()
        hello = (await small.hellos(2))[1].hello
        assert hello is not None
        assert hello.held == ()


async def test_an_answer_that_does_not_fit_is_replaced_by_a_red_one(small: StreamingOrchestrator) -> None:
    """The attempt would stay open otherwise."""
    work = Work()
    work.release.set()
    small.acknowledging = False
    async with hosted(small, a_runner(work)):
        small.offer()
        await small.reported()
        unfit = InvalidArgument("check 'x'", "does not exist")
        small.say(OrchestratorFrame(refused=(RefusedReport(ticket=1, error=unfit),)))
        await small.reported(2)
        red = small.frames[-1].reports[0].content
        assert isinstance(red, Answer)
        assert red.failure is not None
        assert "check 'x' does not exist" in red.failure
        small.say(OrchestratorFrame(acknowledged=(2,)))


async def test_a_runner_that_leaves_says_so_and_finishes(small: StreamingOrchestrator) -> None:
    """It takes nothing new, reports what it finishes, and closes the stream."""
    work = Work()
    async with serving(small) as address:
        remote = RemoteOrchestrator(address, timeout=20)
        await remote.host(a_runner(work))
        execution_id = small.offer()
        await work.until("begun s")
        closing = asyncio.create_task(remote.close(grace=30))
        while not small.frames[-1].draining:
            await small.heard(len(small.frames) + 1)
        work.release.set()
        await closing
    assert await small.reported() == [(1, execution_id)]
    assert not [frame for frame in small.frames if frame.returned]


async def test_what_is_not_finished_in_time_is_given_up(small: StreamingOrchestrator) -> None:
    """The orchestrator need not wait for the lease to end."""
    work = Work()
    async with serving(small) as address:
        remote = RemoteOrchestrator(address, timeout=20)
        await remote.host(a_runner(work))
        execution_id = small.offer()
        await work.until("begun s")
        await remote.close(grace=0)
        assert await small.returned() == (execution_id, "its runner was shut down", True)
    assert work.notes == ["begun s", "cancelled s True"]


async def test_a_runner_that_is_refused_is_told_why(small: StreamingOrchestrator) -> None:
    """Hosting raises what the orchestrator raised."""
    small.refusal = InvalidArgument("runner 'builder-1'", "is not welcome")
    async with serving(small) as address, RemoteOrchestrator(address, timeout=20) as remote:
        with pytest.raises(InvalidArgument, match="is not welcome"):
            await remote.host(a_runner(Work()))


async def test_without_streams_the_runner_listens() -> None:
    """An orchestrator that knows the contract only calls it at a port."""
    small = SmallOrchestrator()
    async with hosted(small, a_runner(Work())):
        pass
    (registration,) = small.requests_of(service_pb2.RegisterStageRunnerRequest)
    assert isinstance(registration, service_pb2.RegisterStageRunnerRequest)
    assert registration.address.startswith("127.0.0.1:")


async def test_a_silent_stream_is_opened_again(small: StreamingOrchestrator) -> None:
    """An orchestrator whose machine went away says nothing; after the life of the lease the runner tries anew."""
    async with serving(small) as address, RemoteOrchestrator(address, timeout=20) as remote:
        await remote.host(a_runner(Work()), ttl=1)
        small.silent = True
        first, second = await small.hellos(2)
        assert first.hello is not None
        assert second.hello is not None
        assert second.hello.registration == first.hello.registration


async def test_a_runner_of_sync_work_needs_no_other_method(small: StreamingOrchestrator) -> None:
    """What runs synchronously is reported for it."""
    runner = SyncOnly()
    async with hosted(small, runner):
        execution_id = small.offer()
        assert await small.reported() == [(1, execution_id)]


async def test_an_answer_of_sync_work_that_does_not_fit_is_replaced_by_a_red_one(small: StreamingOrchestrator) -> None:
    """Nobody else could tell the orchestrator."""
    small.acknowledging = False
    async with hosted(small, SyncOnly()):
        small.offer()
        await small.reported()
        unfit = InvalidArgument("check 'x'", "does not exist")
        small.say(OrchestratorFrame(refused=(RefusedReport(ticket=1, error=unfit),)))
        await small.reported(2)
        red = small.frames[-1].reports[0].content
        assert isinstance(red, Answer)
        assert red.failure == "the answer of the runner does not fit: check 'x' does not exist"
        small.say(OrchestratorFrame(acknowledged=(2,)))


async def test_a_red_answer_travels(small: StreamingOrchestrator) -> None:
    """A handler that fails is an answer, too."""
    runner = Runner("builder")

    @runner.handler
    async def build(stage: StageContext) -> None:
        raise StageFailed("3 tests failed")

    async with hosted(small, runner):
        small.offer()
        await small.reported()
    content = next(frame for frame in small.frames if frame.reports).reports[0].content
    assert isinstance(content, Answer)
    assert content.failure == "3 tests failed"


async def test_progress_without_end_takes_bounded_memory_while_nothing_is_acknowledged(
    small: StreamingOrchestrator,
) -> None:
    """One entry of an attempt is under way, a hundred wait, and of the others nothing is kept; the newest arrive."""
    small.acknowledging = False
    runner = Runner("builder")
    taken: list[int] = []

    @runner.handler
    async def build(stage: StageContext) -> None:
        stage.progress(1, "first")
        await small.reported()
        tracemalloc.start()
        for number in range(20_000):
            stage.progress(50, f"{number} " + "x" * 1_000)
        taken.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        small.acknowledging = True
        small.say(OrchestratorFrame(acknowledged=(1,)))
        await stage.progress(100, "last")

    async with hosted(small, runner):
        small.offer()
        reports = await small.reported(102)
    assert taken[0] < 1_000_000
    assert len(reports) == 102
    said = [report.content for frame in small.frames for report in frame.reports]
    assert [content.message[:5] for content in said if isinstance(content, ProgressEntry)][:2] == ["first", "19901"]
