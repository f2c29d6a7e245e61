"""`turboci doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from ci.cli.addresses import ADDRESS_VARIABLE, DEFAULT_ADDRESS
from ci.cli.console import Output
from ci.cli.doctor import database, machine, network
from ci.cli.doctor.findings import Finding, Health
from ci.cli.exits import Exit
from ci.cli.plans.asking import json_option
from ci.cli.plans.machine import print_json
from ci.cli.teaching import TaughtCommand
from ci.cli.view.wording import one_line

_STYLES: Final = {Health.OK: "green", Health.ODD: "yellow", Health.BAD: "bold red"}


@click.command(cls=TaughtCommand, short_help="Look whether an orchestrator can work here.")
@click.option(
    "--db", metavar="PATH", type=click.Path(), envvar="SQLITE_PATH", default="turboci.db", show_default=True,
    show_envvar=True,
    help="The database that is, or will be, served.",
)  # fmt: skip
@click.option(
    "--connect", "address", metavar="ADDRESS", envvar=ADDRESS_VARIABLE, show_envvar=True, default=DEFAULT_ADDRESS,
    show_default=True, help="Where the orchestrator listens, or will listen.",
)  # fmt: skip
@json_option
def doctor(db: str, address: str, as_json: bool) -> int:
    """Look whether an orchestrator can work here: SQLite, database, lock, port, clock, disk.

    Examples:
        turboci doctor
        turboci doctor --db /var/lib/turboci/turboci.db --json

    Nothing is changed; a database that is served may be looked at, too. `odd` works, but not as well as it could;
    `bad` does not, and makes exit code 1.
    """
    found = list(_look(db, address))
    if as_json:
        print_json(found)
    else:
        console = Output(highlight=False)
        width = max(len(finding.thing) for finding in found)
        for finding in found:
            sign = (finding.health.value.ljust(3), _STYLES[finding.health])
            line = Text.assemble(sign, "  ", finding.thing.ljust(width), "  ", one_line(finding.text))
            console.print(line, soft_wrap=True)
    return Exit.FAILED if any(finding.health is Health.BAD for finding in found) else Exit.OK


def _look(db: str, address: str) -> Iterator[Finding]:
    folder = Path(db).resolve().parent
    yield machine.python()
    yield database.sqlite()
    yield from database.database(db)
    if folder.is_dir():
        yield from database.file_system(folder)
        yield from machine.disk(folder)
        yield from machine.clock(folder)
    yield from network.port(address)
    yield machine.open_files()
