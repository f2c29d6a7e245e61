"""`turboci logs`."""

from __future__ import annotations

import json
import sys
from contextlib import aclosing

import click

from ci.cli.exits import Exit
from ci.cli.plans.asking import Where, ask, asks, json_option, plan_argument, stage_argument
from ci.cli.plans.finding import called, find_plan, find_stage
from ci.cli.plans.machine import as_json as jsonable
from ci.cli.plans.table import nothing
from ci.cli.reports.record import printed
from ci.cli.teaching import TaughtCommand
from ci.cli.view.wording import harmless
from ci.port import Orchestrator
from turboci.logs import LogPiece
from turboci.nodes import Nodes, Stage


@click.command(cls=TaughtCommand, short_help="Print what a stage printed.")
@asks
@plan_argument
@stage_argument
@click.option(
    "--attempt",
    "-a",
    metavar="N",
    type=click.IntRange(min=1),
    help="Which attempt.  [default: the newest one that has begun]",
)
@click.option("--follow", "-f", is_flag=True, help="Go on until the stage, or the attempt that was named, has ended.")
@click.option("--raw", is_flag=True, help="Print every byte as it came, colours and control characters included.")
@json_option
def logs(where: Where, plan: str, stage: str, attempt: int | None, follow: bool, raw: bool, as_json: bool) -> int:
    """Print what the runner of a stage printed, in order, as it is kept by the orchestrator.

    Examples:
        turboci logs latest build
        turboci logs release test --follow
        turboci logs 3f9c04b1 test --attempt 1 --db turboci.db

    STAGE is the id of the stage, or of the check that it answers. The log of every attempt is kept apart, also after
    a crash, up to a size; where something was left out a line says so. Control characters are made harmless, so that
    a log cannot rewrite the screen that shows it. With --json each piece is an object on a line of its own.
    """

    async def answer(port: Orchestrator) -> int:
        found = await find_plan(port, plan)
        nodes = await port.query_nodes(found.id)
        chosen = find_stage(found, nodes, stage)
        if not chosen.attempts and not follow:
            nothing(
                f"stage {chosen.id!r} of work plan {called(found)} has not begun; turboci why says what it waits for"
            )
            return Exit.OK
        number = attempt or (0 if follow else _newest_begun(chosen))
        printer = _Printer(raw=raw, as_json=as_json)
        async with aclosing(port.read_log(found.id, chosen.id, attempt=number, follow=follow)) as log:
            async for piece in log:
                printer.print(piece)
        if printer.is_new:
            _fall_back(nodes, chosen, number)
        return Exit.OK

    return ask(where, answer)


def _newest_begun(stage: Stage) -> int:
    """Return the newest attempt that a runner had: the next one may be waiting for one. 0 if there is none."""
    return next((attempt.idx for attempt in reversed(stage.attempts) if attempt.process_uid), 0)


class _Printer:
    """Prints pieces one after the other, and says where attempts change and where something is missing."""

    def __init__(self, *, raw: bool, as_json: bool) -> None:
        self._raw = raw
        self._as_json = as_json
        self._attempt = 0
        self._end = 0
        self.is_new = True

    def print(self, piece: LogPiece) -> None:
        """Print a piece at once."""
        if self._as_json:
            click.echo(json.dumps(jsonable(piece)))
        else:
            self._note(piece)
            click.echo(piece.text if self._raw else harmless(piece.text), nl=False, color=True if self._raw else None)
        self._attempt, self._end, self.is_new = piece.attempt, piece.end, False
        sys.stdout.flush()

    def _note(self, piece: LogPiece) -> None:
        if self._attempt and piece.attempt != self._attempt:
            click.echo(f"-- attempt {piece.attempt} --", err=True)
        elif piece.start > self._end:
            click.echo(f"-- {piece.start - self._end:,} bytes were too much to be kept --", err=True)


def _fall_back(nodes: Nodes, stage: Stage, attempt: int) -> None:
    """Print what the result keeps, of a runner that sends no log."""
    details = [each.details for each in stage.attempts if attempt in {0, each.idx}]
    answers = {assignment.target_check_id for assignment in stage.assignments}
    owners = {f"{stage.id}:{each.idx}" for each in stage.attempts if attempt in {0, each.idx}}
    results = [
        result.data
        for check in nodes.checks
        if check.id in answers
        for result in check.results
        if result.owner_id in owners
    ]
    lines = [line for data in (*details, *results) for line in printed(data)]
    for line in lines:
        click.echo(line)
    if not lines:
        nothing(f"stage {stage.id!r} printed nothing")
