"""One `turboci run`: an orchestrator, a shell runner, the workflow, and the view of it, from start to summary."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from rich.text import Text

from ci.cli.complaints import NOTHING, Complaint, complain, complaint
from ci.cli.console import Output
from ci.cli.executing import WorkflowExited, exited, forget_runners, orchestrator, run_workflow
from ci.cli.exits import Exit
from ci.cli.farewell import Farewell, at_runners
from ci.cli.interrupts import Interrupts
from ci.cli.loading import Loaded
from ci.cli.observing import ObservingOrchestrator
from ci.cli.outage import PATIENCE, Outage
from ci.cli.overview import Overview
from ci.cli.reports.record import Record, collect
from ci.cli.reports.requests import ReportFailed, Reports
from ci.cli.screens import screen_for
from ci.cli.view.phases import Glyphs, Phase
from ci.cli.view.state import PlanView
from ci.cli.view.summary import failures, recorded, summary, unfinished
from ci.cli.view.wording import clock, duration, listed
from ci.port import Orchestrator
from ci.remote.connection import connect
from ci.runner.shell import ShellRunner
from turboci.errors import CIError
from turboci.nodes import Nodes

_STOP_SECONDS: Final = 1.0
"""Seconds that a workflow gets to end after its plans."""
_UNLIMITED: Final = 10_000
"""Cells in a line that nobody sees on a screen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """What the flags of `turboci run` say.

    Attributes:
        connect: Address of the orchestrator; None starts one in this process.
        db: Database file of that one.
        plain: Lines even on a terminal.
        jobs: Commands at the same time; 0 hosts no shell runner.
        timeout: Seconds for the whole run, or None.
        reports: What is written about the plans when they have ended.
    """

    connect: str | None
    db: str
    plain: bool
    jobs: int
    timeout: float | None
    reports: Reports


class Session:
    """Runs what a file holds, and shows it.

    Args:
        loaded: What to run.
        options: How.
        console: Where the view and the summary go.
    """

    def __init__(self, loaded: Loaded, options: RunOptions, console: Output) -> None:
        self._loaded: Final = loaded
        self._options = options
        self._console: Final = console
        self._begun_at: Final = time.monotonic()
        self._outage: Final = Outage(self._warn)
        self._shell: ShellRunner | None = None
        self._overview: Overview | None = None
        self._farewell: Farewell | None = None

    async def run(self) -> Exit:
        """Run to the end and print the summary; return the exit code.

        Raises:
            CIError: The orchestrator cannot be started or reached.
        """
        screen = screen_for(self._console, plain=self._options.plain)
        with Interrupts(self._abandon) as interrupts:
            self._console.reader_left = interrupts.ask
            async with orchestrator(self._options.connect, self._options.db) as address, connect(address) as remote:
                if self._options.connect is None:
                    await forget_runners(remote)
                overview = Overview(remote, screen, self._outage, alone=self._options.connect is None)
                self._overview = overview
                port = ObservingOrchestrator(remote, overview)
                await self._host_shell(port, overview)
                self._announce(address)
                async with screen:
                    said = await self._work(port, overview, interrupts)
                    nodes = await overview.settle()
                    if self._options.connect is None and overview.busy:
                        # Nobody is left to wait for it, and its orchestrator is about to go.
                        await overview.cancel("the workflow has ended before its plan")
                        nodes = await overview.settle()
                records = await self._collected(remote, overview)
        code = self._report(said, overview.views, nodes)
        try:
            self._options.reports.write(records)
        except ReportFailed as error:
            complain(str(error))
            return code or Exit.FAILED
        return code

    async def _collected(self, port: Orchestrator, overview: Overview) -> list[Record]:
        if not self._options.reports.wanted:
            return []
        try:
            return [await collect(port, view.work_plan_id, in_depth=True) for view in overview.views]
        except CIError as error:
            self._warn(f"the reports are not written: {error}")
            self._options = replace(self._options, reports=Reports())
            return []

    async def _host_shell(self, port: Orchestrator, overview: Overview) -> None:
        if self._options.jobs:
            self._shell = ShellRunner(max_concurrent=self._options.jobs, on_output=overview.hears)
            await port.host(self._shell)

    def _announce(self, address: str) -> None:
        where = f"connected to {address}" if self._options.connect else f"orchestrator at {address}"
        self._console.print(Text(f"{self._loaded.name}: {where}", "dim"), soft_wrap=True)

    async def _work(self, port: Orchestrator, overview: Overview, interrupts: Interrupts) -> Complaint:
        workflow = asyncio.create_task(run_workflow(self._loaded, port), name="workflow")
        asked = asyncio.create_task(interrupts.wait(), name="interrupt")
        gone = asyncio.create_task(self._outage.outlasts(PATIENCE), name="outage")
        try:
            await asyncio.wait(
                {workflow, asked, gone}, timeout=self._timeout_left(), return_when=asyncio.FIRST_COMPLETED
            )
            if workflow.done():
                await overview.catch_up()
                return self._complaint(workflow, overview)
            if interrupts.name:
                reason = interrupts.reason
            elif gone.done():
                reason = f"given up after {duration(PATIENCE)}"
            else:
                reason = f"timed out after {duration(self._options.timeout or 0)} (--timeout)"
            await self._stop(workflow, overview, reason)
            return Complaint(Exit.INTERRUPTED if interrupts.name else Exit.FAILED, f"{reason}{self._left_behind()}")
        finally:
            asked.cancel()
            gone.cancel()

    def _left_behind(self) -> str:
        error = self._outage.error
        if error is None:
            left = self._farewell.left if self._farewell is not None else ()
            return f"; may still run: {at_runners(left)}" if left else ""
        return f"; {error.subject} {error.problem}, so the plan was not cancelled and goes on when it is back"

    def _timeout_left(self) -> float | None:
        if self._options.timeout is None:
            return None
        return max(0.0, self._options.timeout - (time.monotonic() - self._begun_at))

    def _complaint(self, workflow: asyncio.Task[None], overview: Overview) -> Complaint:
        error = workflow.exception()
        if isinstance(error, WorkflowExited):
            return exited(error.code)
        if isinstance(error, Exception):
            return complaint(error, self._loaded.path, begun=bool(overview.views))
        return NOTHING

    async def _stop(self, workflow: asyncio.Task[None], overview: Overview, reason: str) -> None:
        """Cancel the plans and end the workflow; what it raises then is of no interest."""
        self._print(Text(f"{reason}; waiting for what runs to stop, Ctrl-C leaves at once", "yellow"))
        is_away = self._outage.error is not None
        if is_away or self._loaded.main is not None:
            workflow.cancel()
        await overview.cancel(reason)
        if not is_away:
            self._farewell = Farewell(overview, self._warn)
            await self._farewell.wait()
        await asyncio.wait({workflow}, timeout=_STOP_SECONDS)
        workflow.cancel()
        await asyncio.wait({workflow})
        if self._shell is not None:
            await self._shell.drain(0)

    def _abandon(self) -> None:
        """Leave at once: called inside a signal handler, by the second signal."""
        if self._shell is not None:
            self._shell.kill()
        self._console.show_cursor(True)
        said = "left at once; the commands of this process were killed, the plan was not waited for"
        elsewhere = self._elsewhere()
        if elsewhere:
            said += f"; may still run: {elsewhere}"
        os.write(2, f"\nerror: {said}\n".encode())

    def _elsewhere(self) -> str:
        """Return what other processes may still work on, with the names of their runners if these are known."""
        own = self._shell.runner_id if self._shell is not None else ""
        if self._farewell is not None and self._farewell.left:
            return at_runners([attempt for attempt in self._farewell.left if attempt.runner_id != own])
        return listed(self._overview.elsewhere()) if self._overview is not None else ""

    def _report(self, said: Complaint, views: tuple[PlanView, ...], nodes: Mapping[str, Nodes]) -> Exit:
        glyphs = Glyphs.for_encoding(self._console.encoding)
        seconds = time.monotonic() - self._begun_at
        width = self._console.width if self._console.is_terminal else _UNLIMITED
        for view in views:
            failed = failures(view, nodes[view.work_plan_id])
            self._print(summary(view, failed, seconds, width, glyphs))
        if views:
            where = self._options.connect or self._options.db
            self._print(recorded(where, [view.work_plan_id for view in views]))
        if said.text:
            complain(said.text, said.details)
        elif open_rows := [line for view in views for line in unfinished(view, datetime.now(UTC))]:
            complain(f"{self._loaded.path} ended before its plan did; await its completion", "\n".join(open_rows))
            return Exit.FAILED
        red = any(row.phase in {Phase.FAILED, Phase.CANCELLED} for view in views for row in view.rows)
        return Exit.FAILED if red and said.exit is Exit.OK else said.exit

    def _warn(self, text: str) -> None:
        self._print(Text.assemble((clock(datetime.now(UTC)), "dim"), "  ", (text, "yellow")))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)
