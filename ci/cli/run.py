"""`turboci run`."""

from __future__ import annotations

import asyncio
import os
from typing import TypedDict, Unpack

import click
from click.core import ParameterSource

from ci.cli.complaints import complain
from ci.cli.console import Output
from ci.cli.exits import Exit
from ci.cli.loading import LoadError, load
from ci.cli.reports.requests import Reports, reporting
from ci.cli.screens import leave_warnings_to_the_view
from ci.cli.session import RunOptions, Session
from ci.cli.teaching import TaughtCommand


class Flags(TypedDict):
    """The flags that say how to run."""

    connect: str | None
    db: str
    plain: bool
    jobs: int
    no_runner: bool
    timeout: float | None
    reports: Reports


@click.command(cls=TaughtCommand, short_help="Run the pipeline in a Python file.")
@click.argument("file", metavar="FILE.py", type=click.Path())
@click.argument("arguments", metavar="[-- ARGS...]", nargs=-1, type=click.UNPROCESSED)
@click.option("--connect", metavar="ADDRESS", help="Use the orchestrator at host:port instead of one in this process.")
@click.option(
    "--db", metavar="PATH", type=click.Path(), envvar="SQLITE_PATH", default="turboci.db", show_default=True,
    show_envvar=True,
    help="Database file of the orchestrator in this process.",
)  # fmt: skip
@click.option("--plain", is_flag=True, help="Print one line per change, also on a terminal.")
@click.option(
    "--jobs", "-j", metavar="N", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default="number of CPUs",
    help="Commands to run at the same time.",
)  # fmt: skip
@click.option("--no-runner", is_flag=True, help="With --connect: leave shell commands to other runners.")
@click.option(
    "--timeout", metavar="SECONDS", type=click.FloatRange(min=0, min_open=True),
    help="Cancel the plan after this time; exit code 1.",
)  # fmt: skip
@reporting
@click.option("--dag", metavar="NAME", help="Which DAG of the file to run: its variable or its name.")
def run(file: str, arguments: tuple[str, ...], dag: str | None, **flags: Unpack[Flags]) -> int:
    """Run the pipeline in FILE.py and show how it goes.

    Examples:
        turboci run ci.py --jobs 4
        turboci run ci.py --junit junit.xml --report report.html --github-summary

    What is run: with --dag the DAG of that variable or name; else the coroutine function `main`, which is called with
    the orchestrator if it takes an argument and may build and execute DAGs as it likes; else the DAG at module level,
    of several the one in the variable `dag`. The file's folder is importable; what follows -- is in sys.argv.

    Without --connect an orchestrator runs in this process on a free port of 127.0.0.1 for as long as the pipeline
    does, and records everything in the database. Ctrl-C cancels the plan and waits until its work has stopped, at other
    runners, too: ten seconds at most, and for stages that always run as long as they take. A second one kills the
    commands of this process, leaves at once, and says what may still run elsewhere.
    """
    _require_sense(flags)
    try:
        loaded = load(file, dag=dag, arguments=arguments)
        if loaded.dag is not None:
            loaded.dag.validate()  # before there is a database
    except LoadError as error:
        complain(str(error), error.details)
        return Exit.USAGE
    options = RunOptions(
        connect=flags["connect"],
        db=flags["db"],
        plain=flags["plain"],
        jobs=0 if flags["no_runner"] else flags["jobs"],
        timeout=flags["timeout"],
        reports=flags["reports"],
    )
    leave_warnings_to_the_view()
    return asyncio.run(Session(loaded, options, Output(highlight=False)).run())


def _require_sense(flags: Flags) -> None:
    if flags["no_runner"] and flags["connect"] is None:
        raise click.UsageError("--no-runner goes with --connect: nobody else runs the commands of this process")
    db_source = click.get_current_context().get_parameter_source("db")
    if flags["connect"] is not None and db_source is ParameterSource.COMMANDLINE:
        raise click.UsageError("--db is for the orchestrator in this process; the one at --connect has its own")
