"""What git and the configuration leave out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ci_lint.deferred import deferred

if TYPE_CHECKING:
    import pathspec
else:
    pathspec = deferred("pathspec")

NEVER: Final = frozenset(
    [
        ".bzr",
        ".ci_lint_cache",
        ".direnv",
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pants.d",
        ".pyenv",
        ".pytest_cache",
        ".pytype",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        ".vscode",
        "__pycache__",
        "__pypackages__",
        "_build",
        "buck-out",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    ]
)
"""Names of directories that hold no source of the project, wherever they are."""


class Patterns:
    """Patterns of one place, as a ``.gitignore`` there would have them."""

    def __init__(self, base: Path, lines: Iterable[str]) -> None:
        """Remember the patterns.

        Args:
            base: Where the patterns count from, absolute.
            lines: One pattern each.
        """
        self.prefix = f"{base}/" if str(base) != "/" else "/"
        self._spec = pathspec.GitIgnoreSpec.from_lines(lines)

    def verdict(self, path: str) -> bool | None:
        """Return whether a path is matched, or exempted by a ``!``; None if no pattern speaks of it.

        Args:
            path: Absolute; ends with a slash if it is a directory.
        """
        if not path.startswith(self.prefix):
            return None
        return self._spec.check_file(path[len(self.prefix) :]).include

    def covers(self, path: str) -> bool:
        """Return whether a path is matched, itself or through a directory above it."""
        return self.verdict(path) is True


@dataclass(frozen=True, slots=True)
class Ignoring:
    """What is left out in one directory: the ``.gitignore`` files at and above it, the nearest first."""

    chain: tuple[Patterns, ...] = ()

    def entering(self, directory: str) -> Ignoring:
        """Return what is left out in a directory below, which may have a ``.gitignore`` of its own."""
        found = _read(Path(directory) / ".gitignore", Path(directory))
        return Ignoring((found, *self.chain)) if found else self

    def leaves_out(self, path: str) -> bool:
        """Return whether git ignores a path; a directory's ends with a slash."""
        for patterns in self.chain:
            if (verdict := patterns.verdict(path)) is not None:
                return verdict
        return False


def _read(file: Path, base: Path) -> Patterns | None:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    return Patterns(base, lines)


def ignoring_at(directory: Path) -> Ignoring:
    """Return what git ignores in a directory that the user named, as its repository says.

    If git ignores the directory itself, the user knows better, and only what is said inside of it counts.
    """
    above = [directory, *directory.parents]
    top = next((index for index, each in enumerate(above) if (each / ".git").exists()), None)
    if top is None:
        return Ignoring().entering(str(directory))
    found = [_read(each / ".gitignore", each) for each in above[: top + 1]]
    found.append(_read(above[top] / ".git" / "info" / "exclude", above[top]))
    ignoring = Ignoring(tuple(patterns for patterns in found if patterns))
    return Ignoring().entering(str(directory)) if ignoring.leaves_out(f"{directory}/") else ignoring
