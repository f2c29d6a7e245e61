"""What all commands share that ask an orchestrator: where it is, how a plan is named, and for whom they print."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import click

from ci.cli.addresses import ADDRESS_VARIABLE, DEFAULT_ADDRESS
from ci.cli.plans.completing import complete_plan, complete_stage
from ci.cli.screens import leave_warnings_to_the_view
from ci.embedded import local
from ci.port import Orchestrator
from ci.remote.connection import connect
from orchestrator.upkeep import DatabaseInUse, StorageUnusable
from turboci.errors import OrchestratorUnavailable

T = TypeVar("T")
Question: TypeAlias = Callable[[Orchestrator], Coroutine[object, object, T]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Where the plans are: at an address, or in a database file."""

    address: str | None
    db: str | None

    @property
    def words(self) -> str:
        """What to call it."""
        return self.db or self.address or DEFAULT_ADDRESS


def asks(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say where the plans are; they reach it as `where`."""

    @click.option(
        "--connect", "address", metavar="ADDRESS", envvar=ADDRESS_VARIABLE, show_envvar=True,
        help=f"The orchestrator, as host:port.  [default: {DEFAULT_ADDRESS}]",
    )  # fmt: skip
    @click.option(
        "--db",
        metavar="PATH",
        type=click.Path(),
        help="Look into a database file instead, as `turboci run` leaves one.",
    )
    @functools.wraps(command)
    def asking(*arguments: object, address: str | None, db: str | None, **options: object) -> int:
        return command(*arguments, where=Where(address=address, db=db), **options)

    return asking


plan_argument: Final = click.argument("plan", metavar="PLAN", shell_complete=complete_plan)
stage_argument: Final = click.argument("stage", metavar="STAGE", shell_complete=complete_stage)
json_option: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@asynccontextmanager
async def reached(where: Where) -> AsyncIterator[Orchestrator]:
    """Yield the orchestrator at an address, the one that serves a file, or else one of this process on the file.

    Raises:
        OrchestratorUnavailable: Nobody answers.
        StorageUnusable: The file is missing, or is no database of ours.
    """
    if where.db is None:
        async with connect(where.address or DEFAULT_ADDRESS) as served:
            yield served
        return
    _require_file(where.db)
    leave_warnings_to_the_view()
    address = None
    try:
        async with local(where.db) as opened:
            yield opened
            return
    except DatabaseInUse as error:
        if error.address is None:
            raise
        address = error.address
    async with connect(address) as served:
        yield served


def _require_file(path: str) -> None:
    """Refuse a database that opening would create."""
    if not Path(path).exists():
        raise StorageUnusable(path, "does not exist", "name the database with --db")


def ask(where: Where, question: Question[T]) -> T:
    """Ask the orchestrator, in an event loop of its own.

    Raises:
        CIError: It cannot be reached, or has no answer.
    """
    return asyncio.run(_ask(where, question))


async def _ask(where: Where, question: Question[T]) -> T:
    try:
        async with reached(where) as orchestrator:
            return await question(orchestrator)
    except OrchestratorUnavailable as error:
        if where.address or where.db:
            raise
        hint = f"{error.hint}, name another with --connect, or look into the file of a run with --db turboci.db"
        raise OrchestratorUnavailable(error.subject, error.problem, hint=hint) from None
