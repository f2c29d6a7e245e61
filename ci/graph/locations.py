"""Where in the user's file something was said, kept so cheaply that every node can have it."""

from __future__ import annotations

import sys
from bisect import bisect_right
from pathlib import Path
from types import CodeType
from typing import Final, NewType, TypeAlias

Place: TypeAlias = tuple[CodeType, int]
"""The user's code object and the instruction in it; a line number is made of it only when it is reported."""
PlaceNumber = NewType("PlaceNumber", int)
"""A place as `Places` remembers it."""
SHARED: Final = 1024
"""Places that are kept only once, however many nodes come from them."""


def here(depth: int = 0) -> Place:
    """Return where the caller of the function that asks was called from.

    Args:
        depth: How many more callers to go up.
    """
    frame = sys._getframe(depth + 2)  # noqa: SLF001 - `inspect` builds what we do not need, at a hundred times the price
    return frame.f_code, frame.f_lasti


class Places:
    """Remembers places as single numbers, and finds their lines again when somebody asks."""

    __slots__ = ("_codes", "_numbers", "_shared", "_tables")

    def __init__(self) -> None:
        self._codes: list[CodeType] = []
        # By identity: comparing and hashing a code object reads all of it.
        self._numbers: dict[int, int] = {}
        self._shared: dict[PlaceNumber, PlaceNumber] = {}
        self._tables: dict[int, tuple[list[int], list[int]]] = {}

    def number(self, place: Place) -> PlaceNumber:
        """Remember a place."""
        code, instruction = place
        known = self._numbers.get(id(code))
        if known is None:
            known = self._numbers[id(code)] = len(self._codes)
            self._codes.append(code)
        number = PlaceNumber(known << 32 | instruction)
        # A loop comes from the same places again and again; a long flat file never does.
        if len(self._shared) < SHARED:
            return self._shared.setdefault(number, number)
        return self._shared.get(number, number)

    def line_of(self, number: PlaceNumber) -> str:
        """Return ``file:line``, the file relative to the working directory if it is below it."""
        file, line = self.position_of(number)
        path = Path(file)
        if path.is_absolute() and path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        return f"{path}:{line}"

    def position_of(self, number: PlaceNumber) -> tuple[str, int]:
        """Return file name and line number."""
        known, instruction = number >> 32, number & 0xFFFFFFFF
        code = self._codes[known]
        if known not in self._tables:
            self._tables[known] = _lines(code)
        starts, lines = self._tables[known]
        found = bisect_right(starts, instruction) - 1
        return code.co_filename, lines[found] if found >= 0 else code.co_firstlineno


def _lines(code: CodeType) -> tuple[list[int], list[int]]:
    """Return where the instructions of each line start, and the lines; reading it once serves all places in a file."""
    starts: list[int] = []
    lines: list[int] = []
    for start, _, line in code.co_lines():
        starts.append(start)
        lines.append(line if line is not None else code.co_firstlineno)
    return starts, lines
