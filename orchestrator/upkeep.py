"""What is done to the database file of an orchestrator from outside."""

from __future__ import annotations

from pathlib import Path

from orchestrator.clock import Clock, SystemClock
from orchestrator.service import retention
from orchestrator.storage.errors import DatabaseInUse as DatabaseInUse
from orchestrator.storage.errors import StorageUnusable as StorageUnusable
from orchestrator.storage.sqlite.backup import back_up as back_up
from orchestrator.storage.sqlite.database import SQLiteDatabase
from orchestrator.storage.sqlite.inspection import Inspection as Inspection
from orchestrator.storage.sqlite.inspection import inspect as inspect
from orchestrator.storage.sqlite.inspection import require_unserved as require_unserved
from orchestrator.storage.sqlite.inspection import sqlite_version as sqlite_version
from turboci.plans import DeletedPlans


async def delete_plans(
    path: str, *, older_than: float = 0.0, keep: int = 0, dry_run: bool = False, clock: Clock | None = None
) -> DeletedPlans:
    """Delete finished plans from a file that no orchestrator serves, with all their rows.

    Args:
        path: The file.
        older_than: Seconds that have passed since they finished.
        keep: How many of those that finished last stay.
        dry_run: Whether they are only counted.
        clock: The time; the machine's by default.

    Raises:
        DatabaseInUse: An orchestrator serves it.
        StorageUnusable: It cannot be used otherwise.
    """
    _require_file(path)
    finished_by_us = (clock or SystemClock()).now_us() - int(older_than * 1_000_000)
    database = await SQLiteDatabase.open(path)
    try:
        if dry_run:
            return await database.read(lambda connection: retention.eligible(connection, finished_by_us, keep))
        deleted = DeletedPlans()
        while (part := await database.write(lambda session: retention.doom(session, finished_by_us, keep))).plans:
            deleted += part
        while await database.write(retention.delete_portion):
            pass
        return deleted
    finally:
        await database.close()


def _require_file(path: str) -> None:
    """Refuse a database that opening would create."""
    if not Path(path).exists():
        raise StorageUnusable(path, "does not exist", "name the database with --db")
