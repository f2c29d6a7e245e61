"""`turboci retry`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import click

from ci.cli.exits import Exit
from ci.cli.plans.again import Again, again
from ci.cli.plans.asking import Where, ask, asks, json_option, plan_argument
from ci.cli.plans.finding import called, find_plan
from ci.cli.plans.machine import print_json
from ci.cli.plans.watch import watched_to_end
from ci.cli.teaching import TaughtCommand
from ci.cli.view.wording import counted
from ci.port import Orchestrator
from ci.runner.shell import ShellRunner
from turboci.errors import InvalidState
from turboci.nodes import WorkPlan
from turboci.states import AttemptState
from turboci.writes import AttemptWrite, StageWrite

T = TypeVar("T")

_PORTION: Final = 5_000
"""Writes of one call."""
_HOLDER: Final = "turboci retry"


@dataclass(frozen=True, slots=True)
class _Answer:
    former: WorkPlan
    plan: WorkPlan
    told: Again
    missing: tuple[str, ...]


@click.command(cls=TaughtCommand, short_help="Run again what failed: a new plan that carries the successes over.")
@asks
@plan_argument
@click.option(
    "--jobs", "-j", metavar="N", type=click.IntRange(min=1),
    help="Run its commands here, N at the same time, and watch it to its end.",
)  # fmt: skip
@json_option
def retry(where: Where, plan: str, jobs: int | None, as_json: bool) -> int:
    """Make a new plan of one that has ended, in which only what did not succeed runs again.

    Examples:
        turboci retry release && turboci watch release
        turboci retry latest --db turboci.db --jobs 4

    Checks that SUCCEEDED are FINAL in the new plan, with their results; the stages that answered them do not run
    again. What FAILED, was SKIPPED or CANCELLED is written as it was, with all its dependencies. Children are left to
    their parents, which add them again. The new plan has the name of the old one, and `retry_of` in its metadata; its
    id is the last line that is printed. Without --jobs the runners of the orchestrator do the work; functions of a
    Python file need the program that has them.
    """
    if jobs is not None and as_json:
        raise click.UsageError("--jobs shows the plan to people; --json prints what was written")

    async def answer(port: Orchestrator) -> _Answer | Exit:
        found = await find_plan(port, plan)
        if found.finished_at is None:
            raise InvalidState(
                f"work plan {called(found)}", f"is {found.status.name}",
                hint="wait until it has ended, or turboci cancel it, before a retry",
            )  # fmt: skip
        told = again(await port.query_nodes(found.id))
        if not told.runs:
            raise InvalidState(f"work plan {called(found)}", "SUCCEEDED as a whole", hint="there is nothing to retry")
        made = await write_again(port, found, told)
        if jobs is not None:
            return await _worked_off(port, made, jobs)
        types = {stage.runner_type for stage in told.stages if stage.runner_type}
        live = {runner.runner_type for runner in await port.list_runners()}
        return _Answer(found, made, told, tuple(sorted(types - live)))

    said = ask(where, answer)
    if isinstance(said, Exit):
        return said
    if as_json:
        print_json({"plan": said.plan, "runs": said.told.runs, "carried": said.told.carried, "missing": said.missing})
    else:
        _tell(said)
    return Exit.OK


def _tell(said: _Answer) -> None:
    for runner_type in said.missing:
        click.echo(f"no live runner of type {runner_type!r} yet; its stages wait for one", err=True)
    click.echo(f"{counted(said.told.runs, 'node')} to run again, {counted(said.told.carried, 'node')} carried over")
    click.echo(said.plan.id)


async def _worked_off(port: Orchestrator, plan: WorkPlan, jobs: int) -> Exit:
    """Run the commands of a plan here; whoever interrupts that cancels it."""
    await port.host(ShellRunner(max_concurrent=jobs))
    try:
        return await watched_to_end(port, plan, plain=False)
    except asyncio.CancelledError:
        click.echo("stopped by Ctrl-C; waiting for what runs to stop, Ctrl-C leaves at once", err=True)
        await port.cancel_work_plan(plan.id, "stopped by Ctrl-C")
        raise


async def write_again(port: Orchestrator, former: WorkPlan, told: Again) -> WorkPlan:
    """Write the new plan; nothing of it starts before all of it is there."""
    metadata = {**former.metadata, "retry_of": former.id}
    plan = await port.create_work_plan(metadata, fail_fast=former.fail_fast, held=True)
    for checks in _portions((*told.ended, *told.checks)):
        await port.write_nodes(plan.id, checks=checks)
    stood_in = tuple(StageWrite(id=id) for id in told.stood_in)
    for stages in _portions((*stood_in, *told.stages)):
        await port.write_nodes(plan.id, stages=stages)
    await port.release_work_plan(plan.id)
    ended = AttemptWrite(state=AttemptState.COMPLETE, process_uid=_HOLDER)
    for stages in _portions(tuple(replace(write, current_attempt=ended) for write in stood_in)):
        await port.write_nodes(plan.id, stages=stages)
    return await port.get_work_plan(plan.id)


def _portions(writes: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    return (writes[begin : begin + _PORTION] for begin in range(0, len(writes), _PORTION))
