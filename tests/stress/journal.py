"""What a process outside the server knows to be true, kept where no crash of the server can reach it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TypeAlias

Fact: TypeAlias = dict[str, Any]


class Journal:
    """A file of facts, one a line; each is on the disk before `note` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        # Whoever wrote before may have been killed in the middle of a line.
        self._file.write(b"\n")

    def note(self, **fact: object) -> None:
        """Keep a fact for ever."""
        self._file.write(json.dumps(fact).encode() + b"\n")
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def facts(path: Path) -> list[Fact]:
    """Return what a journal holds; a line that its writer did not finish says nothing."""
    found: list[Fact] = []
    for line in path.read_bytes().split(b"\n"):
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
