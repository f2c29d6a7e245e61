"""From files to what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ci_lint.checking.cache import Cache, Run
from ci_lint.checking.notes import Note, digest_of
from ci_lint.checking.reading import Files
from ci_lint.checking.surroundings import Surroundings
from ci_lint.deferred import deferred
from ci_lint.files import SourceText
from ci_lint.files.ignoring import Patterns
from ci_lint.findings import Diagnostic
from ci_lint.project import Layout, Project
from ci_lint.reading.glance import Glance
from ci_lint.settings import Settings
from ci_lint.source import Source

if TYPE_CHECKING:
    from ci_lint import analysis
    from ci_lint.checking import work
    from ci_lint.suppressions import applying
else:
    analysis = deferred("ci_lint.analysis")
    applying = deferred("ci_lint.suppressions.applying")
    work = deferred("ci_lint.checking.work")

NO_RULES: Final[frozenset[str]] = frozenset()
"""What runs on files that are looked at only because others import them."""


class Checker:
    """Checks files, again and again if need be: what has not changed is not looked at twice."""

    def __init__(self, settings: Settings, cache: Cache, jobs: int = 1) -> None:
        """Remember how to check.

        Args:
            settings: Which rules run, and where the project is.
            cache: What is known from before; it is added to.
            jobs: The most processes at a time.
        """
        self._settings = settings
        self._cache = cache
        self._jobs = jobs
        self._ignores = [(Patterns(settings.root, [each.pattern]), each.codes) for each in settings.per_file_ignores]
        self._project = Project(settings.root, settings.src, settings.package)
        self._question = Glance(settings.package)
        self._files = Files(cache, self._question, {})

    def check(
        self, paths: Sequence[Path], contents: Mapping[Path, bytes] | None = None
    ) -> dict[Path, tuple[Diagnostic, ...]]:
        """Return what is shown for each file, in order of position.

        Args:
            paths: The files, each once.
            contents: What stands in some of them, whatever the disk says.
        """
        self._files = files = Files(self._cache, self._question, contents or {})
        codes = {path: self._codes_for(path) for path in paths}
        layout = Layout(self._project)
        sources = [Source(path, codes[path], (contents or {}).get(path)) for path in paths]
        sources += [Source(path, NO_RULES) for path in Surroundings(self._project, layout, files).of(paths)]
        found = self._analysed(sources, files, layout)
        return {path: self._judged(path, found.get(str(path), ()), codes[path], files) for path in paths}

    def content(self, path: Path) -> bytes:
        """Return what stood in a file when it was checked last.

        Raises:
            OSError: It cannot be read.
        """
        return self._files.content(path)

    def text(self, path: Path) -> SourceText:
        """Return the text of a file that was checked last."""
        return self._files.text(path)

    def _codes_for(self, path: Path) -> frozenset[str]:
        codes = self._settings.codes
        if self._ignores:
            absolute = str(path.absolute())
            for patterns, ignored in self._ignores:
                codes = codes - ignored if patterns.covers(absolute) else codes
        return codes

    def _analysed(self, sources: Sequence[Source], files: Files, layout: Layout) -> Run:
        """Return the findings of all rules; a run over the very same files is not repeated."""
        key = self._key(sources, files, layout)
        known = self._cache.run(key)
        if known is not None:
            return known
        steps = work.KeptWork(files, self._cache, self._jobs)
        found = analysis.analyse(self._project, sources, steps)
        run = {str(path): diagnostics for path, diagnostics in found.items() if diagnostics}
        if not any(isinstance(files.note(source.path), OSError) for source in sources):
            self._cache.keep_run(key, run)
        return run

    def _key(self, sources: Sequence[Source], files: Files, layout: Layout) -> str:
        folders = {source.path.parent for source in sources}
        foreign = sorted(str(folder) for folder in folders if layout.has_foreign_package(folder / "_.py"))
        rules = sorted(sorted(each) for each in {source.rules for source in sources})
        numbers = {frozenset(each): number for number, each in enumerate(rules)}
        facts = [(str(source.path), _digest(files.note(source.path)), numbers[source.rules]) for source in sources]
        said = repr((self._project, Path.cwd(), foreign, rules, facts))
        return digest_of(said.encode("utf-8", "surrogateescape"))

    def _judged(
        self, path: Path, found: Sequence[Diagnostic], codes: frozenset[str], files: Files
    ) -> tuple[Diagnostic, ...]:
        note = files.note(path)
        if isinstance(note, OSError) or not (found or note.remarked):
            return tuple(found)
        return applying.apply(found, path, files.content(path), codes).shown


def _digest(note: Note | OSError) -> str:
    return "" if isinstance(note, OSError) else note.digest
