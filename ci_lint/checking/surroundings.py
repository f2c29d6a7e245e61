"""The files that nobody named but that named files import: what they hand out decides what is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ci_lint.checking.reading import Files
from ci_lint.project import Layout, Project, absolute


class Surroundings:
    """Follows imports from file to file, as far as they stay in the project."""

    def __init__(self, project: Project, layout: Layout, files: Files) -> None:
        """Start with nothing known.

        Args:
            project: Where modules are imported from, wherever the importing file lies.
            layout: Where else a file imports from.
            files: What stands in files.
        """
        roots = [absolute(project.root / each) for each in (*project.src, Path("src"), Path())]
        self._everywhere = tuple(root for root in roots if root.is_dir())
        self._layout = layout
        self._files = files
        self._exists: dict[Path, bool] = {}

    def of(self, paths: Sequence[Path]) -> list[Path]:
        """Return the files that some files import, directly or through others, without those themselves."""
        named = {absolute(path) for path in paths}
        if self._is_whole(named):
            return []
        found: dict[Path, None] = {}
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            for target in self._imported(path):
                if target not in named and target not in found:
                    found[target] = None
                    waiting.append(target)
        return sorted(_as_named(path) for path in found)

    def _is_whole(self, named: set[Path]) -> bool:
        """Return whether every Python file right below the import roots was named: then so is all that they import."""
        roots = {root for folder in {path.parent for path in named} for root in self._roots_of(folder / "_.py")}
        folders = {parent for path in named for parent in path.parents}
        return all(self._covered(root, named, folders) for root in roots)

    def _roots_of(self, path: Path) -> tuple[Path, ...]:
        return tuple(dict.fromkeys((*self._layout.roots_of(path), *self._everywhere)))

    def _covered(self, root: Path, named: set[Path], folders: set[Path]) -> bool:
        try:
            entries = list(root.iterdir())
        except OSError:
            return True
        for entry in entries:
            if entry.suffix == ".py" and entry not in named:
                return False
            if entry.name.isidentifier() and entry not in folders and entry.is_dir():
                return False
        return True

    def _imported(self, path: Path) -> Iterator[Path]:
        roots = self._roots_of(path)
        for name in self._files.imports(path):
            if name.startswith("."):
                level = len(name) - len(name.lstrip("."))
                base = absolute(path).parent
                for _ in range(level - 1):
                    base = base.parent
                yield from self._modules(base, [part for part in name[level:].split(".") if part])
                yield from self._existing(base / "__init__.py")
            else:
                for root in roots:
                    yield from self._modules(root, name.split("."))

    def _modules(self, root: Path, parts: Sequence[str]) -> Iterator[Path]:
        """Yield the module that a name means, and the packages that it lies in."""
        here = root
        for part in parts:
            yield from self._existing(here / f"{part}.py")
            here = here / part
            if not self._is_there(here):
                return
            yield from self._existing(here / "__init__.py")

    def _existing(self, path: Path) -> Iterator[Path]:
        if self._is_there(path) and path.is_file():
            yield path

    def _is_there(self, path: Path) -> bool:
        if path not in self._exists:
            self._exists[path] = path.exists()
        return self._exists[path]


def _as_named(path: Path) -> Path:
    """Return a path as somebody would have named it from here, so that it is the same file to the cache."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
