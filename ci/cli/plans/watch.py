"""`turboci watch`."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from contextlib import aclosing
from typing import Final

import click
from rich.text import Text

from ci.cli.console import Output
from ci.cli.exits import Exit
from ci.cli.feed import Feed
from ci.cli.outage import PATIENCE, Outage
from ci.cli.plans.asking import Where, ask, asks, plan_argument
from ci.cli.plans.finding import find_plan
from ci.cli.plans.machine import as_json as as_jsonable
from ci.cli.plans.show import print_record
from ci.cli.reports.record import collect
from ci.cli.screens import screen_for
from ci.cli.teaching import TaughtCommand
from ci.cli.view.phases import Phase
from ci.cli.view.state import PlanView
from ci.cli.view.wording import one_line
from ci.port import Orchestrator
from turboci.errors import OrchestratorUnavailable
from turboci.events import EventFilter, PlanCompleted
from turboci.nodes import WorkPlan

_ONLY_THE_END: Final = EventFilter(checks=False, stages=False)
_PAUSE_SECONDS: Final = 1.0


@click.command(cls=TaughtCommand, short_help="Watch a plan until it ends.")
@asks
@plan_argument
@click.option("--plain", is_flag=True, help="Print one line per change, also on a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print every event from the first on as a line of JSON.")
def watch(where: Where, plan: str, plain: bool, as_json: bool) -> int:
    """Watch a plan until it ends, as `turboci run` shows it, and print its summary.

    Examples:
        turboci watch latest
        turboci watch release --plain > release.log
        turboci watch 3f9c04b1 --json | jq -r 'select(.outcome == "FAILED").cause'

    Ctrl-C stops watching; the plan goes on, and turboci cancel ends it. Exit code 0 if everything in it succeeded or
    was skipped, 1 if something FAILED or was CANCELLED.
    """

    async def answer(port: Orchestrator) -> Exit:
        found = await find_plan(port, plan)
        return await (_told(port, found) if as_json else watched_to_end(port, found, plain=plain))

    return ask(where, answer)


async def watched_to_end(port: Orchestrator, plan: WorkPlan, *, plain: bool) -> Exit:
    """Show a plan until it ends, then its summary; return what its outcome means.

    Raises:
        OrchestratorUnavailable: The orchestrator has gone and did not come back.
    """
    console = Output(highlight=False)
    await _watched(port, plan, console, plain=plain)
    record = await collect(port, plan.id, in_depth=False)
    print_record(record, console)
    red = any(row.phase in {Phase.FAILED, Phase.CANCELLED} for row in record.view.rows)
    return Exit.FAILED if red else Exit.OK


async def _told(port: Orchestrator, plan: WorkPlan) -> Exit:
    """Print events as they come, until the plan is complete, and nothing was added to it meanwhile."""
    async with aclosing(port.watch(plan.id, after_sequence=0)) as events:
        async for event in events:
            named = {"event": type(event).__name__} | {
                field.name: getattr(event, field.name) for field in dataclasses.fields(event)
            }
            click.echo(json.dumps(as_jsonable(named)))
            if isinstance(event, PlanCompleted) and (await port.get_work_plan(plan.id)).finished_at is not None:
                return Exit.FAILED if event.has_failures else Exit.OK
    return Exit.OK


async def _watched(port: Orchestrator, plan: WorkPlan, console: Output, *, plain: bool) -> None:
    """Show the plan until it is complete.

    Raises:
        OrchestratorUnavailable: The orchestrator has gone and did not come back.
    """
    screen = screen_for(console, plain=plain)
    outage = Outage(lambda text: console.print(Text(text, "yellow"), soft_wrap=True))
    view = PlanView(plan.id, plan.name)
    console.print(Text(f"{one_line(plan.name) or 'work plan'}: {plan.id}", "dim"), soft_wrap=True)
    screen.show(view)
    async with screen:
        feed = Feed(port, view, screen, outage)
        following = asyncio.create_task(feed.follow(), name="follow")
        ending = asyncio.create_task(_ended(port, plan.id, outage), name="end of the plan")
        gone = asyncio.create_task(outage.outlasts(PATIENCE), name="outage")
        tasks = {following, ending, gone}
        try:
            await asyncio.wait({ending, gone}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                ending.result()
            elif outage.error is not None:
                raise outage.error
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await feed.settle()


async def _ended(port: Orchestrator, plan: str, outage: Outage) -> None:
    """Return when every node of the plan is FINAL."""
    while True:
        try:
            sequence = (await port.query_nodes(plan, page_size=1)).sequence
            if (await port.get_work_plan(plan)).finished_at is not None:
                return
            async with aclosing(port.watch(plan, after_sequence=sequence, only=_ONLY_THE_END)) as events:
                async for event in events:
                    if isinstance(event, PlanCompleted):
                        return
        except OrchestratorUnavailable as error:
            outage.begin(error)
        await asyncio.sleep(_PAUSE_SECONDS)
