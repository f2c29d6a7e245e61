"""How wide text is on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ci_lint.deferred import deferred
from ci_lint.reports.report import printable

if TYPE_CHECKING:
    from rich import cells
else:
    cells = deferred("rich.cells")

TAB: Final = 4
WIDEST: Final = 160
"""Cells of a source line that are shown; of longer ones, the part around what is underlined."""
_BEFORE: Final = 40


@dataclass(frozen=True, slots=True)
class Displayed:
    """One line as it is shown.

    Attributes:
        text: What is printed.
        columns: For each character of the source line, and for its end, the cell at which it is shown.
    """

    text: str
    columns: tuple[int, ...]

    def underlined(self, start: int, end: int) -> tuple[int, int]:
        """Return the cells below some characters; one cell at least, so that an empty stretch can be seen."""
        most = len(self.columns) - 1
        first, last = self.columns[min(start, most)], self.columns[min(end, most)]
        return first, max(last, first + 1)


def displayed(line: str, focus: int = 0) -> Displayed:
    """Return a line with tabs as blanks, nothing that a terminal obeys, and not too long.

    Args:
        line: Without its end.
        focus: The character that has to be seen.
    """
    parts: list[str] = []
    columns = [0]
    for character in line:
        here = columns[-1]
        part = " " * (TAB - here % TAB) if character == "\t" else printable(character)
        parts.append(part)
        columns.append(here + (len(part) if character == "\t" else cells.cell_len(part)))
    if columns[-1] <= WIDEST:
        return Displayed("".join(parts), tuple(columns))
    return _cropped(parts, columns, min(focus, len(line) - 1))


def _cropped(parts: list[str], columns: list[int], focus: int) -> Displayed:
    """Return the part of a line around a character, with an ellipsis for what is left out."""
    first = focus
    while first and columns[focus] - columns[first - 1] <= _BEFORE:
        first -= 1
    last = first
    while last < len(parts) and columns[last + 1] - columns[first] <= WIDEST:
        last += 1
    before, after = "…" if first else "", "…" if last < len(parts) else ""
    shift = columns[first] - len(before)
    end = columns[last] - shift
    shown = tuple(min(max(column - shift, 0), end) for column in columns)
    return Displayed(f"{before}{''.join(parts[first:last])}{after}", shown)
