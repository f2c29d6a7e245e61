"""`turboci runners`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ci.cli.exits import Exit
from ci.cli.plans.asking import Where, ask, asks, json_option
from ci.cli.plans.machine import print_json
from ci.cli.plans.table import nothing, print_table
from ci.cli.teaching import TaughtCommand
from ci.cli.view.wording import duration
from ci.port import Orchestrator
from turboci.runners import RunnerInfo


@click.command(cls=TaughtCommand, short_help="List the live runners.")
@asks
@click.option("--type", "-t", "runner_type", metavar="TYPE", help="Only runners of this type.")
@json_option
def runners(where: Where, runner_type: str | None, as_json: bool) -> int:
    """List the live runners of an orchestrator, and how busy they are.

    Examples:
        turboci runners
        turboci runners --type shell --json

    BUSY is the number of attempts that a runner works on, of those that it takes at the same time. A runner is live
    until its lease runs out; it renews it long before.
    """

    async def answer(port: Orchestrator) -> tuple[RunnerInfo, ...]:
        return await port.list_runners(runner_type)

    found = sorted(ask(where, answer), key=lambda runner: (runner.runner_type, runner.runner_id))
    if as_json:
        print_json(found)
    elif found:
        now = datetime.now(UTC)
        print_table(["TYPE", "RUNNER", "BUSY", "MODES", "ADDRESS", "LEASE"], [_row(runner, now) for runner in found])
    else:
        what = "no live runner" if runner_type is None else f"no live runner of type {runner_type!r}"
        nothing(f"{what}; start one with turboci runner")
    return Exit.OK


def _row(runner: RunnerInfo, now: datetime) -> list[str]:
    slots = str(runner.max_concurrent) if runner.max_concurrent else "any"
    left = "-" if runner.expires_at is None else duration((runner.expires_at - now).total_seconds())
    modes = ",".join(mode.name for mode in runner.supported_modes) or "SYNC"
    return [
        runner.runner_type, runner.runner_id, f"{runner.current_load} of {slots}", modes, runner.address or "-", left,
    ]  # fmt: skip
