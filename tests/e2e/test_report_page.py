"""The page of `--report`, opened in a browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import html5lib
import pytest

from tests.e2e.terminals import turboci

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SVG = "{http://www.w3.org/2000/svg}"
PIPELINE = """
import ci
dag = ci.DAG("release")
build = dag.shell("build", "echo '<script>document.title=1</script>'; exit 3")
dag.shell("deploy", "true").after(build)
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The report of a run that failed."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    assert turboci("run", "pipeline.py", "--report", "r.html", cwd=tmp_path).code == 1
    return tmp_path / "r.html"


def test_a_strict_parser_finds_every_part_and_nothing_to_load(page: Path) -> None:
    """It is HTML without a mistake: what failed, the graph, the timeline and every node; nothing runs or is fetched."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False)
    document = parser.parse(page.read_text(encoding="utf-8"))
    assert [title.text for title in document.iter("h2")] == ["What failed", "Graph", "Timeline", "Nodes"]
    assert [text.text for text in document.iter(f"{SVG}text")] == ["build", "deploy"]
    assert {link.get("href") for link in document.iter(f"{SVG}a")} <= {
        f"#{node.get('id')}" for node in document.iter("div")
    }
    assert [log.text for log in document.iter("pre")] == ["<script>document.title=1</script>"]
    assert {element.tag for element in document.iter()}.isdisjoint({"script", "link", "img", "iframe", "object"})


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; the strict parser has looked at the page")
def test_a_browser_shows_graph_timeline_and_logs(page: Path, tmp_path: Path) -> None:
    """Opened as a file, without a network: every part is there, a log is text, and a picture of it is not empty."""
    assert CHROMIUM is not None
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    dumped = subprocess.run(
        [CHROMIUM, *flags, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=90, check=True
    ).stdout
    assert "<title>release</title>" in dumped
    assert dumped.count('<g class="box ') == 2
    assert '<g class="box failed"><title>build: failed</title>' in dumped
    assert '<i class="failed"' in dumped
    assert "<pre>&lt;script&gt;document.title=1&lt;/script&gt;</pre>" in dumped
    picture = tmp_path / "page.png"
    subprocess.run(
        [CHROMIUM, *flags, f"--screenshot={picture}", "--window-size=1200,900", page.as_uri()],
        capture_output=True,
        timeout=90,
        check=True,
    )
    assert picture.stat().st_size > 10_000
