"""The table of the README, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.machine import Machine
from benchmarks.measuring import Measured

MARKS = ("<!-- benchmarks: begin -->", "<!-- benchmarks: end -->")
HEAD = ("plan", "mode", "ms/stage", "stages/s", "ms/stage, 10 times as large", "ratio")


def as_table(measured: Sequence[Measured], machine: Machine) -> str:
    """Return a Markdown table and the machine under it."""
    rows = [
        (
            f"{each.shape.name} ({each.shape.text})",
            each.mode.name,
            f"{each.small.ms_per_stage:.2f}",
            f"{each.small.stages_per_second:,.0f}",
            f"{each.large.ms_per_stage:.2f}",
            f"{each.growth:.2f}",
        )
        for each in measured
    ]
    widths = [max(len(row[column]) for row in [HEAD, *rows]) for column in range(len(HEAD))]
    lines = [_line(HEAD, widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    return "\n".join([*lines, *(_line(row, widths) for row in rows), "", str(machine)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def as_json(measured: Sequence[Measured], machine: Machine) -> str:
    """Return everything for programs."""
    plans = [
        {
            "plan": each.shape.name,
            "mode": each.mode.name,
            "stages": each.small.stages,
            "ms_per_stage": each.small.ms_per_stage,
            "stages_per_second": each.small.stages_per_second,
            "large_stages": each.large.stages,
            "large_ms_per_stage": each.large.ms_per_stage,
            "ratio": each.growth,
        }
        for each in measured
    ]
    return json.dumps({"machine": asdict(machine), "plans": plans}, indent=2)


def put_between_marks(document: Path, text: str, marks: tuple[str, str] = MARKS) -> None:
    """Replace what stands between the two marks of a document."""
    before, begin, rest = document.read_text("utf-8").partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not end:
        raise ValueError(f"{document} has no {marks[0]} ... {marks[1]} to put the table between")
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
