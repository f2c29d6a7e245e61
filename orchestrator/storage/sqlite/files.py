"""The database file: whether it can be used, and what to say when not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import apsw

from orchestrator.storage.errors import StorageUnusable

_CHOOSE: Final = "choose another file with --db"


def locate(name: str) -> Path:
    """Return the real path of the file that the user calls `name`, links resolved.

    Raises:
        StorageUnusable: Its directory is missing or may not be written, or it is no file, or may not be written.
    """
    try:
        path = Path(name).resolve()
        if path.is_symlink():
            # From Python 3.13 on, resolving leaves a loop of links as it is; following it does not.
            path.stat()
        problem, hint = _problem(path)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long, a zero byte
        raise StorageUnusable(repr(name), f"is not a usable path: {error}", _CHOOSE) from error
    if problem:
        raise StorageUnusable(name, problem, hint)
    return path


def _problem(path: Path) -> tuple[str, str]:
    directory = path.parent
    if not directory.is_dir():
        return f"cannot be created: there is no directory {directory}", f"create it or {_CHOOSE}"
    if path.is_dir():
        return "is a directory", "name a file in it with --db"
    if path.exists() and not path.is_file():
        return "is not a regular file", _CHOOSE
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return "may not be read and written by this user", f"change its permissions or {_CHOOSE}"
    if not os.access(directory, os.W_OK | os.X_OK):
        return f"cannot be used: its directory {directory} may not be written", f"change its permissions or {_CHOOSE}"
    return "", ""


def unusable(name: str, error: apsw.Error) -> StorageUnusable:
    """Return what to say when SQLite could not open the file `name`."""
    match error:
        case apsw.NotADBError():
            return StorageUnusable(name, "is not a SQLite database", _CHOOSE)
        case apsw.CorruptError():
            return StorageUnusable(name, f"is damaged: {error}", f"restore it from a backup or {_CHOOSE}")
        case apsw.FullError():
            return StorageUnusable(name, "cannot grow: the disk is full", f"free space or {_CHOOSE}")
        case apsw.BusyError() | apsw.LockedError():
            return StorageUnusable(name, "is locked by another program", f"close that program or {_CHOOSE}")
        case _:
            return StorageUnusable(name, f"cannot be opened: {error}", _CHOOSE)
