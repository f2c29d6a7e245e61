"""What fixes would change, as a patch."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

from ci_lint.files.text import encoding_of

_NO_LINE_END: Final = "\n\\ No newline at end of file\n"


def unified_diff(path: Path, before: bytes, after: bytes) -> str:
    """Return a patch that `git apply` and `patch` understand, with three lines of context."""
    name = path.as_posix().lstrip("/")
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}{_NO_LINE_END}" for line in lines)


def _lines(content: bytes) -> list[str]:
    """Return the lines with their ends; in a patch nothing but LF ends a line."""
    *lines, last = content.decode(encoding_of(content), "replace").split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]
