"""The view for pipes, logs and dumb terminals: one line for each change."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rich.text import Text

from ci.cli.view.phases import STYLES, Phase
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.wording import clock, duration, one_line

_WIDEST_LABEL: Final = 32


def label_width(view: PlanView) -> int:
    """Return how wide the column of names is."""
    return min(_WIDEST_LABEL, view.widest_label)


def change_line(row: Row, at: datetime, width: int) -> Text | None:
    """Return the line that says what the row does since `at`; None if nobody needs to know.

    Args:
        row: A row whose phase is another one now.
        at: When that happened.
        width: Width of the column of names.
    """
    phase = row.phase
    if phase in {Phase.WAITING, Phase.QUEUED} or (row.alone and not phase.ended):
        return None
    parts = [phase.value]
    if phase is Phase.RUNNING and row.attempt > 1:
        parts.append(f"attempt {row.attempt}")
    seconds = row.seconds(at)
    if phase in {Phase.SUCCEEDED, Phase.FAILED} and seconds is not None:
        parts.append(duration(seconds))
    if phase.ended and phase is not Phase.SUCCEEDED and row.gist:
        parts.append(row.gist)
    return _line(row, at, width, parts, STYLES[phase])


def reason_line(row: Row, at: datetime, width: int) -> Text | None:
    """Return the line that says why a row still waits; None if all it needs is the end of what is under way."""
    if row.phase.ended or not row.is_stuck:
        return None
    return _line(row, at, width, [Phase.WAITING.value, row.waits], "yellow")


def _line(row: Row, at: datetime, width: int, parts: list[str], style: str) -> Text:
    head, *rest = parts
    return Text.assemble(
        (clock(at), "dim"), "  ", one_line(row.label).ljust(width), "  ", (head, style), *(f"  {part}" for part in rest)
    )
