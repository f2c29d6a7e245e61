"""The summary of a plan in Markdown, with its graph in Mermaid, as GitHub shows it."""

from __future__ import annotations

import re
from typing import Final

from ci.cli.reports.record import Record
from ci.cli.view.phases import Phase
from ci.cli.view.row import Row
from ci.cli.view.wording import counted, duration, harmless, one_line
from ci.dag.drawing import drawing_of_nodes
from ci.dag.mermaid import mermaid

_SIGNS: Final = {
    Phase.WAITING: "⏳",
    Phase.QUEUED: "⏳",
    Phase.RUNNING: "🔄",
    Phase.SUCCEEDED: "✅",
    Phase.FAILED: "❌",
    Phase.SKIPPED: "⏭️",
    Phase.CANCELLED: "🚫",
}
_MOST_ROWS: Final = 100
_MOST_FAILURES: Final = 20
_MOST_LINES: Final = 30
_LARGEST_GRAPH: Final = 40_000
"""Characters of a graph; GitHub draws none of more than 50,000."""
_MOST_ARROWS: Final = 400
"""GitHub draws none of more than 500."""
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>|#~]")


def markdown(record: Record) -> str:
    """Return the summary of one plan: counts, graph, nodes, and the last lines of what failed."""
    counts = record.view.counts()
    said = ", ".join(f"{counts[phase]:,} {phase.value.lower()}" for phase in Phase if counts[phase]) or "no nodes"
    red = counts[Phase.FAILED] or counts[Phase.CANCELLED]
    green = not red and record.view.ended
    sign = _SIGNS[Phase.FAILED] if red else _SIGNS[Phase.SUCCEEDED] if green else _SIGNS[Phase.RUNNING]
    parts = [f"## {sign} {_escaped(record.name)}", f"{said} in {duration(record.seconds)}"]
    parts += _failures(record)
    parts += _graph(record)
    parts += _table(record)
    parts.append(f"<sub>plan {record.plan.id}</sub>")
    return "\n\n".join(parts) + "\n"


def _graph(record: Record) -> list[str]:
    drawing = drawing_of_nodes(record.nodes)
    text = mermaid(drawing)
    if not drawing.boxes:
        return []
    if len(text) > _LARGEST_GRAPH or len(drawing.arrows) > _MOST_ARROWS:
        return [f"The graph of {counted(len(drawing.boxes), 'box')[:-1]}es is too large to be drawn here."]
    return [f"```mermaid\n{text}```"]


def _table(record: Record) -> list[str]:
    rows = record.view.rows
    if len(rows) > _MOST_ROWS:
        rows = [row for row in rows if row.phase is not Phase.SUCCEEDED][:_MOST_ROWS]
    if not rows:
        return []
    lines = ["| | node | state | time | why |", "|---|---|---|---:|---|", *(_line(record, row) for row in rows)]
    left_out = len(record.view.rows) - len(rows)
    more = [f"and {counted(left_out, 'more node')}"] if left_out else []
    return ["\n".join(lines), *more]


def _line(record: Record, row: Row) -> str:
    seconds = row.seconds(row.ended_at or record.at)
    time = "" if seconds is None else duration(seconds)
    why = "" if row.phase is Phase.SUCCEEDED else row.gist if row.phase.ended else row.waits
    cells = [_SIGNS[row.phase], _escaped(row.label), row.phase.value.lower(), time, _escaped(why)]
    return f"| {' | '.join(cells)} |"


def _failures(record: Record) -> list[str]:
    failed = [row for row in record.view.rows if row.phase is Phase.FAILED]
    parts = []
    for row in failed[:_MOST_FAILURES]:
        lines = record.output(row)[-_MOST_LINES:]
        head = f"<b>{_html(row.label)}</b> failed: {_html(row.gist)}"
        if lines:
            fence = _fence("\n".join(lines))
            body = "\n".join([fence, *lines, fence])
            parts.append(f"<details open><summary>{head}</summary>\n\n{body}\n\n</details>")
        else:
            parts.append(head)
    if len(failed) > _MOST_FAILURES:
        parts.append(f"and {counted(len(failed) - _MOST_FAILURES, 'more failure')}")
    return parts


def _fence(text: str) -> str:
    """Return a fence that is longer than any in the text."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", one_line(harmless(text)))


def _html(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
