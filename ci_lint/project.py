"""What belongs together: import roots, the modules below them, and whose `ci` is meant."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OURS: Final = Path(__file__).resolve().parent.parent / "ci" / "__init__.py"


@dataclass(frozen=True, slots=True)
class Project:
    """Where the files that are looked at come from, as it was configured.

    Attributes:
        root: The directory of the configuration, or the one that the linter was started in.
        src: Further import roots, absolute or relative to `root`.
        package: The name that `ci` is imported by.
    """

    root: Path
    src: tuple[Path, ...] = ()
    package: str = "ci"


class Layout:
    """What lies where in a project, as long as one analysis lasts."""

    def __init__(self, project: Project) -> None:
        self._package = project.package
        configured = [absolute(project.root / each) for each in (*project.src, Path("src"), Path())]
        self._configured = sorted(dict.fromkeys(configured), key=lambda each: -len(each.parts))
        self._topmost: dict[Path, Path] = {}
        self._foreign: dict[Path, bool] = {}

    def roots_of(self, path: Path) -> tuple[Path, ...]:
        """Return the import roots that a file may be imported from, the most specific first."""
        path = absolute(path)
        above = [each for each in self._configured if path.is_relative_to(each)]
        return tuple(dict.fromkeys([self._top_of(path.parent), *above]))

    def modules_of(self, path: Path) -> tuple[str, ...]:
        """Return the dotted names that a file may be imported by, the likeliest first."""
        names = [_dotted(absolute(path).relative_to(root)) for root in self.roots_of(path)]
        return tuple(dict.fromkeys(name for name in names if name))

    def has_foreign_package(self, path: Path) -> bool:
        """Return whether a file imports another `ci` than ours, because one lies in an import root."""
        return any(self._is_foreign(root) for root in dict.fromkeys([*self.roots_of(path), *self._configured]))

    def _top_of(self, directory: Path) -> Path:
        """Return the first directory upwards that is no package."""
        if directory not in self._topmost:
            top = directory
            while (top / "__init__.py").is_file() and top.parent != top:
                top = top.parent
            self._topmost[directory] = top
        return self._topmost[directory]

    def _is_foreign(self, root: Path) -> bool:
        """Return whether an import root has a module of that name which is not ours.

        A directory without ``__init__.py`` loses against an installed package.
        """
        if root not in self._foreign:
            start = root / self._package / "__init__.py"
            single = (root / f"{self._package}.py").is_file()
            self._foreign[root] = single or (start.is_file() and not _is_ours(start))
        return self._foreign[root]


def absolute(path: Path) -> Path:
    """Return a path from the root of the file system; links are kept, they are how users name files."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - see above


def _dotted(relative: Path) -> str:
    parts = relative.with_suffix("").parts
    if parts and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def _is_ours(start: Path) -> bool:
    """Return whether it is the package that this linter belongs to, or another checkout of it."""
    try:
        if start.resolve() == OURS:
            return True
        text = start.read_bytes()
    except OSError:
        return False
    return all(f'"{name}"'.encode() in text for name in ("DAG", "new_check", "depends_on", "WorkflowContext"))
