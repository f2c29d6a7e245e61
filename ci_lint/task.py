"""The one step of an analysis that takes time: to look at one file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeAlias

from ci_lint.findings import Diagnostic
from ci_lint.modules.summary import Summary
from ci_lint.reading.glance import Glance
from ci_lint.source import Source


@dataclass(frozen=True)
class Task:
    """All that the result of looking at one file depends on; it can be pickled.

    Attributes:
        path: As diagnostics name it.
        data: Its content.
        module: The dotted name of its module; empty if it has none, such as a script whose name is no identifier.
        is_package: Whether it is an ``__init__.py``.
        package: The name that `ci` is imported by.
        rules: The codes of the rules that look at it, sorted.
        shared: Whether another file imports it, and may change what it hands out.
        summaries: What the modules that it imports hand out, those that they speak of included, sorted by module.
    """

    path: Path
    data: bytes = field(repr=False)
    module: str
    is_package: bool
    package: str
    rules: tuple[str, ...]
    shared: bool = False
    summaries: tuple[Summary, ...] = ()

    @cached_property
    def key(self) -> str:
        """The same for tasks with the same outcome, as long as the linter and its table stay the same."""
        digest = hashlib.sha256(self.data)
        rest = (str(self.path), self.module, self.is_package, self.package, self.rules, self.shared)
        digest.update(repr((rest, [(each.module, each.digest) for each in self.summaries])).encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What looking at one file gave; it can be pickled.

    Attributes:
        diagnostics: In order of position. Nothing is suppressed yet.
        summary: What the module hands to others.
    """

    diagnostics: tuple[Diagnostic, ...]
    summary: Summary


class Work(Protocol):
    """How the steps of an analysis are done: at once, from a cache, in other processes.

    Both methods give answers in the order of the questions. `Direct` is the plain form.
    """

    def glance(self, sources: Sequence[Source], question: Glance) -> Sequence[bool | OSError]:
        """Return for each file whether it has to be parsed, or why it cannot be read.

        The answer depends on the content of the file and on the question.
        """
        ...

    def inspect(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        """Return what `inspect` gives for each task; it depends on nothing else, see `Task.key`."""
        ...


class Direct:
    """Does every step at once, in this process."""

    def glance(self, sources: Sequence[Source], question: Glance) -> Sequence[bool | OSError]:
        """Read every file."""
        return [glance(source, question) for source in sources]

    def inspect(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        """Look at every file."""
        look = inspector() if tasks else None
        return [look(task) for task in tasks] if look else []


def glance(source: Source, question: Glance) -> bool | OSError:
    """Return whether a file has to be parsed, or why it cannot be read."""
    try:
        return question.holds(source.read())
    except OSError as error:
        return error


Inspector: TypeAlias = Callable[[Task], Outcome]


def inspector() -> Inspector:
    """Return `ci_lint.inspection.inspect`.

    It is loaded by name, because it brings LibCST along, which takes longer to load than a run without candidates.
    """
    look: Inspector = import_module("ci_lint.inspection").inspect
    return look
