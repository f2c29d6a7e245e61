"""`turboci backup`."""

from __future__ import annotations

import click

from ci.cli.teaching import TaughtCommand
from orchestrator.upkeep import back_up


@click.command(cls=TaughtCommand, short_help="Copy the database, also while it is served.")
@click.argument("target", metavar="DEST", type=click.Path())
@click.option(
    "--db", metavar="PATH", type=click.Path(), envvar="SQLITE_PATH", default="turboci.db", show_default=True,
    show_envvar=True,
    help="The database to copy.",
)  # fmt: skip
@click.option("--force", "-f", is_flag=True, help="Replace DEST if it exists.")
def backup(target: str, db: str, force: bool) -> None:
    """Copy the database of an orchestrator to the file DEST, as it is at one moment.

    Example:
        turboci backup /backups/turboci-monday.db --db /var/lib/turboci/turboci.db

    The orchestrator may go on meanwhile. The copy is checked before it gets its name, and is one file that
    `turboci serve --db DEST` can serve.
    """
    size = back_up(db, target, overwrite=force)
    click.echo(f"copied {db} to {target} ({size:,} bytes, checked)")
