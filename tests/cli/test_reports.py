"""Reports of plans that have really run."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped

import ci
from ci.cli.reports.junit import junit
from ci.cli.reports.markdown import markdown
from ci.cli.reports.page import page
from ci.cli.reports.record import Record, collect
from ci.cli.reports.requests import ReportFailed, Reports
from ci.cli.reports.trace import trace
from tests.cli.runs import Works, ended, orchestrator, release

SCHEMA = Path(__file__).with_name("junit.xsd")


@pytest.fixture
async def record() -> AsyncIterator[Record]:
    """A plan in which `build` failed."""
    async with orchestrator(Works("build")) as port:
        plan = await ended(port, release())
        yield await collect(port, plan.id, in_depth=True)


@pytest.fixture
async def broken_off() -> AsyncIterator[Record]:
    """A plan that was cancelled while it waited, with names that want to be more than text."""
    async with orchestrator(Works()) as port:
        plan = await port.create_work_plan({"name": "<script>alert(1)</script>"})
        edge = ci.depends_on(ci.stage("`never`"))
        stages = [
            ci.StageWrite(id='a "b" <c> & | ]]>', runner_type="nobody"),
            ci.StageWrite(id="late", dependencies=edge),
        ]
        await port.write_nodes(plan.id, stages=stages)
        await port.cancel_stage(plan.id, stages[0].id, "not <now>")
        yield await collect(port, plan.id, in_depth=True)


def cases(text: str) -> dict[str, Any]:
    """Return what another parser of JUnit reads: each case with its results."""
    found = JUnitXml.fromstring(text.encode())
    return {case.name: case for suite in found for case in suite}


def test_junit_follows_the_schema(record: Record, broken_off: Record) -> None:
    """Of one plan and of several, with hostile names and output, it is valid."""
    schema = xmlschema.XMLSchema(str(SCHEMA))
    for records in ([], [record], [broken_off], [record, broken_off]):
        assert [str(error) for error in schema.iter_errors(junit(records))] == []
    assert [error.reason for error in schema.iter_errors("<testsuites><testcase/></testsuites>")] != []


def test_junit_is_read_by_others(record: Record) -> None:
    """A failure is a failure, with its message and its log; what did not run is skipped."""
    found = JUnitXml.fromstring(junit([record]).encode())
    assert (found.tests, found.failures, found.errors) == (5, 1, 0)
    by_name = cases(junit([record]))
    assert [type(result) for result in by_name["build"].result] == [Failure]
    assert by_name["build"].result[0].message == "build is red"
    assert "working on build" in by_name["build"].system_out
    assert [type(result) for result in by_name["deploy"].result] == [Skipped]
    assert by_name["lint"].result == []
    assert by_name["lint"].classname == "release.builder"


def test_what_was_broken_off_is_no_success(broken_off: Record) -> None:
    """Cancelled nodes, and those that still wait, are errors."""
    by_name = cases(junit([broken_off]))
    assert {name: [type(result) for result in case.result] for name, case in by_name.items()} == {
        'a "b" <c> & | ]]>': [Error],
        "late": [Error],
    }
    assert by_name["late"].result[0].message == "is waiting: depends on stage '`never`', which is not in the plan (yet)"


def test_trace_has_the_form_that_viewers_load(record: Record) -> None:
    """It is JSON with the fields that each kind of event needs; every attempt is a slice within its plan."""
    events = json.loads(trace([record]))["traceEvents"]
    for event in events:
        assert {"ph", "pid", "tid", "name"} <= event.keys()
        assert event["ph"] in {"X", "M", "s", "f"}
        if event["ph"] != "M":
            assert isinstance(event["ts"], int)
            assert event["ts"] > 0
    [plan] = [event for event in events if event.get("cat") == "plan"]
    slices = {event["name"]: event for event in events if event.get("cat") == "attempt"}
    assert set(slices) == {"fetch", "lint", "build", "tidy"}
    for each in slices.values():
        assert plan["ts"] <= each["ts"] <= each["ts"] + each["dur"] <= plan["ts"] + plan["dur"] + 1000
    assert slices["build"]["args"]["failure"] == "build is red"
    starts, ends = ([event for event in events if event["ph"] == kind] for kind in "sf")
    assert [event["id"] for event in starts] == [event["id"] for event in ends]
    assert starts


def test_slots_of_a_runner_hold_one_attempt_at_a_time(record: Record) -> None:
    """Two attempts of the same slot never overlap, and every slot has a name."""
    events = json.loads(trace([record]))["traceEvents"]
    lanes: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for event in events:
        if event.get("cat") == "attempt":
            lanes.setdefault((event["pid"], event["tid"]), []).append((event["ts"], event["ts"] + event["dur"]))
    for spans in lanes.values():
        spans.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert set(lanes) <= {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}


class Page(HTMLParser):
    """What a browser would make of a page: its text, and what it would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.outside: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "path", "rect"}:
            self.open.append(tag)
        if tag in {"script", "link", "img", "iframe", "object"}:
            self.outside.append(tag)
        self.outside += [
            f"{tag} {name}={value}"
            for name, value in attrs
            if name.startswith("on") or (name in {"src", "href"} and not (value or "").startswith("#"))
        ]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_page_is_whole_and_needs_nothing(record: Record, broken_off: Record) -> None:
    """It shows nodes, causes, reasons and logs, loads nothing, runs nothing, and every tag is closed."""
    read = Page(page([record, broken_off]))
    assert read.open == []
    assert read.outside == []
    text = " ".join(read.words)
    for words in ("release", "build is red", "working on build", "<b>& ]]>", 'a "b" <c> & | ]]>', "Timeline", "Graph"):
        assert words in text
    assert "stage 'late' depends on stage '`never`', which is not in the plan (yet)" in text
    assert "<script>alert(1)</script>" in text
    assert "\x1b" not in text


def test_summary_is_markdown_with_a_graph(record: Record, broken_off: Record) -> None:
    """It has counts, graph, table and the last lines of what failed; names cannot break out of their cells."""
    text = markdown(record)
    assert text.startswith("## ❌ release\n\n3 succeeded, 1 failed, 1 skipped in ")
    assert "```mermaid\nflowchart LR\n" in text
    assert "| ❌ | build | failed | 0.0s | build is red |" in text
    assert "working on build" in text
    hostile = markdown(broken_off)
    assert "## ❌ \\<script\\>alert(1)\\</script\\>" in hostile
    [row] = [line for line in hostile.splitlines() if line.startswith("| 🚫")]
    assert row.replace("\\|", "").count("|") == 6


def test_summary_is_appended_where_github_wants_it(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What others wrote there stays; without the variable it is printed."""
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    Reports(github_summary=True).write([record])
    assert target.read_text().startswith("before\n## ❌ release")
    assert capsys.readouterr().out == ""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    Reports(github_summary=True).write([record])
    assert "## ❌ release" in capsys.readouterr().out


def test_places_are_looked_at_before_the_work(tmp_path: Path) -> None:
    """A directory that is missing, or a name that is one, is found before anything runs."""
    with pytest.raises(ReportFailed, match=r"there is no directory .*absent; create it first"):
        Reports(junit=str(tmp_path / "absent" / "junit.xml")).require_places()
    with pytest.raises(ReportFailed, match="is a directory; name a file"):
        Reports(report=str(tmp_path)).require_places()
    Reports(trace=str(tmp_path / "trace.json")).require_places()


def test_files_are_written_as_a_whole(record: Record, tmp_path: Path) -> None:
    """A former report is replaced, and nothing else is left behind."""
    (tmp_path / "r.html").write_text("old")
    Reports(report=str(tmp_path / "r.html"), junit=str(tmp_path / "j.xml")).write([record])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["j.xml", "r.html"]
    assert "old" not in (tmp_path / "r.html").read_text()[:100]
