"""Findings as a rule would make them, in sources where the place is marked."""

from __future__ import annotations

from pathlib import Path

from ci_lint.findings import Diagnostic, Edit, Fix, Label, Safety, Span

PATH = Path("pipeline.py")


def span_of(source: str | bytes, needle: str, nth: int = 0) -> Span:
    """Return where a text stands, the `nth` time."""
    content = source if isinstance(source, bytes) else source.encode()
    wanted = needle.encode()
    start = -1
    for _ in range(nth + 1):
        start = content.index(wanted, start + 1)
    return Span(start, start + len(wanted))


def finding(
    source: str | bytes,
    needle: str,
    code: str = "CI003",
    *,
    message: str = "stage 'test' depends on 'build' twice; name it once",
    nth: int = 0,
    labels: tuple[Label, ...] = (),
    help: str = "",
    fix: Fix | None = None,
) -> Diagnostic:
    """Return a finding at a text."""
    return Diagnostic(PATH, span_of(source, needle, nth), code, message, labels, help, fix)


def replacing(source: str | bytes, needle: str, replacement: str, safety: Safety = Safety.SAFE, nth: int = 0) -> Fix:
    """Return a fix with one edit."""
    edit = Edit(span_of(source, needle, nth), replacement.encode())
    return Fix(f"replace {needle!r} by {replacement!r}", (edit,), safety)
