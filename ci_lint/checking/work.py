"""The steps of an analysis, taken from the cache where they can be, and on several processors where that pays."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from ci_lint.checking.cache import Cache, load_safely
from ci_lint.checking.reading import Files
from ci_lint.errors import LintError
from ci_lint.reading.glance import Glance
from ci_lint.source import Source
from ci_lint.task import Outcome, Task, inspector

WORTH_IT: Final = 1_000_000
"""Bytes from which on other processes finish earlier, though each has to be started."""


class KeptWork:
    """Does the steps that no earlier run has done."""

    def __init__(self, files: Files, cache: Cache, jobs: int) -> None:
        """Remember where things are.

        Args:
            files: What stands in the files.
            cache: What earlier runs did.
            jobs: The most processes.
        """
        self._files = files
        self._cache = cache
        self._jobs = jobs

    def glance(self, sources: Sequence[Source], question: Glance) -> Sequence[bool | OSError]:
        """Return for each file whether it has to be parsed, or why it cannot be read."""
        return [self._files.glance(source.path, question) for source in sources]

    def inspect(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        """Return what looking at each file gives."""
        outcomes = [self._known(task) for task in tasks]
        missing = [task for task, outcome in zip(tasks, outcomes, strict=True) if outcome is None]
        new = iter(self._done(missing))
        return [next(new) if outcome is None else outcome for outcome in outcomes]

    def _known(self, task: Task) -> Outcome | None:
        data = self._cache.outcomes.get(task.key)
        found = None if data is None else load_safely(data)
        return found if isinstance(found, Outcome) else None

    def _done(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        if not tasks:
            return []
        look = inspector()
        if self._jobs > 1 and len(tasks) > 1 and sum(len(task.data) for task in tasks) >= WORTH_IT:
            outcomes = _in_parallel(tasks, self._jobs)
        else:
            outcomes = [look(task) for task in tasks]
        for task, outcome in zip(tasks, outcomes, strict=True):
            self._cache.outcomes[task.key] = pickle.dumps(outcome, protocol=5)
        self._cache.touch()
        return outcomes


def _in_parallel(tasks: Sequence[Task], jobs: int) -> list[Outcome]:
    """Look at files in other processes, the largest first, so that none is waited for alone."""
    order = sorted(range(len(tasks)), key=lambda index: -len(tasks[index].data))
    found: dict[int, Outcome] = {}
    # A copy of this process has the libraries loaded already; where that is not safe, a new one loads them.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    try:
        with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
            found = dict(zip(order, pool.map(_look, [tasks[index] for index in order]), strict=True))
    except BrokenProcessPool as error:
        raise LintError("a process of the linter was killed, perhaps for want of memory; try -j 1") from error
    return [found[index] for index in range(len(tasks))]


def _look(task: Task) -> Outcome:
    """Look at one file, in another process."""
    return inspector()(task)
