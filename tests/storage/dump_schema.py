"""Writes down what a released version leaves in its database: its schema, with rows of every kind in it.

``python -m tests.storage.dump_schema`` lets the present version write plans, and stores its database as SQL in
``tests/storage/schemas``. Run it whenever the newest migration changes before it is released; what a released version
has written is never written anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from orchestrator.storage.sqlite.migrate import Migration, load_migrations
from tests.service.recording import final
from tests.service.rig import Rig
from tests.service.writing import ASYNC, at_least, check, claimed, ended, on_check, stage
from turboci.nodes import ProgressEntry

SCHEMAS: Final = Path(__file__).with_name("schemas")
_DIGEST: Final = "-- schema "


def path_of(version: int) -> Path:
    """Return where the database of a version is written down."""
    return SCHEMAS / f"{version:04}.sql"


def digest(migrations: tuple[Migration, ...]) -> str:
    """Return what stands for the text of all migrations."""
    text = "\0".join(migration.sql for migration in migrations)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_of(dump: Path) -> str:
    """Return the digest of the migrations that a dump was made with."""
    return dump.read_text(encoding="utf-8").partition("\n")[0].removeprefix(_DIGEST)


def main() -> int:
    """Write the dump of the present schema."""
    migrations = load_migrations()
    with tempfile.TemporaryDirectory() as folder:
        database = asyncio.run(_sample(Path(folder)))
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            statements = list(connection.iterdump())
    target = path_of(len(migrations))
    target.write_text("\n".join([f"{_DIGEST}{digest(migrations)}", *statements, ""]), encoding="utf-8")
    print(f"wrote {target}")  # noqa: T201
    return 0


async def _sample(folder: Path) -> Path:
    """Make a database as a server leaves it that is killed in the middle of its work."""
    rig = Rig(folder)
    await rig.start()
    await _finished(rig)
    await _in_the_middle(rig)
    await _cancelled(rig)
    held = await rig.server.create_work_plan({"name": "held"}, held=True)
    await rig.write(check("a"), stage("s", answers=["a"]), plan=held.id)
    await rig.server.create_work_plan({"name": "empty"}, idempotency_key="key")
    # The copy that a crash would leave: nothing of it is put in order.
    await rig.settle()
    copy = folder / "killed.db"
    with closing(sqlite3.connect(folder / "turboci.db")) as live, closing(sqlite3.connect(copy)) as killed:
        live.backup(killed)
    await rig.stop()
    return copy


async def _finished(rig: Rig) -> None:
    plan = (await rig.server.create_work_plan({"name": "finished"})).id
    await rig.write(
        ended("plan", targets=3), check("build", on_check("plan")), ended("build", failure="red"), plan=plan
    )


async def _in_the_middle(rig: Rig) -> None:
    """One stage done, one running SYNC, one running ASYNC with progress, one waiting for each, one to be claimed."""
    plan = (await rig.server.create_work_plan({"name": "middle"})).id
    await rig.register(max_concurrent=3)
    await rig.write(
        *[check(name) for name in ("done", "sync", "async", "next")],
        stage("is-done", answers=["done"]),
        plan=plan,
    )
    rig.runners.take().answer(final("done", size=7))
    await rig.settle()
    await rig.write(
        stage("runs", answers=["sync"], args={"deep": {"list": [1, None, "ü"]}}),
        stage("runs-async", answers=["async"], execution_mode=ASYNC),
        stage("waits", on_check("sync"), on_check("async"), answers=["next"]),
        stage("any", dependencies=at_least(1, on_check("sync").finished, on_check("next").failed)),
        claimed("by-hand"),
        plan=plan,
    )
    _, asynchronous = rig.runners.take_all()
    asynchronous.accept()
    await rig.settle()
    await rig.server.update_execution(
        asynchronous.execution.execution_id, ProgressEntry(message="half", percent=50, details={"n": 1}, log="line\n")
    )


async def _cancelled(rig: Rig) -> None:
    plan = (await rig.server.create_work_plan({"name": "cancelled"})).id
    await rig.write(check("a"), stage("s", answers=["a"], runner_type="nobody"), plan=plan)
    await rig.server.cancel_work_plan(plan, "an example")


if __name__ == "__main__":
    sys.exit(main())
