"""The page of `--report`, opened in a browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.terminals import turboci

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PIPELINE = """
import ci
dag = ci.DAG("release")
build = dag.shell("build", "echo '<script>document.title=1</script>'; exit 3")
dag.shell("deploy", "true").after(build)
"""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_shows_graph_timeline_and_logs(tmp_path: Path) -> None:
    """Opened as a file, without a network: every part is there, a log is text, and a picture of it is not empty."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    assert turboci("run", "pipeline.py", "--report", "r.html", cwd=tmp_path).code == 1
    assert CHROMIUM is not None
    page = (tmp_path / "r.html").as_uri()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    dumped = subprocess.run(
        [CHROMIUM, *flags, "--dump-dom", page], capture_output=True, text=True, timeout=90, check=True
    ).stdout
    assert "<title>release</title>" in dumped
    assert dumped.count('<g class="box ') == 2
    assert '<g class="box failed"><title>build: failed</title>' in dumped
    assert '<i class="failed"' in dumped
    assert "<pre>&lt;script&gt;document.title=1&lt;/script&gt;</pre>" in dumped
    picture = tmp_path / "page.png"
    subprocess.run(
        [CHROMIUM, *flags, f"--screenshot={picture}", "--window-size=1200,900", page],
        capture_output=True,
        timeout=90,
        check=True,
    )
    assert picture.stat().st_size > 10_000
