"""`turboci cancel`."""

from __future__ import annotations

import click

from ci.cli.exits import Exit
from ci.cli.plans.asking import Where, ask, asks, plan_argument
from ci.cli.plans.completing import complete_stage
from ci.cli.plans.finding import called, find_plan, find_stage
from ci.cli.teaching import TaughtCommand
from ci.port import Orchestrator
from turboci.nodes import Stage


@click.command(cls=TaughtCommand, short_help="Cancel a plan, or one stage of it.")
@asks
@plan_argument
@click.argument("stage", metavar="[STAGE]", required=False, shell_complete=complete_stage)
@click.option(
    "--reason", "-r", metavar="TEXT", default="cancelled by turboci cancel", show_default=True,
    help="Why; it is kept with everything that is cancelled.",
)  # fmt: skip
def cancel(where: Where, plan: str, stage: str | None, reason: str) -> int:
    """Cancel what is open in a plan, running work included, or one stage with its children.

    Examples:
        turboci cancel latest
        turboci cancel release deploy --reason "wrong branch"

    What has ended stays as it is; to cancel again does nothing. Stages that are written with `always` still run when
    the rest of a cancelled plan has ended. What depends on a cancelled stage follows its conditions. Runners are told
    at once; a command gets a few seconds between SIGTERM and SIGKILL.
    """

    async def answer(port: Orchestrator) -> str:
        found = await find_plan(port, plan)
        if stage is not None:
            chosen = find_stage(found, await port.query_nodes(found.id), stage)
            ended = await port.cancel_stage(found.id, chosen.id, reason)
            return f"stage {chosen.id!r} of work plan {called(found)} {_became(chosen, ended)}"
        if found.finished_at is not None:
            return f"work plan {called(found)} had ended before: {found.status.name}"
        after = await port.cancel_work_plan(found.id, reason)
        rest = "" if after.finished_at else "; what is always run still does, turboci watch shows it"
        return f"work plan {called(found)} is cancelled{rest}"

    click.echo(ask(where, answer))
    return Exit.OK


def _became(before: Stage, after: Stage) -> str:
    outcome = after.outcome.name if after.outcome is not None else after.state.name
    return f"had ended before: {outcome}" if before.outcome is not None else f"is {outcome}"
