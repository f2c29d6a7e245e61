"""One server to a database file."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Final, Self

from orchestrator.storage.errors import DatabaseInUse, StorageUnusable


class FileLock:
    """An exclusive lock on ``<database>.lock``, which tells others who holds it.

    The operating system releases it when the process ends, however it ends. The file stays: removing it would let
    two processes lock two files of the same name.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._held = True

    @classmethod
    def acquire(cls, target: Path, name: str) -> Self:
        """Take the lock of the database `target`, which the user calls `name`.

        Raises:
            DatabaseInUse: Somebody else has it.
            StorageUnusable: The lock file cannot be created or locked.
        """
        path = target.with_name(f"{target.name}.lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageUnusable(
                name,
                f"cannot be locked: {path}: {error.strerror}",
                "make its directory writable or choose another file with --db",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock = cls(descriptor)
            lock.announce(None)
        except BlockingIOError:
            holder = _read(descriptor)
            os.close(descriptor)
            raise _in_use(name, holder) from None
        except OSError as error:
            os.close(descriptor)
            raise StorageUnusable(
                name, f"cannot be locked: {path}: {error.strerror}", "choose a file on a local disk with --db"
            ) from error
        return lock

    def announce(self, address: str | None) -> None:
        """Tell others where this process serves."""
        content = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "address": address}).encode()
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))

    def release(self) -> None:
        """Give the lock back; again does nothing."""
        if self._held:
            self._held = False
            os.close(self._descriptor)


_UNKNOWN: Final[dict[str, object]] = {}


def _read(descriptor: int) -> dict[str, object]:
    """Return what the holder says of itself; nothing if it is just writing it."""
    try:
        content = json.loads(os.pread(descriptor, 4096, 0))
    except (OSError, ValueError):
        return _UNKNOWN
    return content if isinstance(content, dict) else _UNKNOWN


def _in_use(name: str, holder: dict[str, object]) -> DatabaseInUse:
    who = f"process {holder['pid']}" if "pid" in holder else "another process"
    if holder.get("host", socket.gethostname()) != socket.gethostname():
        who += f" on {holder['host']}"
    address = holder.get("address")
    if isinstance(address, str):
        return DatabaseInUse(
            name,
            f"is in use by {who} serving {address}",
            f"connect to it with --connect {address} or choose another file with --db",
            address=address,
        )
    return DatabaseInUse(name, f"is in use by {who}", "end it or choose another file with --db", address=None)
