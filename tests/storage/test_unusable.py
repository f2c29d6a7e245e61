"""Every line that says why a file cannot be used."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from orchestrator.storage.errors import BackupFailed, DatabaseInUse, MigrationFailed, SchemaNewer, StorageUnusable
from tests.storage.conftest import Open, bodies, insert
from turboci.errors import CIError

NOBODY = 65534


def check_line(refusal: pytest.ExceptionInfo[StorageUnusable], line: str) -> None:
    assert str(refusal.value) == line
    assert "\n" not in line


async def test_missing_directory(open_database: Open, tmp_path: Path) -> None:
    """A path below a directory that does not exist names the directory."""
    with pytest.raises(StorageUnusable) as refusal:
        await open_database(tmp_path / "absent" / "turboci.db")
    check_line(
        refusal,
        f"{tmp_path}/absent/turboci.db cannot be created: there is no directory {tmp_path}/absent; "
        "create it or choose another file with --db",
    )


async def test_directory(open_database: Open, tmp_path: Path) -> None:
    """A directory is no database."""
    with pytest.raises(StorageUnusable) as refusal:
        await open_database(tmp_path)
    check_line(refusal, f"{tmp_path} is a directory; name a file in it with --db")


async def test_pipe(open_database: Open, path: Path) -> None:
    """A named pipe is refused instead of waited on."""
    os.mkfifo(path)
    with pytest.raises(StorageUnusable) as refusal:
        await open_database()
    check_line(refusal, f"{path} is not a regular file; choose another file with --db")


async def test_loop_of_links(open_database: Open, path: Path) -> None:
    """A path that cannot be resolved is refused."""
    path.symlink_to(path)
    with pytest.raises(StorageUnusable, match=r"is not a usable path: .*; choose another file with --db"):
        await open_database()


async def test_zero_byte(open_database: Open) -> None:
    """A path with a zero byte is refused, and shown so that it can be read."""
    with pytest.raises(StorageUnusable, match=r"'a\\x00b' is not a usable path"):
        await open_database(Path("a\0b"))


async def test_no_database(open_database: Open, path: Path) -> None:
    """A file of another kind is refused, not changed, and not kept locked."""
    path.write_text("my diary\n" * 1000)
    for _ in range(2):
        with pytest.raises(StorageUnusable) as refusal:
            await open_database()
        check_line(refusal, f"{path} is not a SQLite database; choose another file with --db")
    assert path.read_text() == "my diary\n" * 1000


async def test_empty_file(open_database: Open, path: Path) -> None:
    """An empty file becomes a database."""
    path.touch()
    database = await open_database()
    await database.write(insert("a"))
    assert await database.read(bodies) == ["a"]


async def test_damaged(open_database: Open, path: Path) -> None:
    """A database whose first page is damaged is refused."""
    await (await open_database()).close()
    content = bytearray(path.read_bytes())
    content[100:140] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(StorageUnusable) as refusal:
        await open_database()
    assert str(refusal.value).startswith(f"{path} is damaged: ")
    assert refusal.value.hint == "restore it from a backup or choose another file with --db"


async def test_locked_by_another_program(open_database: Open, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another program holds with SQLite's own lock is refused."""
    monkeypatch.setattr("orchestrator.storage.sqlite.pragmas._BUSY_MS", 50)
    other = apsw.Connection(str(path))
    try:
        other.execute("CREATE TABLE theirs (id INTEGER)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnusable) as refusal:
            await open_database()
    finally:
        other.close()
    check_line(refusal, f"{path} is locked by another program; close that program or choose another file with --db")


async def test_lock_file_is_a_directory(open_database: Open, path: Path) -> None:
    """A lock file that cannot be made is named."""
    lock = path.with_name("turboci.db.lock")
    lock.mkdir()
    with pytest.raises(StorageUnusable) as refusal:
        await open_database()
    check_line(
        refusal,
        f"{path} cannot be locked: {lock}: Is a directory; "
        "make its directory writable or choose another file with --db",
    )


OPEN_AS_USER = f"""
import asyncio, os, sys
from pathlib import Path
from orchestrator.storage.errors import StorageUnusable
from orchestrator.storage.sqlite import SQLiteDatabase
from orchestrator.storage.sqlite.migrate import load_migrations

async def main(path):
    load_migrations()
    if os.geteuid() == 0:  # to whom permissions mean nothing
        os.setgid({NOBODY})
        os.setuid({NOBODY})
    try:
        await SQLiteDatabase.open(path)
    except StorageUnusable as error:
        print(error)

asyncio.run(main(sys.argv[1]))
"""


def open_as_user(path: Path) -> str:
    command = [sys.executable, "-c", OPEN_AS_USER, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.rstrip("\n")


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that every user can reach."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


async def test_read_only_directory(public: Path) -> None:
    """A directory without write permission is named."""
    public.chmod(0o555)
    line = await asyncio.to_thread(open_as_user, public / "turboci.db")
    assert line == (
        f"{public}/turboci.db cannot be used: its directory {public} may not be written; "
        "change its permissions or choose another file with --db"
    )


async def test_read_only_file(public: Path) -> None:
    """A file without write permission is refused."""
    (public / "turboci.db").touch(mode=0o444)
    line = await asyncio.to_thread(open_as_user, public / "turboci.db")
    assert line == (
        f"{public}/turboci.db may not be read and written by this user; "
        "change its permissions or choose another file with --db"
    )


async def test_unreachable_directory(public: Path) -> None:
    """A path below a directory that may not be entered is refused."""
    (public / "private").mkdir(mode=0o700)
    (public / "private").chmod(0o000)
    line = await asyncio.to_thread(open_as_user, public / "private" / "turboci.db")
    assert line.endswith("choose another file with --db")
    assert "private" in line


def test_tree() -> None:
    """All errors of the store are StorageUnusable and CIError, so that one clause catches them."""
    assert issubclass(StorageUnusable, CIError)
    assert {BackupFailed, DatabaseInUse, SchemaNewer, MigrationFailed} == set(StorageUnusable.__subclasses__())
