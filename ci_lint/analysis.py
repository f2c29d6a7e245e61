"""Looks at files: the entry for the command line, the language server and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ci_lint.findings import Diagnostic, Span
from ci_lint.modules.linking import Linking
from ci_lint.problems import UNREADABLE
from ci_lint.project import Layout, Project
from ci_lint.reading.glance import Glance
from ci_lint.source import Source
from ci_lint.task import Direct, Outcome, Work

MAX_ROUNDS: Final = 4
"""How often modules that import each other are looked at until what they say of each other has to be enough."""


def analyse(
    project: Project, sources: Sequence[Source], work: Work | None = None, *, prefilter: bool = True
) -> Mapping[Path, tuple[Diagnostic, ...]]:
    """Look at files; what one of them hands to another is taken into account.

    Files that cannot hold an object of `ci` are not parsed. Those that import a module which hands out such objects are
    found out as the modules become known, so steps may be asked for in several rounds, and for one file several times.

    Args:
        project: What belongs together.
        sources: The files, each once.
        work: How the steps are done; None does them at once, see `Work`.
        prefilter: Whether files are left out by a glance at their bytes.

    Returns:
        For each file that was given what was found, in order of position, before anything is suppressed.
    """
    return _Analysis(project, sources, work or Direct(), prefilter).run()


class _Analysis:
    def __init__(self, project: Project, sources: Sequence[Source], work: Work, prefilter: bool) -> None:
        self._package = project.package
        self._prefilter = prefilter
        self._work = work
        self._layout = Layout(project)
        self._linking = Linking(self._layout, sources, project.package)
        self._idle = list(sources)
        self._outcomes: dict[Path, Outcome] = {}
        self._found: dict[Path, tuple[Diagnostic, ...]] = {source.path: () for source in sources}

    def run(self) -> Mapping[Path, tuple[Diagnostic, ...]]:
        """Go on until no module says anything new."""
        pending = self._candidates(Glance(self._package, always=not self._prefilter))
        for last in [*[False] * (MAX_ROUNDS - 1), True]:
            if not pending:
                break
            pending = self._round(pending, last)
        for path, outcome in self._outcomes.items():
            self._found[path] = outcome.diagnostics
        return self._found

    def _round(self, pending: Sequence[Source], last: bool) -> Sequence[Source]:
        """Look at files, imported ones first; return those that have to be looked at again or for the first time."""
        self._linking.add(pending)
        for generation in self._linking.generations(pending):
            tasks = [self._linking.task(source) for source in generation]
            for source, outcome in zip(generation, self._work.inspect(tasks), strict=True):
                self._outcomes[source.path] = outcome
                self._linking.learn(source, outcome.summary)
        return [] if last else [*self._linking.outdated(), *self._importers()]

    def _importers(self) -> Sequence[Source]:
        """Return files, of those that nobody has looked at, that import a module which hands out objects of `ci`."""
        words = self._linking.words()
        if not words:
            return []
        maybe = self._candidates(Glance(self._package, words))
        self._linking.add(maybe)
        chosen = [source for source in maybe if self._linking.imports_known(source)]
        self._idle.extend(source for source in maybe if source not in chosen)
        return chosen

    def _candidates(self, question: Glance) -> Sequence[Source]:
        """Return the files, of those that nobody has looked at, that may hold an object of `ci`."""
        chosen, left = [], []
        for source, answer in zip(self._idle, self._work.glance(self._idle, question), strict=True):
            if isinstance(answer, OSError):
                self._found[source.path] = (_unreadable(source, answer),)
            elif not answer:
                left.append(source)
            elif not self._layout.has_foreign_package(source.path):
                chosen.append(source)
        self._idle = left
        return chosen


def _unreadable(source: Source, error: OSError) -> Diagnostic:
    reason = error.strerror or str(error)
    return Diagnostic(source.path, Span(0, 0), UNREADABLE.code, UNREADABLE.text(reason=reason))
