"""`python -m benchmarks`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.examples.running import ROOT, run


def test_the_benchmark_measures_every_plan_in_both_modes(tmp_path: Path) -> None:
    """Small plans give six rows with the cost of a stage, here and in a plan ten times as large, for the README too."""
    document = tmp_path / "README.md"
    document.write_text("before\n<!-- benchmarks: begin -->\nold\n<!-- benchmarks: end -->\nafter\n")
    small = ("--scale", "0.05", "--rounds", "1", "--folder", tmp_path, "--readme", document)
    done = run(sys.executable, "-m", "benchmarks", "--json", *small, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert sorted((each["plan"], each["mode"]) for each in report["plans"]) == [
        (plan, mode) for plan in ("chain", "fan", "mesh") for mode in ("ASYNC", "SYNC")
    ]
    assert all(each["ms_per_stage"] > 0 and each["large_stages"] > each["stages"] for each in report["plans"])
    assert report["machine"]["sqlite"]
    assert list(tmp_path.iterdir()) == [document]
    text = document.read_text()
    assert "old" not in text
    assert text.startswith("before\n<!-- benchmarks: begin -->\n\n| plan ")
    assert text.endswith(f"{report['machine']['grpc']}\n\n<!-- benchmarks: end -->\nafter\n")


def test_an_unknown_plan_is_a_usage_error(tmp_path: Path) -> None:
    """A misspelt plan ends with 2 and the names of those that there are."""
    done = run(sys.executable, "-m", "benchmarks", "chian", cwd=ROOT)
    assert done.returncode == 2
    assert "chain, fan, mesh" in done.stdout


def test_definitions_are_measured_in_every_shape(tmp_path: Path) -> None:
    """A small DAG gives a row for each shape, with seconds, bytes and the three ways to write it."""
    small = ("--nodes", "40", "--rounds", "1", "--folder", tmp_path)
    done = run(sys.executable, "-m", "benchmarks.definitions", *small, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("|")]
    assert [row[0] for row in rows[2:]] == ["steps", "checks and stages", "the same, a line each"]
    assert all(len(row) == len(rows[0]) and int(row[4]) > 0 for row in rows[2:])
    assert list(tmp_path.iterdir()) == []
