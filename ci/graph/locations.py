"""Where in the user's file something was said, kept so cheaply that every node can have it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType
from typing import TypeAlias

Place: TypeAlias = tuple[CodeType, int]
"""The user's code object and the instruction in it; a line number is made of it only when it is reported."""


def here(depth: int = 0) -> Place:
    """Return where the caller of the function that asks was called from.

    Args:
        depth: How many more callers to go up.
    """
    frame = sys._getframe(depth + 2)  # noqa: SLF001 - `inspect` builds what we do not need, at a hundred times the price
    return frame.f_code, frame.f_lasti


def line_of(place: Place) -> str:
    """Return ``file:line``, the file relative to the working directory if it is below it."""
    file, line = position_of(place)
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return f"{path}:{line}"


def position_of(place: Place) -> tuple[str, int]:
    """Return file name and line number."""
    code, instruction = place
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            return code.co_filename, line
    return code.co_filename, code.co_firstlineno
