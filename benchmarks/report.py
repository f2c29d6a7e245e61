"""The tables of the README, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.measuring import Measured, Timing
from turboci.states import ExecutionMode

MARKS = ("<!-- benchmarks: begin -->", "<!-- benchmarks: end -->")
HEAD = (
    "plan", "way", "SYNC: ms/stage", "stages/s", "ASYNC: ms/stage", "stages/s", "ten times as large",
    "not synced: SYNC", "ASYNC",
)  # fmt: skip
LIGHT_HEAD = ("light stages", "way", "SYNC: s", "ASYNC: s", "the work alone: s")


def as_text(measured: Sequence[Measured], machine: Machine) -> str:
    """Return the Markdown tables that have rows, and the machine under them."""
    plans = [each for each in _pairs(measured) if not each[0].shape.alone]
    light = [each for each in _pairs(measured) if each[0].shape.alone]
    tables = [
        as_table(HEAD, [_row(*pair) for pair in plans]) if plans else "",
        "; ".join(f"{shape.name}: {shape.text}" for shape in dict.fromkeys(each.shape for each, _ in plans)),
        as_table(LIGHT_HEAD, [_light_row(*pair) for pair in light]) if light else "",
    ]
    return "\n\n".join([*filter(None, tables), str(machine)])


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    return "\n".join(
        [_line(head, widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
        + [_line(row, widths) for row in rows]
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _pairs(measured: Sequence[Measured]) -> list[tuple[Measured, Measured]]:
    """Return what was measured in both modes, by plan and way."""
    found = {(each.shape.name, each.way, each.mode): each for each in measured}
    return [
        (each, found[each.shape.name, each.way, ExecutionMode.ASYNC])
        for each in measured
        if each.mode is ExecutionMode.SYNC
    ]


def _row(sync: Measured, other: Measured) -> tuple[str, ...]:
    growth = sync.growth
    return (
        sync.shape.name,
        sync.way,
        *_cost(sync.full),
        *_cost(other.full),
        f"x {growth:.2f}" if growth else "",
        f"{sync.relaxed.ms_per_stage:.2f}",
        f"{other.relaxed.ms_per_stage:.2f}",
    )


def _cost(timing: Timing) -> tuple[str, str]:
    return f"{timing.ms_per_stage:.2f}", f"{timing.stages_per_second:,.0f}"


def _light_row(sync: Measured, other: Measured) -> tuple[str, ...]:
    alone = sync.shape.alone * sync.full.stages / sync.shape.size
    seconds = (sync.full.seconds, other.full.seconds, alone)
    return (sync.shape.text, sync.way, *(f"{each:.2f}" for each in seconds))


def as_json(measured: Sequence[Measured], machine: Machine) -> str:
    """Return everything for programs."""
    return json.dumps({"machine": asdict(machine), "plans": [_as_dict(each) for each in measured]}, indent=2)


def _as_dict(each: Measured) -> dict[str, object]:
    return {
        "plan": each.shape.name,
        "way": each.way,
        "mode": each.mode.name,
        "stages": each.full.stages,
        "ms_per_stage": each.full.ms_per_stage,
        "stages_per_second": each.full.stages_per_second,
        "relaxed_ms_per_stage": each.relaxed.ms_per_stage,
        "large_stages": each.large.stages if each.large else None,
        "large_ms_per_stage": each.large.ms_per_stage if each.large else None,
        "ratio": each.growth,
    }


def put_between_marks(document: Path, text: str, marks: tuple[str, str] = MARKS) -> None:
    """Replace what stands between the two marks of a document."""
    before, begin, rest = document.read_text("utf-8").partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not end:
        raise ValueError(f"{document} has no {marks[0]} ... {marks[1]} to put the table between")
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
