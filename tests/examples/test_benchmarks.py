"""`python -m benchmarks`."""

from __future__ import annotations

import json
import re
import sys
from itertools import product
from pathlib import Path

import pytest

from benchmarks.guard import slower
from benchmarks.profiling import parsed
from tests.examples.running import PATIENCE, ROOT, run

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


@pytest.mark.timeout(300)
def test_peers_run_the_same_plans_and_those_that_cannot_be_installed_are_skipped(tmp_path: Path) -> None:
    """The table has a row for each way and peer, both documents get it, and a peer without a package says why."""
    no_folder = tmp_path / "cache"
    no_folder.touch()
    documents = [tmp_path / "README.md", tmp_path / "performance.md"]
    for document in documents:
        document.write_text("<!-- peers: begin -->old<!-- peers: end -->")
    small = ("--scale", "0.03", "--rounds", "1", "--folder", tmp_path, "--cache", no_folder)
    into = ("--readme", documents[0], "--docs", documents[1])
    done = run(
        sys.executable, "-m", "benchmarks.peers", "asyncio", "huey", *small, *into, cwd=ROOT, timeout=2 * PATIENCE
    )
    assert done.returncode == 0, done.stdout
    for document in documents:
        text = document.read_text()
        rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
        assert [row[0].strip() for row in rows[2:]] == [*(f"turboci-lite, {way}" for way in WAYS), "asyncio"]
        assert all(float(cell.strip(" *")) > 0 for row in rows[2:] for cell in row[1:-2])
        assert "Skipped: huey could not be installed: " in text
    assert not (tmp_path / "peers.svg").exists()


@pytest.mark.timeout(300)
def test_every_case_of_scale_runs(tmp_path: Path) -> None:
    """Each case says what it cost, the large one beside the small one."""
    document = tmp_path / "performance.md"
    document.write_text("<!-- scale: begin -->old<!-- scale: end -->")
    small = ("--factor", "0.002", "--folder", tmp_path, "--docs", document)
    done = run(sys.executable, "-m", "benchmarks.scale", *small, cwd=ROOT, timeout=2 * PATIENCE)
    assert done.returncode == 0, done.stdout
    said = [line for line in document.read_text().splitlines() if line[:1].isalnum()]
    assert [line.split(" of ")[0].split(" with ")[0].lstrip("0123456789, ") for line in said[:-1]] == [
        "chain", "chain", "fan", "fan", "layered", "layered", "on a server, a DAG", "in one process, a DAG",
        "plans", "fan", "fan", "watchers", "watchers",
        "finished stages in a file",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == [document]


def test_an_idle_server_is_measured(tmp_path: Path) -> None:
    """The line names runners, watchers and the share of a core."""
    few = ("--runners", "2", "--watchers", "3", "--seconds", "0.5", "--folder", tmp_path)
    done = run(sys.executable, "-m", "benchmarks.idle", *few, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^2 runner streams, 3 watchers, .*: [0-9.]+% of a core, \d+ MiB$", done.stdout, re.MULTILINE)


def test_the_floor_below_a_link_is_measured(tmp_path: Path) -> None:
    """Two messages, a write, and both together are more than nothing."""
    done = run(sys.executable, "-m", "benchmarks.floor", "--count", "20", "--folder", tmp_path, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found = re.search(r"stream +(\d+) us\na durable write +(\d+) us +with the messages (\d+\.\d\d) ms", done.stdout)
    assert found is not None, done.stdout
    trip, write, link = (float(part) for part in found.groups())
    assert trip > 0
    assert write > 0
    assert link * 1_000 == pytest.approx(trip + write, abs=10)


@pytest.mark.timeout(300)
def test_the_guard_compares_with_another_commit(tmp_path: Path) -> None:
    """What is above the limit is measured again and then fails; without a commit to compare with it ends with 0."""
    small = ("--pairs", "1", "--scale", "0.02", "--folder", tmp_path, "--against")
    guard = (sys.executable, "-m", "benchmarks.guard", *small)
    bad = run(*guard, "HEAD", "--limit", "0.001", cwd=ROOT, timeout=2 * PATIENCE)
    assert bad.returncode == 1, bad.stdout
    assert "measured again" in bad.stdout
    assert len(re.findall(r"^\| (?:chain|fan|mesh), .* TOO SLOW", bad.stdout, re.MULTILINE)) == 18
    none = run(*guard, "no-such-revision", cwd=ROOT)
    assert none.returncode == 0
    assert "nothing to compare with: git has no tree of 'no-such-revision'" in none.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_guard_needs_both_looks_to_be_above_the_limit() -> None:
    """One sample that went wrong is no verdict: the median of the pairs and the best of each must be slower."""
    assert slower([({"chain": 1.0}, {"chain": 2.0})], 1.5) == {"chain"}
    once = [({"chain": 1.0}, {"chain": 9.0}), ({"chain": 1.0}, {"chain": 1.0}), ({"chain": 1.0}, {"chain": 1.1})]
    assert slower(once, 1.5) == set()
    busy = [({"chain": 1.0}, {"chain": 1.2}), ({"chain": 1.0}, {"chain": 2.0}), ({"chain": 1.0}, {"chain": 3.0})]
    assert slower(busy, 1.5) == set()


def test_statements_are_counted(tmp_path: Path) -> None:
    """The table begins with all statements of a stage, and names each without its columns."""
    done = run(sys.executable, "-m", "benchmarks.statements", "mesh", "--folder", tmp_path, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("|")]
    counts = {row[0].strip(): float(row[1]) for row in rows[2:]}
    assert counts["all"] >= sum(counts.values()) / 2
    assert counts["`INSERT INTO stages ...`"] == 1


def test_a_profile_divides_the_time_of_threads_by_what_was_seen() -> None:
    """Of ten microseconds a stage, a function has its own time, that of libraries it calls, and that of functions."""
    raw = "\n".join(
        [
            "thread (7): writer;run (threading.py:1);outer (orchestrator/a.py:2);inner (orchestrator/a.py:9) 3",
            "thread (7): writer;run (threading.py:1);outer (orchestrator/a.py:3);loads (json/decoder.py:4) 1",
            "thread (7): writer;run (threading.py:1) 1",
        ]
    )
    profile = parsed("server", raw, {7: 0.001, 8: 0.000_001})
    assert profile.rows(100) == [
        ("server", "all threads", "", "", "10"),
        ("server", "writer", "", "", "10"),
        ("server", "writer", "orchestrator/a.py: outer", "2", "8"),
        ("server", "writer", "orchestrator/a.py: inner", "6", "6"),
        ("server", "writer", "asyncio and gRPC, beside our code", "2", "2"),
    ]
