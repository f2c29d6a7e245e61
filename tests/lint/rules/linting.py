"""Lints sources that are written in tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ci_lint.analysis import analyse
from ci_lint.findings import Diagnostic
from ci_lint.fixing.splicing import splice
from ci_lint.project import Project
from ci_lint.rules import RULES
from ci_lint.source import Source

ROOT: Final = Path("/nowhere/project")
PATH: Final = ROOT / "pipeline.py"
MOST_ROUNDS: Final = 6


def lint(source: str | bytes, *codes: str, beside: Mapping[str, str] | None = None) -> list[Diagnostic]:
    """Return what is found in a file.

    Args:
        source: Its content.
        codes: The rules that look at it; all if there are none.
        beside: Other files of the project, by their path in it.
    """
    data = source if isinstance(source, bytes) else source.encode()
    rules = frozenset(codes or RULES)
    others = [Source(ROOT / name, frozenset(), text.encode()) for name, text in (beside or {}).items()]
    found = analyse(Project(ROOT), [Source(PATH, rules, data), *others])
    return list(found[PATH])


def codes_of(source: str | bytes, *codes: str, beside: Mapping[str, str] | None = None) -> list[str]:
    """Return the codes of what is found in a file."""
    return [each.code for each in lint(source, *codes, beside=beside)]


def mended(source: str, code: str, *, unsafe: bool = True) -> str:
    """Return a file after the fixes of one rule, round after round until nothing changes."""
    data = source.encode()
    for _ in range(MOST_ROUNDS):
        after = splice(data, lint(data, code), unsafe=unsafe).content
        if after == data:
            return data.decode()
        data = after
    raise AssertionError(f"{code} mends for ever: {data.decode()}")
