"""`python -m benchmarks`."""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.examples.running import ROOT, run

WAYS = ("stream", "unary", "in-process")


def test_the_benchmark_measures_every_plan_on_every_way_in_both_modes(tmp_path: Path) -> None:
    """Small plans give the cost of a stage, synced and not, and in a plan ten times as large, for the README too."""
    document = tmp_path / "README.md"
    document.write_text("before\n<!-- benchmarks: begin -->\nold\n<!-- benchmarks: end -->\nafter\n")
    small = ("--scale", "0.03", "--rounds", "1", "--folder", tmp_path, "--readme", document)
    done = run(sys.executable, "-m", "benchmarks", "--json", *small, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert sorted((each["plan"], each["way"], each["mode"]) for each in report["plans"]) == sorted(
        product(("chain", "fan", "mesh", "light chain", "light crowd"), WAYS, ("ASYNC", "SYNC"))
    )
    assert all(each["ms_per_stage"] > 0 and each["relaxed_ms_per_stage"] > 0 for each in report["plans"])
    noop = [each for each in report["plans"] if not each["plan"].startswith("light")]
    assert all(each["large_stages"] > each["stages"] for each in noop)
    assert report["machine"]["sqlite"]
    assert list(tmp_path.iterdir()) == [document]
    text = document.read_text()
    assert "old" not in text
    assert text.startswith("before\n<!-- benchmarks: begin -->\n\n| plan ")
    assert text.endswith(f"{report['machine']['grpc']}\n\n<!-- benchmarks: end -->\nafter\n")


@pytest.mark.parametrize(
    ("wrong", "known"), [(("chian",), "chain, fan, mesh"), (("--way", "steam"), "stream, unary, in-process")]
)
def test_an_unknown_name_is_a_usage_error(wrong: tuple[str, ...], known: str) -> None:
    """A misspelt plan or way ends with 2 and the names of those that there are."""
    done = run(sys.executable, "-m", "benchmarks", *wrong, cwd=ROOT)
    assert done.returncode == 2
    assert known in done.stdout


def test_definitions_are_measured_in_every_shape(tmp_path: Path) -> None:
    """A small DAG gives a row for each shape, with seconds, bytes and the three ways to write it."""
    small = ("--nodes", "40", "--rounds", "1", "--folder", tmp_path)
    done = run(sys.executable, "-m", "benchmarks.definitions", *small, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("|")]
    assert [row[0] for row in rows[2:]] == ["steps", "checks and stages", "the same, a line each"]
    assert all(len(row) == len(rows[0]) and int(row[4]) > 0 for row in rows[2:])
    assert list(tmp_path.iterdir()) == []
