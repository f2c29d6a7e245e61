from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from anyio import wait_all_tasks_blocked
from rich.console import Console

from ci.cli.feed import Feed
from ci.cli.outage import Outage
from ci.cli.overview import Overview
from ci.cli.screens import PlainScreen
from ci.cli.view.phases import Phase
from ci.cli.view.state import PlanView
from tests.cli.plans import Story, at, attempt, attempted, check, stage, steps
from tests.cli.ports import RecordedPort
from turboci.dependencies import NodeKind, NodeRef
from turboci.errors import InternalError, OrchestratorUnavailable, RunnerUnavailable
from turboci.events import Event, ProgressReported
from turboci.executions import Execution
from turboci.nodes import Nodes, ProgressEntry
from turboci.reasons import Explanation, Reason, ReasonKind
from turboci.states import AttemptState, CheckState, ExecutionMode, Outcome, StageState

GONE = OrchestratorUnavailable("orchestrator x:1", "cannot be reached")


class Printed(io.StringIO):
    """What a plain screen printed; whoever waits is woken by each line."""

    def __init__(self) -> None:
        super().__init__()
        self.screen = PlainScreen(Console(file=self, width=80))
        self._more = asyncio.Event()

    def write(self, text: str, /) -> int:
        self._more.set()
        return super().write(text)

    def said(self, text: str) -> None:
        """Print what the outage says."""
        self.write(f"{text}\n")

    @property
    def lines(self) -> list[str]:
        """The lines without the time of day."""
        return [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in self.getvalue().splitlines()]

    async def until(self, number: int) -> list[str]:
        """Return the lines as soon as there are so many."""
        async with asyncio.timeout(10):
            while len(self.lines) < number:
                self._more.clear()
                await self._more.wait()
        return self.lines


def execution(stage_id: str, work_plan_id: str = "p1") -> Execution:
    return Execution(
        execution_id="e1", work_plan_id=work_plan_id, stage_id=stage_id, attempt_idx=1, mode=ExecutionMode.SYNC
    )


def ended(id: str, sequence: int, outcome: Outcome = Outcome.SUCCEEDED) -> list[Event | Exception]:
    story = Story(PlanView("other"))
    return [
        replace(story.stage_end(id, sequence, outcome), sequence=sequence),
        replace(story.check_end(id, sequence, outcome), sequence=sequence + 1),
    ]


@asynccontextmanager
async def following(port: RecordedPort) -> AsyncIterator[tuple[Feed, Printed]]:
    printed = Printed()
    feed = Feed(port.port, PlanView("p1"), printed.screen, Outage(printed.said, lambda: 0.0))
    task = asyncio.create_task(feed.follow())
    try:
        yield feed, printed
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_events_become_lines_in_their_order() -> None:
    """Nodes are asked for once, by id, and each change of a row is a line."""
    port = RecordedPort(steps({"lint": (), "test": ("lint",)}))
    port.streams = [[attempted("lint", 1), *ended("lint", 2), attempted("test", 4), *ended("test", 5, Outcome.FAILED)]]
    async with following(port) as (feed, printed):
        assert await printed.until(4) == [
            "lint  running",
            "lint  succeeded  1.0s",
            "test  running",
            "test  FAILED  1.0s",
        ]
        assert feed.view.ended
    assert port.calls[:2] == [("watch", 0), ("query", ("lint", "test"))]


async def test_broken_stream_is_resumed_where_it_ended() -> None:
    """A broken stream is told, the plan is asked for, and watching goes on after the last event."""
    port = RecordedPort(steps({"lint": ()}))
    port.streams = [[attempted("lint", 1), GONE], [*ended("lint", 2)]]
    async with following(port) as (_, printed):
        assert sorted(await printed.until(4)) == [
            "lint  running",
            "lint  succeeded  1.0s",
            "orchestrator x:1 cannot be reached; trying again for 1m00s",
            "orchestrator x:1 is back after 0.0s",
        ]
    assert [call for call in port.calls if call[0] == "watch"][:2] == [("watch", 0), ("watch", 1)]


async def test_without_a_stream_the_nodes_are_asked_for() -> None:
    """Against a server that does not stream, a snapshot brings the view up to date."""
    nodes = Nodes(
        checks=(check("lint", state=CheckState.FINAL, outcome=Outcome.SUCCEEDED),),
        stages=(stage("lint", answers=["lint"], state=StageState.FINAL, outcome=Outcome.SUCCEEDED),),
        sequence=3,
    )
    port = RecordedPort(nodes)
    port.streams = [[InternalError("x:1", "does not offer this call")]]
    async with following(port) as (_, printed):
        assert await printed.until(1) == ["lint  succeeded"]


async def test_progress_of_what_runs_elsewhere_is_asked_for() -> None:
    """How far a stage has come that another process runs is asked for; what is heard here is not."""
    half = ProgressEntry(message="step 1 of 2", percent=50)
    port = RecordedPort(steps({"lint": (), "test": ()}))
    feed = Feed(port.port, PlanView("p1"), Printed().screen, Outage(print))
    feed.view.learn(port.nodes)
    for sequence, id in enumerate(("lint", "test"), 1):
        feed.view.apply(attempted(id, sequence))
    feed.view.hear("test", "collected 3 items")
    port.nodes = Nodes(stages=(stage("lint", attempts=(attempt(1, AttemptState.RUNNING, 1, half),)),))
    await feed.see_progress()
    assert port.calls == [("query", ("lint",))]
    assert [(row.percent, row.output) for row in feed.view.rows] == [(50, "step 1 of 2"), (None, "collected 3 items")]


async def test_explain_asks_for_those_who_wait_longest() -> None:
    """Reasons are asked for at most fifty rows at a time, and printed once for each kind."""
    port = RecordedPort(steps({f"s{n}": () for n in range(60)}))
    printed = Printed()
    feed = Feed(port.port, PlanView("p1"), printed.screen, Outage(printed.said))
    feed.view.learn(port.nodes)
    for index, row in enumerate(feed.view.rows):
        row.since = at(100 - index)
    for text in ("in 3 s", "in 2 s"):
        reason = Reason(NodeRef(NodeKind.STAGE, "s59"), ReasonKind.BACKING_OFF, text)
        port.explanation = Explanation((reason,))
        await feed.explain()
    assert printed.lines == ["s59  waiting  in 3 s"]
    kind, asked = port.calls[0]
    assert kind == "explain"
    assert isinstance(asked, tuple)
    assert len(asked) == 100
    assert asked[0] == "check 's59'"


async def test_overview_cancels_what_is_open_and_tolerates_the_lost() -> None:
    """Cancelling reaches the plans that have not ended, and an orchestrator that is gone is no error."""
    port = RecordedPort(steps({"lint": ()}))
    overview = Overview(port.port, Printed().screen, Outage(print), alone=False)
    overview.plan_seen("p1", "one")
    overview.plan_seen("p2", "two")
    await overview.cancel("stopped by Ctrl-C")
    assert [call for call in port.calls if call[0] == "cancel"] == [
        ("cancel", "p1", "stopped by Ctrl-C"),
        ("cancel", "p2", "stopped by Ctrl-C"),
    ]
    port.gone = True
    await overview.cancel("again")
    assert await overview.settle() == {"p1": Nodes(), "p2": Nodes()}


async def test_nothing_is_asked_while_the_orchestrator_is_away() -> None:
    """Whoever leaves during an outage does not wait for calls that cannot be delivered."""
    port = RecordedPort(steps({"lint": ()}))
    outage = Outage(print)
    overview = Overview(port.port, Printed().screen, outage, alone=False)
    overview.plan_seen("p1", "one")
    outage.begin(GONE)
    await overview.cancel("stopped by Ctrl-C")
    assert await overview.settle() == {"p1": Nodes()}
    assert port.calls == []


@pytest.mark.parametrize("alone", [True, False])
async def test_stage_of_a_killed_run(alone: bool) -> None:
    """An orchestrator of our own does not run what another run has left; a shared one is served whoever asks."""
    port = RecordedPort(Nodes())
    overview = Overview(port.port, Printed().screen, Outage(print), alone=alone)
    if alone:
        with pytest.raises(RunnerUnavailable, match="whose run was killed"):
            await overview.admit(execution("lint", "left-over"))
        assert port.calls == [("cancel", "left-over", "its run was killed, and another one has begun")]
    else:
        await overview.admit(execution("lint", "left-over"))
        assert port.calls == []


async def test_output_goes_to_the_row_that_runs() -> None:
    """A line of output shows at the stage that printed it, while it runs."""
    port = RecordedPort(steps({"lint": ()}))
    port.streams = [[attempted("lint", 1)]]
    overview = Overview(port.port, Printed().screen, Outage(print), alone=True)
    overview.plan_seen("p1", "one")
    (view,) = overview.views
    await wait_all_tasks_blocked()
    assert view.rows[0].phase is Phase.RUNNING
    assert overview.busy
    overview.hears("lint", "checking a.py")
    overview.hears("nobody", "checking b.py")
    assert view.rows[0].output == "checking a.py"
    await overview.settle()


async def test_progress_is_told_by_the_stream() -> None:
    """Reports come with the events."""
    port = RecordedPort(steps({"lint": ()}))
    half = ProgressEntry(message="step 1 of 2", percent=50)
    told = ProgressReported(sequence=1, at=at(2), stage_id="lint", attempt=1, progress=half)
    port.streams = [[attempted("lint", 1), told]]
    async with following(port) as (feed, printed):
        await printed.until(1)
        await wait_all_tasks_blocked()
        assert feed.view.rows[0].percent == 50


async def test_what_runs_elsewhere_is_known() -> None:
    """Stages that no runner of this process began are named to whoever leaves without waiting; others are not."""
    port = RecordedPort(steps({"lint": (), "test": (), "later": ()}))
    port.streams = [[attempted("lint", 1), attempted("test", 2)]]
    overview = Overview(port.port, Printed().screen, Outage(print), alone=False)
    overview.plan_seen("p1", "one")
    await overview.admit(execution("lint"))
    await wait_all_tasks_blocked()
    assert overview.elsewhere() == ["test"]
    await overview.settle()
