"""Draw the plans of all peers as bars: `python -m benchmarks.peers.plot FILE.svg < results.json`."""

from __future__ import annotations

import json
import sys
from typing import TypedDict

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "turboci", "font.size": 9, "font.family": "sans-serif"}

from matplotlib import pyplot as plt  # noqa: E402


class Row(TypedDict):
    """A peer: its milliseconds a stage by plan, and the colour of its bars."""

    name: str
    colour: str
    ms: dict[str, float]


def draw(target: str, rows: list[Row], plans: dict[str, str], machine: str) -> None:
    """Draw one panel for each plan, on a logarithmic scale."""
    figure, panels = plt.subplots(1, len(plans), figsize=(11, 0.36 * len(rows) + 1.3), sharey=True)
    names = [row["name"] for row in rows]
    colours = [row["colour"] for row in rows]
    most = max(max(row["ms"].values()) for row in rows)
    for panel, (plan, title) in zip(panels, plans.items(), strict=True):
        values = [row["ms"][plan] for row in rows]
        bars = panel.barh(names, values, color=colours)
        panel.bar_label(
            bars, [f"{value:.0f}" if value >= 10 else f"{value:.2g}" for value in values], padding=2, fontsize=8
        )
        panel.set_xscale("log")
        panel.set_xlim(0.002, most * 8)
        panel.minorticks_off()
        panel.set_title(title, fontsize=10)
        panel.set_xlabel("ms a stage, the less the better")
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    panels[0].invert_yaxis()
    figure.text(0.01, 0.01, f"light: nothing survives a crash. {machine}", fontsize=7, color="#57606a")
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    given = json.load(sys.stdin)
    draw(sys.argv[1], given["rows"], given["plans"], given["machine"])
