"""Why a database cannot be used; each is one line that names the file and the remedy."""

from __future__ import annotations

from typing import Final

from turboci.errors import CIError


class StorageUnusable(CIError):
    """The database cannot be opened.

    Attributes:
        path: The file as the user named it.
        problem: What is not so.
        hint: What to do.
    """

    def __init__(self, path: str, problem: str, hint: str) -> None:
        self.path: Final = path
        self.problem: Final = problem
        self.hint: Final = hint
        super().__init__(f"{path} {problem}; {hint}")


class DatabaseInUse(StorageUnusable):
    """Another process, or another part of this one, has the database open.

    Attributes:
        address: Where the holder serves, as host:port, or None if it has not said.
    """

    def __init__(self, path: str, problem: str, hint: str, *, address: str | None) -> None:
        super().__init__(path, problem, hint)
        self.address: Final = address


class SchemaNewer(StorageUnusable):
    """The database was written by a newer version of this program."""


class MigrationFailed(StorageUnusable):
    """The database could not be brought to the schema of this version; it is as it was before."""


class BackupFailed(StorageUnusable):
    """There is no copy: a file stands in the way, or what was copied is not sound."""
