"""Database files that a server does not start on: one line, exit code 1, and the file as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from orchestrator.storage.sqlite.migrate import load_migrations
from tests.edge.test_process import PATIENCE, refused, serving

pytestmark = pytest.mark.e2e


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file that a server has made, and left in good order."""
    with serving(tmp_path, "--port", "0") as (process, _):
        process.terminate()
        assert process.wait(PATIENCE) == 0
    return tmp_path / "turboci.db"


def only_line(folder: Path) -> str:
    code, said = refused(folder, "--port", "0")
    assert code == 1
    [line] = said.splitlines()
    return line


def test_a_newer_schema_is_refused(database: Path) -> None:
    """An older program does not touch what a newer one wrote, and says which schema that is."""
    newest = len(load_migrations())
    with sqlite3.connect(database) as other:
        other.execute("INSERT INTO schema_migrations VALUES (?, 'from_the_future', 1)", (newest + 1,))
    other.close()
    before = database.read_bytes()
    assert only_line(database.parent) == (
        f"error: turboci.db was written by a newer version (schema {newest + 1}; this version knows up to {newest}); "
        "upgrade turboci-lite or choose another file with --db"
    )
    assert database.read_bytes() == before


@pytest.mark.parametrize("where", ["schema", "header"])
def test_a_corrupt_file_is_refused(where: str, database: Path) -> None:
    """Bytes that make no sense are named as damage, and stay for who wants to look at them."""
    content = bytearray(database.read_bytes())
    if where == "schema":
        content[100:4096] = b"\xa5" * 3_996
    else:
        content[16:18] = b"\x00\x03"  # no page size
    database.write_bytes(content)
    line = only_line(database.parent)
    assert line.startswith(("error: turboci.db is damaged: ", "error: turboci.db is not a SQLite database; "))
    assert "choose another file with --db" in line
    assert database.read_bytes() == bytes(content)


def test_a_file_that_another_program_locks_is_refused(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for it would be silent, so the server says after a few seconds who is in the way."""
    other = sqlite3.connect(database, isolation_level=None)
    try:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE theirs (x)")
        line = only_line(database.parent)
    finally:
        other.close()
    assert line == (
        "error: turboci.db is locked by another program; close that program or choose another file with --db"
    )
    with serving(database.parent, "--port", "0") as (_, said):
        assert said.startswith("listening on ")
