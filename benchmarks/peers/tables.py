"""The table of the peers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.machine import Machine
from benchmarks.peers.layers import PLANS, Layers
from benchmarks.peers.running import Result
from benchmarks.report import as_table

OURS: Final = "turboci-lite, "
TITLES: Final = {
    "chain": "chain of 100",
    "fan": "fan of 500",
    "mesh": "mesh 10 x 20",
    "light chain": "40 of 10 ms, in sequence",
    "light crowd": "400 of 10 ms, 10 slots",
}


def as_text(results: Sequence[Result], machine: Machine, scale: float) -> str:
    """Return a Markdown table in milliseconds for each stage, what was skipped, and the machine."""
    head = ("ms/stage", *TITLES.values(), "its record survives", "what is kept of a step")
    plans = [plan.scaled(scale) for plan in PLANS]
    rows = [
        (_title(each), *(_cell(each, plan) for plan in plans), each.survives, each.kept)
        for each in results
        if each.plans
    ]
    notes = [f"Skipped: {each.name} {each.skipped.rstrip('.')}." for each in results if each.skipped]
    notes += [f"{each.name} did not finish all plans in time." for each in results if 0 < len(each.plans) < len(PLANS)]
    if any(cell.endswith("*") for row in rows for cell in row[:-1]):
        notes.insert(0, "\\* a smaller plan, since this one takes longer than three seconds.")
    alone = "The work alone takes 10 ms a stage in sequence, and 1 ms on ten slots."
    parts = [as_table(head, rows), " ".join([alone, *notes]), compared(results), str(machine)]
    return "\n\n".join(filter(None, parts))


def compared(results: Sequence[Result]) -> str:
    """Say for each of our ways whether a peer is faster whose records of steps survive as much: power loss."""
    ours = [each for each in results if each.name.startswith(OURS)]
    peers = [each for each in results if each not in ours and each.plans and each.survives == "power loss"]
    if not peers:
        return ""
    names = ", ".join(each.name for each in peers)
    said = [f"Beside the peers of which every record survives power loss ({names}):"]
    for way in ours:
        lost = [
            f"{peer.name} on {TITLES[plan]} ({peer.plans[plan].ms_per_stage:.3g} against {timing.ms_per_stage:.3g} ms)"
            for plan, timing in way.plans.items()
            for peer in peers
            if plan in peer.plans and peer.plans[plan].ms_per_stage < timing.ms_per_stage
        ]
        said.append(
            f"{way.name.removeprefix(OURS)} is " + ("behind " + ", ".join(lost) if lost else "ahead everywhere")
        )
    return f"{said[0]} {'; '.join(said[1:])}."


def _title(result: Result) -> str:
    return " ".join(filter(None, [result.name, result.version]))


def _cell(result: Result, plan: Layers) -> str:
    timing = result.plans.get(plan.name)
    if timing is None:
        return "-"
    smaller = "*" if timing.stages < plan.steps else ""
    cost = timing.ms_per_stage
    return f"{cost:.0f}{smaller}" if cost >= 100 else f"{cost:.3g}{smaller}"
