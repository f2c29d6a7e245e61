"""One page of HTML that holds everything and needs nothing: graph, timeline, reasons, logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from typing import Final

from ci.cli.plans.table import moment
from ci.cli.reports.graph import graph
from ci.cli.reports.record import Record
from ci.cli.reports.timeline import timeline
from ci.cli.view.phases import Phase
from ci.cli.view.row import Row
from ci.cli.view.wording import counted, duration, harmless, one_line

_STYLE: Final = resources.files("ci.cli.reports").joinpath("page.css").read_text(encoding="utf-8")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""The page loads nothing and runs nothing, whatever stands in a log."""
_MOST_LINES: Final = 5_000


def page(records: Sequence[Record]) -> str:
    """Return the page of some plans."""
    title = ", ".join(one_line(record.name) for record in records) or "no plan"
    body = "\n".join(_plan(record) for record in records)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _plan(record: Record) -> str:
    counts = record.view.counts()
    said = "".join(
        f'<span class="count {phase.value.lower()}">{counts[phase]:,} {phase.value.lower()}</span>'
        for phase in Phase
        if counts[phase]
    )
    status = record.plan.status.name.lower()
    facts = [
        f"plan <code>{record.plan.id}</code>",
        f"started {moment(record.plan.created_at)}",
        f"{'took' if record.plan.finished_at else 'running for'} {duration(record.seconds)}",
    ]
    if record.plan.cause:
        facts.append(escape(one_line(record.plan.cause)))
    rows = list(enumerate(record.view.rows))
    parts = [
        f'<h1>{escape(one_line(record.name))} <small class="status {status}">{status}</small></h1>',
        f"<p>{' · '.join(facts)}</p>",
        f"<p>{said}</p>",
        *_part("What failed", "\n".join(_node(record, row, index) for index, row in rows if row.phase is Phase.FAILED)),
        *_part("Graph", f'<div class="wide">{drawn}</div>' if (drawn := graph(record.view)) else _too_large(record)),
        *_part("Timeline", timeline(record)),
        *_part("Why it waits", "".join(_reasons(record))),
        *_part("Nodes", "\n".join(_node(record, row, index) for index, row in rows if row.phase is not Phase.FAILED)),
    ]
    return f'<section data-plan="{record.plan.id}">\n' + "\n".join(parts) + "\n</section>"


def _part(title: str, content: str) -> list[str]:
    return [f"<h2>{title}</h2>", content] if content else []


def _too_large(record: Record) -> str:
    rows = len(record.view.rows)
    return f"<p>A graph of {counted(rows, 'node')} is too large to be drawn.</p>" if rows else ""


def _reasons(record: Record) -> Iterator[str]:
    if record.explanation.stalled:
        yield "<p>Nothing that is under way can finish this plan.</p>"
    said = dict.fromkeys(one_line(reason.text) for reason in record.explanation.reasons)
    said |= dict.fromkeys(one_line(str(attempt)) for attempt in record.explanation.stopping)
    if said:
        yield "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in said) + "</ul>"


def _node(record: Record, row: Row, index: int) -> str:
    """Return a node as a block that opens; what failed is open already."""
    phase = row.phase.value.lower()
    seconds = row.seconds(row.ended_at or record.at)
    time = "" if seconds is None else duration(seconds)
    gist = row.gist if row.phase.ended else row.waits
    head = (
        f'<b class="count {phase}">{phase}</b> <span class="label">{escape(one_line(row.label))}</span>'
        f' <time>{time}</time> <span class="gist">{escape(gist if row.phase is not Phase.SUCCEEDED else "")}</span>'
    )
    is_open = " open" if row.phase is Phase.FAILED else ""
    # What is inside opens when a link leads to it.
    inside = f'<div id="n{index}">{"".join(_details(record, row))}</div>'
    return f"<details{is_open}><summary>{head}</summary>{inside}</details>"


def _details(record: Record, row: Row) -> Iterator[str]:
    if row.cause:
        yield f'<p class="cause">{escape(harmless(row.cause))}</p>'
    waits = ", ".join(one_line(parent.label) for parent in record.view.parents(row))
    if waits:
        yield f"<p>after {escape(waits)}</p>"
    stage = record.stage(row)
    for attempt in stage.attempts if stage is not None else ():
        failure = f": {one_line(attempt.failure)}" if attempt.failure and attempt.failure != row.cause else ""
        where = f" on {attempt.process_uid}" if attempt.process_uid else ""
        yield f"<p>attempt {attempt.idx} {attempt.state.name}{escape(where + failure)}</p>"
        if stage is not None and attempt is not stage.attempts[-1]:
            yield from _log(record.logs.get((stage.id, attempt.idx), ()))
    yield from _log(record.output(row))


def _log(lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    left_out = len(lines) - _MOST_LINES
    if left_out > 0:
        yield f"<p>… {counted(left_out, 'line')} before these</p>"
    yield f"<pre>{escape(chr(10).join(lines[-_MOST_LINES:]))}</pre>"
