"""The table of the peers."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.machine import Machine
from benchmarks.peers.layers import PLANS, Layers
from benchmarks.peers.running import Result
from benchmarks.report import as_table

TITLES = {
    "chain": "chain of 100",
    "fan": "fan of 500",
    "mesh": "mesh 10 x 20",
    "light chain": "40 of 10 ms, in sequence",
    "light crowd": "400 of 10 ms, 10 slots",
}


def as_text(results: Sequence[Result], machine: Machine, scale: float) -> str:
    """Return a Markdown table in milliseconds for each stage, what was skipped, and the machine."""
    head = ("ms/stage", *TITLES.values(), "what is kept of a step")
    plans = [plan.scaled(scale) for plan in PLANS]
    rows = [(_title(each), *(_cell(each, plan) for plan in plans), each.kept) for each in results if each.plans]
    notes = [f"Skipped: {each.name} {each.skipped.rstrip('.')}." for each in results if each.skipped]
    if any(cell.endswith("*") for row in rows for cell in row[:-1]):
        notes.insert(0, "\\* a smaller plan, since this one takes longer than three seconds.")
    alone = "The work alone takes 10 ms a stage in sequence, and 1 ms on ten slots."
    return "\n\n".join([as_table(head, rows), " ".join([alone, *notes]), str(machine)])


def _title(result: Result) -> str:
    return " ".join(filter(None, [result.name, result.version]))


def _cell(result: Result, plan: Layers) -> str:
    timing = result.plans[plan.name]
    smaller = "*" if timing.stages < plan.steps else ""
    cost = timing.ms_per_stage
    return f"{cost:.0f}{smaller}" if cost >= 100 else f"{cost:.3g}{smaller}"
