"""The lines that a finding speaks of, with carets below what is to blame and dashes below what explains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from ci_lint.files import SourceText
from ci_lint.findings import Diagnostic, Span
from ci_lint.reports.display import Displayed, displayed
from ci_lint.reports.report import printable

_CONTEXT: Final = 1
_MOST_LINES: Final = 6
"""Lines of one span that are shown; of longer ones, the first and the last."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is underlined in one line.

    Attributes:
        start: Characters of the line before it.
        end: Characters of the line up to its end.
        primary: Whether it is to blame.
        text: What is said about it; empty for nothing.
    """

    start: int
    end: int
    primary: bool
    text: str = ""


def excerpt(found: Diagnostic, text: SourceText) -> str:
    """Return the excerpt for a finding, with line numbers; each line ends with LF."""
    marks: dict[int, list[_Mark]] = {}
    for line, mark in _marks(found, text):
        marks.setdefault(line, []).append(mark)
    lines = _shown_lines(marks, text)
    width = len(str(lines[-1]))
    bar = click.style("|", fg="blue", bold=True)
    margin = f"{' ' * width} {bar}"
    parts = [f"{margin}\n"]
    previous = lines[0] - 1
    for line in lines:
        if line != previous + 1:
            parts.append(f"{' ' * width} {click.style('...', fg='blue', bold=True)}\n")
        previous = line
        number = click.style(f"{line:>{width}}", fg="blue", bold=True)
        here = sorted(marks.get(line, ()), key=_by_place)
        shown = displayed(text.line_text(line), _focus(here))
        parts.append(f"{number} {bar} {shown.text}".rstrip() + "\n")
        parts += [f"{margin} {under}\n" for under in _underlines(here, shown)]
    return "".join([*parts, f"{margin}\n"])


def _by_place(mark: _Mark) -> tuple[int, int]:
    return mark.start, mark.end


def _focus(marks: Sequence[_Mark]) -> int:
    """Return the character that has to be seen in a line."""
    return next((mark.start for mark in marks if mark.primary), marks[0].start if marks else 0)


def _marks(found: Diagnostic, text: SourceText) -> Iterator[tuple[int, _Mark]]:
    yield from _marks_of(found.span, text, primary=True, said="")
    for label in found.labels:
        yield from _marks_of(label.span, text, primary=False, said=label.text)


def _marks_of(span: Span, text: SourceText, *, primary: bool, said: str) -> Iterator[tuple[int, _Mark]]:
    """Yield the marks of a span, one for each line that is shown; the text stands at the last."""
    start, end = text.position(span.start), text.position(max(span.start, span.end))
    if end.column == 1 and end.line > start.line:
        end = text.position(text.line_span(end.line - 1)[1])
    lines = range(start.line, end.line + 1)
    for line in lines if len(lines) <= _MOST_LINES else (start.line, end.line):
        content = text.line_text(line)
        first = start.column - 1 if line == start.line else len(content) - len(content.lstrip())
        last = end.column - 1 if line == end.line else len(content)
        if first < last or len(lines) == 1:
            yield line, _Mark(first, last, primary, said if line == end.line else "")


def _shown_lines(marks: dict[int, list[_Mark]], text: SourceText) -> list[int]:
    most = len(text.starts)
    primary = [line for line, here in marks.items() if any(mark.primary for mark in here)]
    around = {near for line in primary for near in range(line - _CONTEXT, line + _CONTEXT + 1) if 1 <= near <= most}
    if most in around and most not in marks and not text.line_text(most):
        around.discard(most)
    return sorted({*marks, *around})


def _underlines(marks: Sequence[_Mark], shown: Displayed) -> Iterator[str]:
    """Yield the lines below a source line: the underlines with the last text, then the others from right to left."""
    if not marks:
        return
    cells = _painted(marks, shown)
    spoken = [(shown.underlined(mark.start, mark.end), mark) for mark in marks if mark.text]
    last = marks[-1]
    direct = last.text if last.text and not any(mark.end > last.end for mark in marks) else ""
    yield _colored(cells) + (f" {_said(last)}" if direct else "")
    waiting = spoken[:-1] if direct else spoken
    if waiting:
        yield _bars([start for (start, _), _ in waiting])
    while waiting:
        (start, _), mark = waiting.pop()
        bars = [column for (column, _), _ in waiting if column < start]
        yield _bars(bars, start) + _said(mark)


def _painted(marks: Sequence[_Mark], shown: Displayed) -> str:
    """Return carets and dashes; where they overlap the caret is seen."""
    cells: dict[int, str] = {}
    for mark in sorted(marks, key=_is_primary):
        for cell in range(*shown.underlined(mark.start, mark.end)):
            cells[cell] = "^" if mark.primary else "-"
    return "".join(cells.get(cell, " ") for cell in range(max(cells) + 1))


def _is_primary(mark: _Mark) -> bool:
    return mark.primary


def _colored(underline: str) -> str:
    """Return carets in red and dashes in blue."""
    parts = []
    start = 0
    for index in range(1, len(underline) + 1):
        if index == len(underline) or underline[index] != underline[start]:
            part = underline[start:index]
            color = {"^": "red", "-": "blue"}.get(part[0])
            parts.append(click.style(part, fg=color, bold=True) if color else part)
            start = index
    return "".join(parts)


def _bars(columns: Sequence[int], until: int = 0) -> str:
    """Return a line with a bar in each column, filled with blanks up to `until`."""
    width = max([*(column + 1 for column in columns), until])
    line = "".join("|" if cell in columns else " " for cell in range(width))
    return line.replace("|", click.style("|", fg="blue", bold=True))


def _said(mark: _Mark) -> str:
    return click.style(printable(mark.text), fg="red" if mark.primary else "blue", bold=True)
