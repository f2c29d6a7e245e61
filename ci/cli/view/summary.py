"""What is printed when a plan has ended: every node, what failed and why, where it is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.text import Text

from ci.cli.view.layout import SHOWN_FIRST
from ci.cli.view.phases import STYLES, Glyphs, Phase
from ci.cli.view.row import Row
from ci.cli.view.state import PlanView
from ci.cli.view.tree import crop, shortened
from ci.cli.view.wording import counted, duration, harmless, harmless_lines, one_line
from turboci.nodes import Nodes
from turboci.payloads import JSON

_OUTPUT_LINES: Final = 20
_MOST_ROWS: Final = 60
_TOLD_ELSEWHERE: Final = frozenset({Phase.FAILED, Phase.CANCELLED})
"""Phases whose cause need not be in the table in full: it stands below, or is the same for all."""
_WORDS_WIDTH: Final = max(len(phase.value) for phase in Phase)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """What there is to say of one failed row.

    Attributes:
        output: All lines that are recorded of what its command printed, or of the traceback of its function.
    """

    label: str
    cause: str
    output: tuple[str, ...] = ()


def failures(view: PlanView, nodes: Nodes) -> list[Failure]:
    """Return what failed, in order of creation, with the output that its results carry."""
    outputs = {check.ref: _output(check.data) for check in nodes.checks}
    for stage in nodes.stages:
        outputs[stage.ref] = _output(stage.attempts[-1].details) if stage.attempts else ()
    found: list[Failure] = []
    for row in view.rows:
        if row.phase is Phase.FAILED:
            output = next((outputs[ref] for ref in row.refs if outputs.get(ref)), ())
            found.append(Failure(label=row.label, cause=row.cause, output=output))
    return found


def _output(data: Mapping[str, JSON]) -> tuple[str, ...]:
    texts = [text for key in ("output", "traceback") if isinstance(text := data.get(key), str) and text.strip()]
    return tuple(line for text in texts for line in harmless_lines(text.strip("\n")))


def summary(view: PlanView, failed: Sequence[Failure], seconds: float, width: int, glyphs: Glyphs) -> Text:
    """Return the table of nodes with the total, then each failure.

    Args:
        view: The plan as it ended.
        failed: What to say of the rows that failed.
        seconds: How long the whole run took.
        width: Cells in a line; output of commands is never cut.
        glyphs: The signs to use.
    """
    lines = [_total(view, seconds)]
    lines.extend(_table(view, width, glyphs))
    told = [_failure(failure, glyphs) for failure in failed]
    for index, paragraph in enumerate(told):
        if not index or len(paragraph) > 1 or len(told[index - 1]) > 1:
            lines.append(Text())
        lines.extend(paragraph)
    return Text("\n").join(lines)


def _total(view: PlanView, seconds: float) -> Text:
    counts = view.counts()
    parts = [Text(f"{counts[phase]:,} {phase.value.lower()}", STYLES[phase]) for phase in Phase if counts[phase]]
    said = Text(", ").join(parts) if parts else Text("no nodes, nothing to do,")
    name = f"{one_line(view.name)}: " if view.name else ""
    return Text.assemble((name, "bold"), said, f" in {duration(seconds)}")


def _table(view: PlanView, width: int, glyphs: Glyphs) -> list[Text]:
    rows = _told(view.rows)
    widest = max((Text(one_line(row.label)).cell_len for row in rows), default=0)
    label_width = min(widest, max(16, width * 2 // 5))
    lines = [line for row in rows for line in _table_lines(row, label_width, width, glyphs)]
    left_out = view.counts() - Counter(row.phase for row in rows)
    if left_out:
        said = ", ".join(f"{left_out[phase]:,} {phase.value.lower()}" for phase in Phase if left_out[phase])
        lines.append(Text(f"  {glyphs.ellipsis} and {counted(left_out.total(), 'node')} more: {said}", "dim"))
    return lines


def _told(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows of the table: of many none that succeeded, and of the others those that matter most."""
    if len(rows) <= _MOST_ROWS:
        return rows
    others = [row for row in rows if row.phase is not Phase.SUCCEEDED]
    urgent = sorted(range(len(others)), key=lambda index: (SHOWN_FIRST[others[index].phase], index))
    return [others[index] for index in sorted(urgent[:_MOST_ROWS])]


def _table_lines(row: Row, label_width: int, width: int, glyphs: Glyphs) -> list[Text]:
    phase = row.phase
    label = crop(Text(shortened(one_line(row.label), label_width, glyphs)), label_width, glyphs)
    seconds = row.seconds(row.ended_at) if row.ended_at is not None else None
    line = Text.assemble(
        "  ", (glyphs.of(phase) if phase.ended else glyphs.phases[phase], STYLES[phase]), " ",
        label, " " * (label_width - label.cell_len), "  ",
        (phase.value.ljust(_WORDS_WIDTH), STYLES[phase]),
        ("" if seconds is None else duration(seconds)).rjust(7),
    )  # fmt: skip
    said = Text(row.gist if phase.ended else row.waits, "dim")
    if phase is Phase.SUCCEEDED or not said:
        line.rstrip()
        return [line]
    if line.cell_len + 2 + said.cell_len > width and phase not in _TOLD_ELSEWHERE:
        line.rstrip()
        return [line, crop(Text("      ").append(said), width, glyphs)]
    return [crop(line.append("  ").append(said), width, glyphs)]


def _failure(failure: Failure, glyphs: Glyphs) -> list[Text]:
    head, *rest = harmless(failure.cause).strip().split("\n")
    lines = [Text.assemble((one_line(failure.label), "bold"), (" FAILED", STYLES[Phase.FAILED]), f": {head}")]
    lines.extend(Text(f"  {line}") for line in rest)
    left_out = len(failure.output) - _OUTPUT_LINES
    quoted = [Text(line) for line in failure.output[-_OUTPUT_LINES:]]
    if left_out > 0:
        quoted.insert(0, Text(f"{glyphs.ellipsis} {counted(left_out, 'line')} before these, see the record", "dim"))
    lines.extend(Text.assemble((f"  {glyphs.quote}", "dim"), line) for line in quoted)
    return lines


def recorded(database: str, plans: Sequence[str]) -> Text:
    """Return the line that says where the run can be found."""
    noun = "plan" if len(plans) == 1 else "plans"
    return Text(f"recorded in {database}, {noun} {', '.join(plans)}", "dim")


def unfinished(view: PlanView, now: datetime) -> list[str]:
    """Return a sentence for each row that has not ended: why it waits, as far as the orchestrator said."""
    said: list[str] = []
    for row in view.rows:
        if not row.phase.ended:
            waited = duration((now - row.since).total_seconds()) if row.since is not None else "unknown time"
            said.append(f"{row.label} is {row.phase.value} since {waited}: {row.waits or 'no reason known'}")
    return said
