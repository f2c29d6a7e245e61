"""What is left when the process that writes is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from orchestrator.storage.sqlite import Durability, SQLiteDatabase

WRITE = """
import asyncio, sys
from pathlib import Path
from orchestrator.storage.sqlite import SQLiteDatabase

async def caller(database, name):
    for turn in range(1_000_000):
        note = f"{name}.{turn}"
        # Two rows, so that a torn operation would show.
        def operation(session, note=note):
            session.change("INSERT INTO notes (body) VALUES (?)", (note,))
            session.change("INSERT INTO notes (body) VALUES (?)", (note + "'",))
        await database.write(operation)
        print(note, flush=True)

async def main(path, schema, durability):
    database = await SQLiteDatabase.open(path, migrations=Path(schema), durability=durability)
    await asyncio.gather(*(caller(database, name) for name in range(16)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("durability", ["full", "relaxed"])
async def test_kill(tmp_path: Path, durability: Durability) -> None:
    """After kill -9 in a stream of writes every answered write is there, none is torn, and the file is sound."""
    (tmp_path / "0001_notes.sql").write_text("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT UNIQUE) STRICT;")
    path = tmp_path / "turboci.db"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE, str(path), str(tmp_path), durability, stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    answered = [await writer.stdout.readline() for _ in range(2_000)]
    writer.kill()
    answered += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()

    database = await SQLiteDatabase.open(path, migrations=tmp_path)
    try:
        rows = await database.read(lambda connection: list(connection.execute("SELECT body FROM notes ORDER BY id")))
        assert await database.check_integrity() == []
    finally:
        await database.close()
    stored = [body for (body,) in rows]
    notes = {line.decode().strip() for line in answered if line.endswith(b"\n")}
    assert len(notes) >= 2_000
    assert notes <= set(stored)
    assert [f"{note}'" for note in stored[::2]] == stored[1::2]
