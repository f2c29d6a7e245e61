"""A copy of a database that may be in use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import apsw

from orchestrator.storage.errors import BackupFailed
from orchestrator.storage.sqlite.files import locate, unusable
from orchestrator.storage.sqlite.lock import FileLock

_PAGES: Final = 4_096
"""Pages that are copied in one step."""
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")


def back_up(source: str, target: str, *, overwrite: bool = False) -> int:
    """Copy a database to a new file as it is at one moment; others may go on reading and writing it.

    The copy is checked before it gets its name, and stands alone: it needs no other file.

    Args:
        source: The database.
        target: The copy.
        overwrite: Whether a file of this name may be replaced.

    Returns:
        The size of the copy in bytes.

    Raises:
        StorageUnusable: One of the two cannot be used.
        DatabaseInUse: `target` is the database of a running orchestrator.
        BackupFailed: The copy is not sound.
    """
    origin = _existing(source)
    goal = locate(target)
    _require_free(goal, target, origin, overwrite=overwrite)
    partial = goal.with_name(f"{goal.name}.partial-{os.getpid()}")
    lock = FileLock.acquire(goal, target) if goal.exists() else None
    try:
        _copy(origin, partial, source)
        _check(partial, source)
        _put(partial, goal)
    except apsw.Error as error:
        raise unusable(source, error) from error
    except OSError as error:
        raise BackupFailed(target, f"cannot be written: {error.strerror}", "free space or name another file") from error
    finally:
        if lock is not None:
            lock.release()
        for suffix in ("", *_SIDE_FILES):
            Path(f"{partial}{suffix}").unlink(missing_ok=True)
    return goal.stat().st_size


def _existing(name: str) -> Path:
    """Return the path of a database that is there."""
    path = Path(name).resolve()
    if not path.is_file():
        raise BackupFailed(name, "cannot be copied: there is no such file", "name the database with --db")
    return path


def _require_free(goal: Path, name: str, origin: Path, *, overwrite: bool) -> None:
    if goal.exists() and goal.samefile(origin):
        raise BackupFailed(name, "is the database itself", "name another file")
    if goal.exists() and not overwrite:
        raise BackupFailed(name, "exists", "name another file, or replace this one with --force")


def _copy(origin: Path, partial: Path, name: str) -> None:
    reader = apsw.Connection(str(origin), flags=apsw.SQLITE_OPEN_READONLY)
    writer = apsw.Connection(str(partial))
    try:
        reader.set_busy_timeout(5_000)
        # While this snapshot is held, what others write does not make the copy begin anew.
        reader.execute("BEGIN")
        if not reader.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'").get:
            raise BackupFailed(name, "is no database of an orchestrator", "name the database with --db")
        with writer.backup("main", reader, "main") as copying:
            while not copying.done:
                copying.step(_PAGES)
        # The copy is one file: without this it would want a log beside it.
        writer.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        writer.close()
        reader.close()


def _check(partial: Path, name: str) -> None:
    """Look at every page and every index of the copy, and at what its rows refer to."""
    copy = apsw.Connection(str(partial), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found = [text for (text,) in copy.execute("PRAGMA integrity_check") if text != "ok"]
        found += [f"a row of {row[0]} refers to one of {row[2]} that is missing" for row in copy.execute(_REFERENCES)]
    finally:
        copy.close()
    if found:
        raise BackupFailed(name, f"is damaged: {found[0]}", "no copy was made; restore it from an older backup")


def _put(partial: Path, goal: Path) -> None:
    """Give the copy its name, durably; a log that was left beside its predecessor is not its own."""
    with partial.open("rb") as copy:
        os.fsync(copy.fileno())
    for suffix in _SIDE_FILES:
        Path(f"{goal}{suffix}").unlink(missing_ok=True)
    partial.replace(goal)
    folder = os.open(goal.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


_REFERENCES: Final = "PRAGMA foreign_key_check"
