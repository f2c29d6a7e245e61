"""`turboci show`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import click
from rich.text import Text

from ci.cli.console import Output
from ci.cli.exits import Exit
from ci.cli.plans.asking import Where, ask, asks, json_option, plan_argument
from ci.cli.plans.finding import find_plan
from ci.cli.plans.listing import STATUS_STYLES
from ci.cli.plans.machine import print_json
from ci.cli.plans.table import moment
from ci.cli.reports.record import Record, collect
from ci.cli.reports.requests import Reports, reporting
from ci.cli.teaching import TaughtCommand
from ci.cli.view.phases import Glyphs, Phase
from ci.cli.view.summary import failures, summary
from ci.cli.view.wording import one_line
from ci.port import Orchestrator

_UNLIMITED: Final = 10_000
"""Cells in a line that nobody sees on a screen."""


@click.command(cls=TaughtCommand, short_help="Show a plan: every node, what failed, why; write reports.")
@asks
@plan_argument
@reporting
@json_option
def show(where: Where, plan: str, reports: Reports, as_json: bool) -> int:
    """Show a plan as it is: every node with its state, what failed with its last lines, and why the rest waits.

    Examples:
        turboci show latest
        turboci show release --json | jq '.nodes.stages[].outcome'
        turboci show 3f9c04b1 --db turboci.db --report plan.html --junit plan.xml

    Exit code 1 if something in the plan FAILED or was CANCELLED, so that scripts can ask.
    """

    async def answer(port: Orchestrator) -> Record:
        found = await find_plan(port, plan)
        return await collect(port, found.id, in_depth=reports.wanted)

    record = ask(where, answer)
    if as_json:
        print_json({"plan": record.plan, "nodes": record.nodes, "why": record.explanation})
    else:
        print_record(record, Output(highlight=False))
    reports.write([record])
    red = any(row.phase in {Phase.FAILED, Phase.CANCELLED} for row in record.view.rows)
    return Exit.FAILED if red else Exit.OK


def print_record(record: Record, console: Output) -> None:
    """Print a plan for people: head, table, failures."""
    plan = record.plan
    head = Text.assemble(("plan ", "dim"), plan.id, "  ", (plan.status.name.lower(), STATUS_STYLES[plan.status]))
    head.append(f"  started {moment(plan.created_at)}", "dim")
    if plan.cause:
        head.append(f"  {one_line(plan.cause)}")
    console.print(head, soft_wrap=True)
    width = console.width if console.is_terminal else _UNLIMITED
    glyphs = Glyphs.for_encoding(console.encoding)
    end = plan.finished_at or datetime.now(UTC)
    seconds = (end - plan.created_at).total_seconds() if plan.created_at else 0.0
    console.print(summary(record.view, failures(record.view, record.nodes), seconds, width, glyphs), soft_wrap=True)
    for attempt in record.explanation.stopping:
        console.print(Text(one_line(str(attempt)), "yellow"), soft_wrap=True)
