"""The files that nobody named but that named files import: what they hand out decides what is found."""
# ruff: noqa: PTH100, PTH109, PTH112, PTH120, PTH208 - paths are strings here: thousands of names are looked up in each run

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence, Set
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
        self._everywhere = tuple(str(root) for root in roots if root.is_dir())
        self._layout = layout
        self._files = files
        self._roots: dict[str, tuple[str, ...]] = {}
        self._entries: dict[str, frozenset[str]] = {}
        self._modules: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, paths: Sequence[Path]) -> list[Path]:
        """Return the files that some files import, directly or through others, without those themselves."""
        here = os.getcwd()
        named = {_absolute(str(path), here): path for path in paths}
        if self._is_whole(named.keys()):
            return []
        found: dict[str, Path] = {}
        waiting = list(named.items())
        while waiting:
            name, path = waiting.pop()
            for target in self._imported(name, path):
                if target not in named and target not in found:
                    found[target] = _as_named(target)
                    waiting.append((target, found[target]))
        return [found[target] for target in sorted(found)]

    def _is_whole(self, named: Set[str]) -> bool:
        """Return whether every Python file right below the import roots was named: then so is all that they import."""
        folders: set[str] = set()
        for name in named:
            folder = os.path.dirname(name)
            while folder not in folders:
                folders.add(folder)
                folder = os.path.dirname(folder)
        roots = {root for folder in {os.path.dirname(name) for name in named} for root in self._roots_of(folder)}
        return all(self._is_covered(root, named, folders) for root in roots)

    def _is_covered(self, root: str, named: Set[str], folders: set[str]) -> bool:
        for entry in self._listed(root):
            path = f"{root}/{entry}"
            if entry.endswith(".py") and path not in named:
                return False
            if entry.isidentifier() and path not in folders and os.path.isdir(path):
                return False
        return True

    def _roots_of(self, folder: str) -> tuple[str, ...]:
        if folder not in self._roots:
            near = [str(root) for root in self._layout.roots_of(Path(folder, "_.py"))]
            self._roots[folder] = tuple(dict.fromkeys((*near, *self._everywhere)))
        return self._roots[folder]

    def _imported(self, name: str, path: Path) -> Iterator[str]:
        folder = os.path.dirname(name)
        roots = self._roots_of(folder)
        for module in self._files.imports(path):
            if module.startswith("."):
                inner = module.lstrip(".")
                base = folder
                for _ in range(len(module) - len(inner) - 1):
                    base = os.path.dirname(base)
                yield from self._found(base, f"__init__.{inner}" if inner else "__init__")
                yield from self._found(base, inner)
            else:
                for root in roots:
                    yield from self._found(root, module)

    def _found(self, root: str, module: str) -> tuple[str, ...]:
        """Return the files of a module, and of the packages that it lies in, below an import root."""
        key = (root, module)
        if key not in self._modules:
            self._modules[key] = tuple(self._searched(root, module))
        return self._modules[key]

    def _searched(self, root: str, module: str) -> Iterator[str]:
        here = root
        for part in module.split("."):
            entries = self._listed(here)
            if f"{part}.py" in entries:
                yield f"{here}/{part}.py"
            if part not in entries:
                return
            here = f"{here}/{part}"
            if "__init__.py" in self._listed(here):
                yield f"{here}/__init__.py"

    def _listed(self, folder: str) -> frozenset[str]:
        """Return the names in a directory; none if it is no directory, or cannot be looked into."""
        if folder not in self._entries:
            try:
                self._entries[folder] = frozenset(os.listdir(folder))
            except OSError:
                # What cannot be found is not followed; whoever named it is told elsewhere.
                self._entries[folder] = frozenset()
        return self._entries[folder]


def _absolute(name: str, here: str) -> str:
    """Return a path from the root; paths are in order already, unless they go upwards."""
    return os.path.abspath(name) if name[:1] == "/" or ".." in name or os.sep != "/" else f"{here.rstrip('/')}/{name}"


def _as_named(name: str) -> Path:
    """Return a path as somebody would have named it from here, so that it is the same file to the cache."""
    path, here = Path(name), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
