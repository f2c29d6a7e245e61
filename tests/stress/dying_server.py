"""The server on a disk that kills it at its n-th write: ``python -m tests.stress.dying_server N [FLAG ...]``.

Everything that SQLite writes goes through a VFS that counts. At write or sync number N half of the data is written and
the process ends as with ``kill -9``. With N = 0 it never dies. Files of the database alone count, not those that are
only memory (temporary files and the shared index of the log).
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import apsw

from orchestrator.__main__ import main

REAL = apsw.vfs_names()[0]
"""The default file system, of which ours is made."""

COUNTED = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


class Fate:
    """Counts the writes and syncs of the process, and ends it at one of them."""

    def __init__(self, at: int) -> None:
        self.done = 0
        self._at = at

    def strikes(self) -> bool:
        """Count one more; return whether it is the last."""
        self.done += 1
        return self.done == self._at


class CountedFile(apsw.VFSFile):
    """A file on the real disk."""

    def __init__(self, fate: Fate, name: Any, flags: list[int]) -> None:
        super().__init__(REAL, name, flags)
        self._fate = fate

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        if self._fate.strikes():
            super().xWrite(bytes(data)[: len(data) // 2], offset)
            die()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._fate.strikes():
            die()
        super().xSync(flags)


class CountingDisk(apsw.VFS):
    """The default file system, except that it counts."""

    def __init__(self, fate: Fate) -> None:
        super().__init__("counting", REAL, makedefault=True)
        self._fate = fate

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if flags[0] & COUNTED:
            return CountedFile(self._fate, name, flags)
        return apsw.VFSFile(REAL, name, flags)


def die() -> None:
    """End this process at once; nothing runs after it."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


if __name__ == "__main__":
    fate = Fate(int(sys.argv[1]))
    disk = CountingDisk(fate)
    code = main(sys.argv[2:])
    sys.stderr.write(f"writes: {fate.done}\n")
    sys.exit(code)
