"""Where a project begins, and which file configures it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PYPROJECT: Final = "pyproject.toml"
SECTION: Final = b"ci-lint"
ROOT_SIGNS: Final = (".git", ".hg", PYPROJECT, "setup.cfg", "setup.py")


def common_directory(paths: Sequence[Path]) -> Path:
    """Return the deepest directory above all paths, absolute; the current one for none."""
    if not paths:
        return Path.cwd()
    common = Path(os.path.commonpath([os.path.abspath(path) for path in paths]))  # noqa: PTH100 - links are kept
    return common if common.is_dir() else common.parent


def find_configuration(start: Path) -> Path | None:
    """Return the nearest pyproject.toml at or above a directory that speaks of ci-lint; None if there is none.

    The search ends at the root of a repository.
    """
    for directory in (start, *start.parents):
        file = directory / PYPROJECT
        if _mentions_us(file):
            return file
        if (directory / ".git").exists():
            return None
    return None


def _mentions_us(file: Path) -> bool:
    """Return whether it is worth reading: a file that is not for us may be as broken as it likes."""
    try:
        return SECTION in file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return False


def find_root(start: Path) -> Path:
    """Return the nearest directory at or above one that looks like a project's root; the directory itself if none."""
    for directory in (start, *start.parents):
        if any((directory / sign).exists() for sign in ROOT_SIGNS):
            return directory
    return start
