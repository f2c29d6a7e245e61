"""What is open in an editor, and what is found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ci_lint.checking import Cache, Checker, cache_directory
from ci_lint.files import SourceText, find_files
from ci_lint.files.ignoring import NEVER
from ci_lint.files.text import encoding_of
from ci_lint.findings import Diagnostic
from ci_lint.fixing import mend
from ci_lint.settings import Settings, load


def content_of(source: str) -> bytes:
    """Return the bytes that an editor would write, in the encoding that the text declares."""
    return source.encode(encoding_of(source.encode("utf-8", "surrogatepass")), "replace")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is found in a document.

    Attributes:
        text: The text in which it was found.
        found: The findings.
    """

    text: SourceText
    found: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Documents:
    """Checks open documents together, because one may hand something to another."""

    _caches: dict[Path, Cache] = field(default_factory=dict)

    def check(self, opened: Mapping[Path, bytes]) -> dict[Path, Judged]:
        """Return what is found in open documents; nothing in those that are excluded.

        Raises:
            LintError: The configuration is wrong.
        """
        judged = {path: Judged(SourceText.of(content), ()) for path, content in opened.items()}
        for settings, paths in _by_project(list(opened)):
            contents = {path: opened[path] for path in paths}
            found = self._checker(settings).check(paths, contents)
            judged |= {path: Judged(SourceText.of(contents[path]), found[path]) for path in paths}
        return judged

    def mended(self, path: Path, content: bytes) -> bytes:
        """Return a document after all safe fixes.

        Raises:
            LintError: The configuration is wrong.
        """
        for settings, paths in _by_project([path]):
            checker = self._checker(settings)

            def lint(
                changed: Mapping[Path, bytes], checker: Checker = checker, paths: Sequence[Path] = paths
            ) -> Mapping[Path, Sequence[Diagnostic]]:
                return checker.check(paths, {path: content, **changed})

            result = mend(lint({}), lambda _: content, lint, unsafe=False)
            return result.contents.get(path, content)
        return content

    def _checker(self, settings: Settings) -> Checker:
        if settings.root not in self._caches:
            self._caches[settings.root] = Cache(cache_directory(settings.root))
        return Checker(settings, self._caches[settings.root])


def _by_project(paths: Sequence[Path]) -> list[tuple[Settings, list[Path]]]:
    """Return the documents of each project that are not excluded."""
    found: dict[Settings, list[Path]] = {}
    for path in paths:
        settings = load([path])
        if not _excluded(path, settings):
            found.setdefault(settings, []).append(path)
    return list(found.items())


def _excluded(path: Path, settings: Settings) -> bool:
    if path.is_relative_to(settings.root) and NEVER & {*path.relative_to(settings.root).parent.parts}:
        return True
    return path.exists() and not find_files([path], settings, force_exclude=True).files
