"""Times tiny durable writes: one caller after the other, and 64 callers at once.

Run it with ``python -m benchmarks.storage [seconds]``; it writes in a temporary directory below the current one, since
/tmp may be memory.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

from orchestrator.storage.interface import Session
from orchestrator.storage.sqlite import Durability, SQLiteDatabase

_SCHEMA = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;"


def _note(session: Session) -> int:
    return session.change("INSERT INTO notes (body) VALUES (?)", ("a tiny write",))


async def _keep_writing(database: SQLiteDatabase, operation: Callable[[Session], int], until: float) -> int:
    count = 0
    while time.perf_counter() < until:
        count += await database.write(operation)
    return count


async def _writes_per_second(database: SQLiteDatabase, callers: int, seconds: float) -> float:
    start = time.perf_counter()
    counts = await asyncio.gather(*(_keep_writing(database, _note, start + seconds) for _ in range(callers)))
    return sum(counts) / (time.perf_counter() - start)


async def _measure(folder: Path, durability: Durability, callers: int, seconds: float) -> float:
    database = await SQLiteDatabase.open(folder / "bench.db", durability=durability, migrations=folder)
    try:
        return await _writes_per_second(database, callers, seconds)
    finally:
        await database.close()


def microseconds_a_write(folder: Path, durability: Durability, callers: int, seconds: float) -> float:
    """Return what a tiny write takes, if so many callers keep writing below `folder`."""
    with tempfile.TemporaryDirectory(dir=folder) as below:
        Path(below, "0001_notes.sql").write_text(_SCHEMA, encoding="utf-8")
        return 1_000_000 / asyncio.run(_measure(Path(below), durability, callers, seconds))


def main(seconds: float) -> None:
    """Print the table."""
    print(f"{'durability':>10}  {'callers':>7}  {'writes/s':>9}  {'us/write':>9}")
    settings: tuple[Durability, ...] = ("full", "relaxed")
    for durability, callers in product(settings, (1, 64)):
        each = microseconds_a_write(Path.cwd(), durability, callers, seconds)
        print(f"{durability:>10}  {callers:>7}  {1_000_000 / each:>9,.0f}  {each:>9.1f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
