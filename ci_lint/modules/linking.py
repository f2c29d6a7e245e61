"""Which file is which module, and what each has to know of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ci_lint.modules.imports import imported_modules
from ci_lint.modules.summary import Summary
from ci_lint.project import Layout
from ci_lint.source import Source
from ci_lint.task import Task


class Linking:
    """The modules of an analysis, as far as they have been looked at."""

    def __init__(self, layout: Layout, sources: Sequence[Source], package: str) -> None:
        self._layout = layout
        self._package = package
        self._sources = {source.path: source for source in sources}
        self._names: dict[str, Path] = {}
        self._data: dict[Path, bytes] = {}
        self._imports: dict[Path, frozenset[str]] = {}
        self._summaries: dict[Path, Summary] = {}
        self._shared: set[Path] = set()
        self._consumed: dict[Path, tuple[str, ...]] = {}

    def add(self, sources: Sequence[Source]) -> None:
        """Take in files that are going to be looked at."""
        for source in sources:
            if source.path not in self._data:
                names = self._layout.modules_of(source.path)
                for name in names:
                    self._names.setdefault(name, source.path)
                data = self._data[source.path] = source.read()
                main = names[0] if names else ""
                self._imports[source.path] = imported_modules(data, main, _is_package(source.path))
        for path in self._imports:
            self._shared.update(self._imported(path))

    def generations(self, sources: Sequence[Source]) -> Iterator[Sequence[Source]]:
        """Yield files so that what a file imports comes before it, as far as nothing goes in circles."""
        levels = self._levels([source.path for source in sources])
        for level in sorted(set(levels.values())):
            yield [source for source in sources if levels[source.path] == level]

    def task(self, source: Source) -> Task:
        """Return what there is to do for a file, with what is known now."""
        summaries = self._known_to(source.path)
        self._consumed[source.path] = self._known_digest(source.path)
        names = self._layout.modules_of(source.path)
        return Task(
            source.path,
            self._data[source.path],
            names[0] if names else "",
            _is_package(source.path),
            self._package,
            tuple(sorted(source.rules)),
            self._is_shared(source.path),
            summaries,
        )

    def learn(self, source: Source, summary: Summary) -> None:
        """Take note of what a module hands out."""
        self._summaries[source.path] = summary

    def imports_known(self, source: Source) -> bool:
        """Return whether a file imports a module that hands out objects of `ci`."""
        return bool(self._known_to(source.path))

    def outdated(self) -> Sequence[Source]:
        """Return the files that were looked at with less than is known now."""
        return [
            self._sources[path] for path, consumed in self._consumed.items() if self._known_digest(path) != consumed
        ]

    def _known_digest(self, path: Path) -> tuple[str, ...]:
        return (str(self._is_shared(path)), *(each.digest for each in self._known_to(path)))

    def _is_shared(self, path: Path) -> bool:
        """Return whether another file imports a file, as far as their imports are known."""
        return path in self._shared

    def words(self) -> frozenset[str]:
        """Return the last names of the modules that hand out objects of `ci`."""
        handing = {path for path, summary in self._summaries.items() if summary.hands_out}
        return frozenset(name.rpartition(".")[2] for name, path in self._names.items() if path in handing)

    def _known_to(self, path: Path) -> tuple[Summary, ...]:
        """Return the summaries of what a file imports, and of what those speak of."""
        found: dict[str, Summary] = {}
        imported = self._imports[path]
        names = list(imported)
        while names:
            name = names.pop()
            where = self._names.get(name)
            summary = self._summaries.get(where) if where is not None else None
            if summary is not None and name not in found and summary.is_worth(name, imported):
                found[name] = summary if summary.module == name else _renamed(summary, name)
                names.extend(summary.needs)
                names.append(summary.module)
        return tuple([found[name] for name in sorted(found)])

    def _levels(self, paths: Sequence[Path]) -> dict[Path, int]:
        members = set(paths)
        order: list[Path] = []
        seen: set[Path] = set()
        for start in paths:
            stack: list[tuple[Path, bool]] = [(start, False)]
            while stack:
                path, done = stack.pop()
                if done:
                    order.append(path)
                elif path not in seen:
                    seen.add(path)
                    stack.append((path, True))
                    stack.extend((each, False) for each in self._imported(path) if each in members)
        levels: dict[Path, int] = {}
        for path in order:
            levels[path] = 1 + max((levels.get(each, 0) for each in self._imported(path)), default=0)
        return levels

    def _imported(self, path: Path) -> list[Path]:
        found = {self._names[name] for name in self._imports[path] if name in self._names}
        return sorted(found - {path})


def _renamed(summary: Summary, name: str) -> Summary:
    """Return a summary under another name that the module can be imported by."""
    return Summary(name, summary.names, summary.functions, summary.classes, summary.needs)


def _is_package(path: Path) -> bool:
    return path.name == "__init__.py"
