"""Rounds of fixes over all files, until nothing is left to mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ci_lint.findings import Diagnostic
from ci_lint.fixing.splicing import splice

MOST_ROUNDS: Final = 50
"""Each round mends something, so this many are needed by nobody; a pair of fixes that undo each other ends here."""

Findings = Mapping[Path, Sequence[Diagnostic]]
Lint = Callable[[Mapping[Path, bytes]], Findings]


@dataclass(frozen=True, slots=True)
class Mended:
    """What the fixes have done.

    Attributes:
        contents: The files that are different now, with their new content.
        left: The findings that remain.
        applied: How many fixes were applied in each file.
        broken: Findings whose fix would have made a file that is not Python.
        endless: Whether it was given up because every round found something new to mend.
    """

    contents: Mapping[Path, bytes]
    left: Findings
    applied: Mapping[Path, int]
    broken: tuple[Diagnostic, ...] = ()
    endless: bool = False


def _same(found: Diagnostic) -> tuple[Path, str, str]:
    """Return what stays of a finding when bytes before it come and go."""
    return found.path, found.code, found.message


@dataclass(slots=True)
class _Work:
    """The state between rounds."""

    originals: dict[Path, bytes] = field(default_factory=dict)
    contents: dict[Path, bytes] = field(default_factory=dict)
    applied: dict[Path, int] = field(default_factory=dict)
    broken: dict[tuple[Path, str, str], Diagnostic] = field(default_factory=dict)

    def round(self, found: Findings, read: Callable[[Path], bytes], *, unsafe: bool) -> bool:
        """Mend each file once; return whether it is worth another."""
        changed = False
        for path, diagnostics in found.items():
            hopeful = [each for each in diagnostics if each.fix and _same(each) not in self.broken]
            if not hopeful:
                continue
            if path not in self.originals:
                self.originals[path] = self.contents[path] = read(path)
            result = splice(self.contents[path], hopeful, unsafe=unsafe)
            self.broken |= {_same(each): each for each in result.broken}
            if result.content != self.contents[path]:
                self.contents[path] = result.content
                self.applied[path] = self.applied.get(path, 0) + len(result.applied)
                changed = True
            changed = changed or bool(result.broken)
        return changed

    def mended(self, left: Findings, *, endless: bool) -> Mended:
        different = {path: new for path, new in self.contents.items() if new != self.originals[path]}
        return Mended(different, left, self.applied, tuple(self.broken.values()), endless)


def mend(found: Findings, read: Callable[[Path], bytes], lint: Lint, *, unsafe: bool) -> Mended:
    """Apply the fixes of findings, lint again, and go on until nothing is left to mend. Nothing is written.

    Args:
        found: The findings of each file.
        read: Returns what stands in a file.
        lint: Lints everything again, given the files that are different by now.
        unsafe: Whether fixes may change what the code does.
    """
    work = _Work()
    for _ in range(MOST_ROUNDS):
        if not work.round(found, read, unsafe=unsafe):
            return work.mended(found, endless=False)
        found = lint(work.contents)
    return work.mended(found, endless=True)
