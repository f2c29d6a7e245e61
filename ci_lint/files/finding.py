"""From what the user named to the files that are checked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ci_lint.errors import LintError
from ci_lint.files.ignoring import NEVER, Ignoring, Patterns, ignoring_at
from ci_lint.settings import Settings


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a run.

    Attributes:
        files: As the user named them or as they were found below what the user named, each once.
        unreadable: Directories that could not be looked into, with the reason.
    """

    files: tuple[Path, ...]
    unreadable: tuple[tuple[Path, str], ...] = ()


_Reached: TypeAlias = tuple[str, str]
"""A file as it was named or found, and what all ways to it have in common: its own path from the root."""


@dataclass(slots=True)
class _Search:
    """One walk: what is left out everywhere, and what could not be read."""

    exclude: Patterns | None
    unreadable: list[tuple[Path, str]] = field(default_factory=list)

    def below(self, directory: str) -> Iterator[_Reached]:
        """Yield the Python files below a directory, in order; links to directories are not followed."""
        absolute = os.path.abspath(directory)  # noqa: PTH100 - links are kept
        stack = [(directory, absolute, ignoring_at(Path(absolute)))]
        while stack:
            named, here, ignoring = stack.pop()
            entries = self._entries(named)
            deeper = []
            for entry in entries:
                path = f"{here.rstrip('/')}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if self._enters(entry, path, ignoring):
                        deeper.append((_join(named, entry.name), path, ignoring.entering(path)))
                elif entry.name.endswith(".py") and self._takes(entry, path, ignoring):
                    yield _join(named, entry.name), os.path.realpath(path) if entry.is_symlink() else path
            stack.extend(reversed(deeper))

    def _entries(self, directory: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(directory) as entries:
                found = sorted(entries, key=_by_name)
        except OSError as error:
            self.unreadable.append((Path(directory), error.strerror or str(error)))
            return []
        return [] if any(entry.name == "pyvenv.cfg" for entry in found) else found

    def _enters(self, entry: os.DirEntry[str], path: str, ignoring: Ignoring) -> bool:
        return entry.name not in NEVER and not ignoring.leaves_out(f"{path}/") and not self.excludes(f"{path}/")

    def _takes(self, entry: os.DirEntry[str], path: str, ignoring: Ignoring) -> bool:
        return not ignoring.leaves_out(path) and not self.excludes(path) and _is_file(entry)

    def excludes(self, path: str) -> bool:
        """Return whether the configuration leaves a path out."""
        return self.exclude is not None and self.exclude.covers(path)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether there is something to read, at the end of a link if it is one."""
    try:
        return entry.is_file()
    except OSError:
        # A link that leads to itself.
        return False


def _by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _join(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory.rstrip('/') if directory != '/' else ''}/{name}"


def find_files(paths: Sequence[Path], settings: Settings, *, force_exclude: bool = False) -> Found:
    """Return the files that are checked.

    A file that is named is taken whatever it is called and whoever ignores it. Below a directory that is named, Python
    files are taken that neither git, the configuration nor `NEVER` leaves out. What is reached twice is taken once.

    Args:
        paths: What the user named; none is the current directory.
        settings: For what is excluded.
        force_exclude: Leave out also named files that the configuration excludes, as pre-commit needs it.

    Raises:
        LintError: A path does not exist.
    """
    search = _Search(Patterns(settings.root, settings.exclude) if settings.exclude else None)
    seen: dict[str, Path] = {}
    for path in paths or (Path(),):
        for found, identity in _files_of(path, search, force_exclude=force_exclude):
            seen.setdefault(identity, Path(found))
    return Found(tuple(seen.values()), tuple(search.unreadable))


def _files_of(path: Path, search: _Search, *, force_exclude: bool) -> Iterator[_Reached]:
    absolute = os.path.abspath(path)  # noqa: PTH100 - links are kept
    if path.is_dir():
        if not (force_exclude and search.excludes(f"{absolute}/")):
            yield from search.below(str(path))
    elif not os.path.lexists(path):
        raise LintError(f"{path} does not exist; name files or directories")
    elif not path.exists():
        raise LintError(f"{path} is a link to {path.readlink()}, which does not exist")
    elif not (force_exclude and search.excludes(absolute)):
        yield str(path), os.path.realpath(path) if path.is_symlink() else absolute
