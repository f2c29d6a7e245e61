"""`turboci gc`."""

from __future__ import annotations

import asyncio

import click
from click.core import ParameterSource

from ci.cli.durations import in_seconds
from ci.cli.teaching import TaughtCommand
from ci.remote.connection import connect
from orchestrator.upkeep import delete_plans
from turboci.plans import DeletedPlans


@click.command(cls=TaughtCommand, short_help="Delete finished plans.")
@click.option("--connect", "address", metavar="ADDRESS", help="Ask the orchestrator at host:port to do it.")
@click.option(
    "--db", metavar="PATH", type=click.Path(), envvar="SQLITE_PATH", default="turboci.db", show_default=True,
    show_envvar=True,
    help="Do it to a database file that no orchestrator serves.",
)  # fmt: skip
@click.option(
    "--older-than", metavar="TIME", callback=in_seconds, default="0",
    help="Only plans that finished so long ago, such as 12h or 30d.  [default: any time ago]",
)  # fmt: skip
@click.option(
    "--keep", metavar="N", type=click.IntRange(min=0), default=0, show_default=True,
    help="Leave the N plans that finished last.",
)  # fmt: skip
@click.option("--dry-run", "-n", is_flag=True, help="Only say what would be deleted.")
def gc(address: str | None, db: str, older_than: float, keep: int, dry_run: bool) -> None:
    """Delete finished plans with everything that belongs to them.

    Examples:
        turboci gc --connect 127.0.0.1:50051 --older-than 7d
        turboci gc --db turboci.db --keep 100 --dry-run

    Plans in which something is open are never deleted. An orchestrator does the same by itself: see --retain-plans-for
    and --retain-plans-most of `turboci serve`. The file keeps its size; the space is used for what comes.
    """
    db_source = click.get_current_context().get_parameter_source("db")
    if address is not None and db_source is ParameterSource.COMMANDLINE:
        raise click.UsageError("--db and --connect exclude each other: the orchestrator has its own database")
    deleted = asyncio.run(_delete(address, db, older_than, keep, dry_run=dry_run))
    click.echo(f"{'would delete' if dry_run else 'deleted'} {_counted(deleted)}")


async def _delete(address: str | None, db: str, older_than: float, keep: int, *, dry_run: bool) -> DeletedPlans:
    if address is None:
        return await delete_plans(db, older_than=older_than, keep=keep, dry_run=dry_run)
    async with connect(address) as orchestrator:
        return await orchestrator.delete_work_plans(older_than=older_than, keep=keep, dry_run=dry_run)


def _counted(deleted: DeletedPlans) -> str:
    plans = "1 plan" if deleted.plans == 1 else f"{deleted.plans:,} plans"
    return f"{plans} ({deleted.checks:,} checks, {deleted.stages:,} stages)"
