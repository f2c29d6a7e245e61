"""Tables of words, as wide as they need to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click
from rich.text import Text

from ci.cli.console import Output
from ci.cli.view.wording import one_line


def print_table(head: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Print rows under a head; cells are made harmless, and nothing is cut, so that it can be copied.

    Args:
        head: The names of the columns.
        rows: The cells; those that are Text keep their style.
    """
    cells = [[cell if isinstance(cell, Text) else Text(one_line(cell)) for cell in row] for row in rows]
    titles = [Text(title, "bold") for title in head]
    widths = [max(row[column].cell_len for row in [titles, *cells]) for column in range(len(head))]
    console = Output(highlight=False)
    for row in [titles, *cells]:
        padded = [cell.copy() for cell in row]
        for cell, width in zip(padded, widths, strict=True):
            cell.pad_right(width - cell.cell_len)
        line = Text("  ").join(padded)
        line.rstrip()
        console.print(line, soft_wrap=True)


def moment(at: datetime | None) -> str:
    """Return a time of the reader's zone, to the second; a dash if there is none."""
    return "-" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def nothing(what: str) -> None:
    """Say on stderr that there is nothing to print, so that a pipe stays empty."""
    click.echo(what, err=True)
