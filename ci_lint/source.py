"""A file that is to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """A file.

    Attributes:
        path: As diagnostics are to name it.
        rules: The codes of the rules that are to look at it.
        data: Its content; None if it is to be read from `path`.
    """

    path: Path
    rules: frozenset[str]
    data: bytes | None = None

    def read(self) -> bytes:
        """Return the content.

        Raises:
            OSError: It cannot be read.
        """
        return self.path.read_bytes() if self.data is None else self.data
