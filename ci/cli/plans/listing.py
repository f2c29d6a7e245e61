"""`turboci plans`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import click
from rich.text import Text

from ci.cli.exits import Exit
from ci.cli.plans.asking import Where, ask, asks, json_option
from ci.cli.plans.finding import every_plan, short_ids
from ci.cli.plans.machine import print_json
from ci.cli.plans.table import moment, nothing, print_table
from ci.cli.teaching import TaughtCommand
from ci.cli.view.wording import duration
from ci.port import Orchestrator
from turboci.nodes import WorkPlan
from turboci.states import PlanStatus

STATUS_STYLES: Final = {
    PlanStatus.RUNNING: "bold cyan",
    PlanStatus.SUCCEEDED: "green",
    PlanStatus.FAILED: "bold red",
    PlanStatus.CANCELLED: "yellow",
    PlanStatus.STALLED: "bold yellow",
    PlanStatus.EMPTY: "dim",
}


@click.command(cls=TaughtCommand, short_help="List plans, newest first.")
@asks
@click.option(
    "--status", "-s", "statuses", multiple=True, type=click.Choice([status.name.lower() for status in PlanStatus]),
    help="Only plans of this status; may be given several times.",
)  # fmt: skip
@click.option("--name", metavar="NAME", default="", help="Only plans of this name.")
@click.option("--limit", "-n", metavar="N", type=click.IntRange(min=1), default=20, show_default=True, help="At most.")
@json_option
def plans(where: Where, statuses: tuple[str, ...], name: str, limit: int, as_json: bool) -> int:
    """List the plans of an orchestrator, newest first.

    Examples:
        turboci plans
        turboci plans --status failed --status stalled
        turboci plans --db turboci.db --json | jq -r '.[0].id'

    Other commands take a plan by its id, by the beginning of its id, by its name (the newest of that name), or as
    `latest`. With --db the plans are those of a database file; if an orchestrator serves it, that one is asked.
    """
    wanted = {PlanStatus[status.upper()] for status in statuses}

    async def answer(port: Orchestrator) -> list[WorkPlan]:
        found: list[WorkPlan] = []
        async for plan in every_plan(port, name=name):
            if not wanted or plan.status in wanted:
                found.append(plan)
                if len(found) == limit:
                    break
        return found

    found = ask(where, answer)
    if as_json:
        print_json(found)
    elif found:
        ids = short_ids(found)
        print_table(["PLAN", "NAME", "STATUS", "STARTED", "TOOK"], [_row(plan, ids[plan.id]) for plan in found])
    else:
        nothing("no such plans" if wanted or name else "no plans yet")
    return Exit.OK


def _row(plan: WorkPlan, id: str) -> list[str | Text]:
    status = Text(plan.status.name.lower(), STATUS_STYLES[plan.status])
    return [id, plan.name or "-", status, moment(plan.created_at), took(plan)]


def took(plan: WorkPlan) -> str:
    """Return how long a plan has taken, so far or in all."""
    if plan.created_at is None:
        return "-"
    return duration(((plan.finished_at or datetime.now(UTC)) - plan.created_at).total_seconds())
