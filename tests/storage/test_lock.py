"""One server to a file."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from orchestrator.storage.errors import DatabaseInUse
from tests.storage.conftest import Open, insert

OPEN = """
import asyncio, sys
from pathlib import Path
from orchestrator.storage.errors import StorageUnusable
from orchestrator.storage.sqlite import SQLiteDatabase

async def main(path, schema):
    try:
        database = await SQLiteDatabase.open(path, migrations=Path(schema))
    except StorageUnusable as error:
        print(error, flush=True)
        return
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await database.close()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


async def start_other(path: Path, schema: Path) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPEN, str(path), str(schema), stdin=pipe, stdout=pipe
    )


async def first_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().rstrip("\n")


async def test_other_process_is_refused(open_database: Open, path: Path, schema: Path) -> None:
    """A second process is told in one line which process holds the file, and what to do."""
    await open_database()
    other = await start_other(path, schema)
    assert await first_line(other) == (
        f"{path} is in use by process {os.getpid()}; end it or choose another file with --db"
    )
    await other.communicate()


async def test_other_process_learns_the_address(open_database: Open, path: Path, schema: Path) -> None:
    """Once the holder has announced its address, the line says how to connect to it."""
    (await open_database()).announce("127.0.0.1:50051")
    other = await start_other(path, schema)
    assert await first_line(other) == (
        f"{path} is in use by process {os.getpid()} serving 127.0.0.1:50051; "
        "connect to it with --connect 127.0.0.1:50051 or choose another file with --db"
    )
    await other.communicate()


async def test_same_process_is_refused(open_database: Open) -> None:
    """The lock holds within a process too, and the error carries the address."""
    (await open_database()).announce("127.0.0.1:1234")
    with pytest.raises(DatabaseInUse) as refusal:
        await open_database()
    assert refusal.value.address == "127.0.0.1:1234"


async def test_killed_holder(open_database: Open, path: Path, schema: Path) -> None:
    """The lock of a killed process is free at once."""
    other = await start_other(path, schema)
    assert await first_line(other) == "open"
    with pytest.raises(DatabaseInUse, match=f"is in use by process {other.pid};"):
        await open_database()
    other.kill()
    await other.communicate()
    await (await open_database()).write(insert("a"))


async def test_two_names(open_database: Open, path: Path, tmp_path: Path) -> None:
    """Two names of one file, through a link to it or to its directory, share the lock."""
    await open_database()
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "folder").symlink_to(tmp_path)
    for name in (tmp_path / "link.db", tmp_path / "folder" / path.name):
        with pytest.raises(DatabaseInUse):
            await open_database(name)


async def test_close_frees(open_database: Open, path: Path) -> None:
    """After close the file can be opened again; the lock file stays."""
    await (await open_database()).close()
    assert path.with_name("turboci.db.lock").exists()
    await open_database()


async def test_content(open_database: Open, path: Path) -> None:
    """The lock file is JSON with process, host and address, also when a shorter address replaces a longer one."""
    database = await open_database()
    database.announce("127.0.0.1:50051")
    database.announce("[::1]:1")
    content = json.loads(path.with_name("turboci.db.lock").read_text())
    assert content["pid"] == os.getpid()
    assert content["address"] == "[::1]:1"
    assert sorted(content) == ["address", "host", "pid"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 4711, "host": "elsewhere"}'])
async def test_strange_content(open_database: Open, path: Path, content: str) -> None:
    """A lock file that does not say who holds it, or names another host, still refuses in one clear line."""
    await open_database()
    path.with_name("turboci.db.lock").write_text(content)
    who = "process 4711 on elsewhere" if "4711" in content else "another process"
    with pytest.raises(DatabaseInUse, match=f"is in use by {who}; end it or choose"):
        await open_database()
