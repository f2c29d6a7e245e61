"""The live view: the tree of rows as it fits on the screen, with a line of counts below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from ci.cli.view.layout import Placed, fitting, prefixes
from ci.cli.view.phases import STYLES, Glyphs, Phase
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.wording import counted, duration, last_line, one_line

PATIENCE: Final = 5.0
"""Seconds that a row waits before the view says why."""
_TIME_WIDTH: Final = 7
_BAR_WIDTH: Final = 10
_LEAST_SHORTENED: Final = 8
"""Cells below which two ends of a name say less than its beginning."""
_ECHO_WIDTH: Final = 2
"""Cells that terminals take to show ^C where the cursor stands: at the end of the last line, which must not wrap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Canvas:
    """How much there is to draw on, and when."""

    width: int
    height: int
    now: datetime
    started_at: datetime
    frame: int = 0


def tree(view: PlanView, placed: Sequence[Placed], canvas: Canvas, glyphs: Glyphs) -> Text:
    """Return the whole live view, at most `canvas.height` lines of at most `canvas.width` cells."""
    room = max(1, canvas.height - 1)
    shown = fitting(placed, room if len(placed) <= room else room - 1)
    lines = _rows(shown, view.widest_label, max(0, room - len(placed)), canvas, glyphs)
    if len(shown) < len(placed):
        lines.append(_hidden(view, shown, glyphs, canvas.width))
    lines.append(_counts(view, canvas))
    return Text("\n").join(lines)


def _rows(shown: Sequence[Placed], widest_label: int, spare: int, canvas: Canvas, glyphs: Glyphs) -> list[Text]:
    """Return a line for each row; why a row is stuck may take another one, as long as there are `spare` ones."""
    levels = max(2, canvas.width // 13)
    drawn = prefixes(shown, glyphs, levels)
    # Labels that are left out count too: the columns stand still while other rows come and go.
    widest = max(
        (cell_len(prefix + one_line(p.row.label)) + 2 for prefix, p in zip(drawn, shown, strict=True)), default=0
    )
    width = min(max(widest, widest_label + 2), max(16, canvas.width * 2 // 5))
    names = [
        Text.assemble((prefix, "dim"), _name(place.row, width - cell_len(prefix) - 2, canvas, glyphs))
        for prefix, place in zip(drawn, shown, strict=True)
    ]
    lines: list[Text] = []
    for place, prefix, name in zip(shown, drawn, names, strict=True):
        tail = _tail(place.row, spare)
        said = Text(*detail(place.row, canvas.now, glyphs, with_output=not tail))
        is_below = spare > 0 and place.row.is_stuck and width + _TIME_WIDTH + 2 + said.cell_len > canvas.width
        lines.append(_line(place.row, name, width, Text() if is_below else said, canvas, glyphs))
        if is_below:
            spare -= 1
            lines.append(crop(Text.assemble((_under(prefix, glyphs), "dim"), said), canvas.width, glyphs))
        spare -= len(tail)
        under = f"{_under(prefix, glyphs)}{glyphs.quote}"
        lines += [crop(Text(f"{under}{line}", "dim"), canvas.width, glyphs) for line in tail]
    return lines


def _tail(row: Row, spare: int) -> list[str]:
    """Return the last lines of what runs, if there are several and they fit below its row."""
    if row.phase is not Phase.RUNNING or len(row.tail) < 2 or spare < len(row.tail):
        return []
    return [last_line(line) for line in row.tail]


def _under(prefix: str, glyphs: Glyphs) -> str:
    """Return what stands before a second line of the row that has this prefix."""
    return prefix.replace(glyphs.branch, glyphs.rail).replace(glyphs.last, " " * len(glyphs.rail)) + "  "


def _name(row: Row, room: int, canvas: Canvas, glyphs: Glyphs) -> Text:
    phase = row.phase
    label_style = "" if phase in {Phase.RUNNING, Phase.SUCCEEDED} else STYLES[phase]
    label = shortened(one_line(row.label), room, glyphs)
    return Text.assemble((glyphs.of(phase, canvas.frame), STYLES[phase]), " ", (label, label_style))


def _line(row: Row, name: Text, width: int, said: Text, canvas: Canvas, glyphs: Glyphs) -> Text:
    cropped = crop(name, width, glyphs)
    seconds = row.seconds(canvas.now)
    time = "" if seconds is None else duration(seconds)
    line = Text.assemble(cropped, " " * (width - cropped.cell_len), (time.rjust(_TIME_WIDTH), "dim"))
    line.append("  ").append(said)
    line.rstrip()
    return crop(line, canvas.width, glyphs)


def bar(percent: int, glyphs: Glyphs) -> str:
    """Return a bar of so many percent, with the number.

    Example:
        >>> from ci.cli.view.phases import ASCII
        >>> bar(50, ASCII)
        '#####.....  50%'
    """
    full = max(0, min(_BAR_WIDTH, percent * _BAR_WIDTH // 100))
    return f"{glyphs.full * full}{glyphs.empty * (_BAR_WIDTH - full)} {percent:3d}%"


def detail(row: Row, now: datetime, glyphs: Glyphs, *, with_output: bool = True) -> tuple[str, str]:
    """Return what the row has to say beyond its phase, and the style of it."""
    phase = row.phase
    if phase is Phase.RUNNING:
        parts = (
            f"attempt {row.attempt}" if row.attempt > 1 else "",
            bar(row.percent, glyphs) if row.percent is not None else "",
            last_line(row.output) if with_output else "",
        )
        return "  ".join(part for part in parts if part), "dim"
    if phase.ended:
        return ("", "") if phase is Phase.SUCCEEDED else (row.gist, STYLES[phase])
    waited = (now - row.since).total_seconds() if row.since is not None else 0.0
    if row.waits and waited >= PATIENCE:
        return (row.waits, "yellow") if row.is_stuck else (row.waits.partition(": ")[0], "dim")
    return (f"attempt {row.attempt}" if row.attempt > 1 else ""), "dim"


def _hidden(view: PlanView, shown: Sequence[Placed], glyphs: Glyphs, width: int) -> Text:
    left = view.counts()
    for place in shown:
        left[place.row.phase] -= 1
    said = ", ".join(f"{left[phase]:,} {phase.value}" for phase in Phase if left[phase] > 0)
    return crop(Text(f"{glyphs.ellipsis} and {sum(left.values()):,} more: {said}", "dim"), width, glyphs)


def _counts(view: PlanView, canvas: Canvas) -> Text:
    counts = view.counts()
    waiting = counts[Phase.WAITING] + counts[Phase.QUEUED]
    done = sum(number for phase, number in counts.items() if phase.ended)
    parts = [
        (f"{counts[Phase.RUNNING]:,} running", STYLES[Phase.RUNNING]),
        (f"{waiting:,} waiting", ""),
        (f"{done:,} of {counted(len(view.rows), 'node')} done", ""),
    ]
    if counts[Phase.FAILED]:
        parts.append((f"{counts[Phase.FAILED]:,} failed", STYLES[Phase.FAILED]))
    elapsed = duration((canvas.now - canvas.started_at).total_seconds())
    line = Text("   ").join(Text(text, style) for text, style in parts)
    width = canvas.width - _ECHO_WIDTH
    line.append(elapsed.rjust(max(len(elapsed) + 3, width - line.cell_len)))
    line.truncate(width)
    return line


def crop(text: Text, width: int, glyphs: Glyphs) -> Text:
    """Return the text in at most `width` cells; what was cut off shows as an ellipsis."""
    if text.cell_len <= width:
        return text
    cut = text.copy()
    cut.truncate(max(0, width - cell_len(glyphs.ellipsis)))
    return cut.append(glyphs.ellipsis, "dim")


def shortened(label: str, width: int, glyphs: Glyphs) -> str:
    """Return a name in at most `width` cells, without its middle: long names differ at their ends.

    Example:
        >>> from ci.cli.view.phases import UNICODE
        >>> shortened("test:linux-x86_64/python3.11/suite-17", 20, UNICODE)
        'test:lin…11/suite-17'
    """
    room = width - cell_len(glyphs.ellipsis)
    if cell_len(label) <= width or room < _LEAST_SHORTENED:
        return label
    tail = room * 6 // 11 + 1
    head = Text(label)
    head.truncate(room - tail)
    end = len(label)
    while cell_len(label[end - 1 :]) <= tail:
        end -= 1
    return f"{head.plain}{glyphs.ellipsis}{label[end:]}"
