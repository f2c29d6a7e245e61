"""The attempts of a plan along the time, a line for each slot of a runner."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from ci.cli.reports.history import Tenure
from ci.cli.reports.record import Record
from ci.cli.view.wording import duration, one_line
from turboci.states import AttemptState

_NAMED_FROM: Final = 3.0
"""Percent of the width that a bar needs for a name that can be read."""


def timeline(record: Record) -> str:
    """Return the lines as HTML; empty if no runner had anything."""
    if not record.tenures:
        return ""
    begin = min(tenure.queued_at for tenure in record.tenures)
    end = max(tenure.ended_at for tenure in record.tenures)
    whole = max(0.001, (end - begin).total_seconds())
    lanes: dict[tuple[str, int], list[Tenure]] = {}
    for tenure in record.tenures:
        lanes.setdefault((tenure.runner, tenure.slot), []).append(tenure)
    rows = []
    for (runner, slot), found in sorted(lanes.items()):
        bars = "".join(_bar(record, tenure, (tenure.begun_at - begin).total_seconds(), whole) for tenure in found)
        name = f"{found[0].runner_type or 'worker'} · slot {slot + 1}"
        rows.append(f'<div class="lane"><span title="{escape(runner)}">{escape(name)}</span><div>{bars}</div></div>')
    return "\n".join([*rows, f'<div class="lane scale"><span></span><div>{"".join(_scale(whole))}</div></div>'])


def _bar(record: Record, tenure: Tenure, after: float, whole: float) -> str:
    left, width = 100 * after / whole, 100 * tenure.seconds / whole
    waited = max(0.0, (tenure.begun_at - tenure.queued_at).total_seconds())
    name = one_line(tenure.stage_id)
    said = f"{name}, attempt {tenure.attempt.idx}: {duration(tenure.seconds)}, waited {duration(waited)} for a runner"
    if tenure.attempt.failure:
        said += f": {one_line(tenure.attempt.failure)}"
    look = "running" if tenure.lasts else "failed" if _is_red(record, tenure) else "succeeded"
    style = f"left:{left:.3f}%;width:max(2px,{width:.3f}%)"
    shown = escape(name) if width >= _NAMED_FROM else ""
    return f'<i class="{look}" style="{style}" title="{escape(said)}">{shown}</i>'


def _is_red(record: Record, tenure: Tenure) -> bool:
    """Return whether the attempt failed, or the node that it was the last attempt for."""
    if tenure.attempt.state is AttemptState.INCOMPLETE or tenure.attempt.failure:
        return True
    row = next((row for row in record.view.rows if row.stage and row.stage.ref.id == tenure.stage_id), None)
    return row is not None and row.phase.name == "FAILED"


def _scale(whole: float) -> Iterator[str]:
    for part in range(5):
        look = "right:0" if part == 4 else f"left:{25 * part}%"
        yield f'<b style="{look}">{duration(whole * part / 4)}</b>'
