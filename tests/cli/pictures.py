"""`python -m tests.cli.pictures`: docs/live-view.svg, and docs/report.png if there is a Chromium.

The live view is drawn by the code that draws it on terminals, of a plan in the middle of its run.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console

from ci.cli.view.layout import outline
from ci.cli.view.phases import UNICODE
from ci.cli.view.state import PlanView
from ci.cli.view.tree import Canvas, tree
from tests.cli.plans import START, Story, at, steps
from turboci.dependencies import NodeKind, NodeRef
from turboci.reasons import Explanation, Reason, ReasonKind
from turboci.states import Outcome

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
TURBOCI: Final = Path(sys.executable).with_name("turboci")
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
PIPELINE: Final = """
import ci

dag = ci.DAG("release")
fetch = dag.shell("fetch", "sleep 0.4; echo fetched 31 packages")
lint = dag.shell("lint", "sleep 0.3; echo 212 files are clean").after(fetch)
types = dag.shell("types", "sleep 0.9; echo no issues found").after(fetch)
unit = dag.shell("test-unit", "sleep 1.1; echo 1841 passed").after(lint)
slow = dag.shell("test-slow", "sleep 0.6; echo 'FAILED test_resume: timeout after 30 s'; exit 1").after(lint)
docs = dag.shell("docs", "sleep 0.4; echo 40 pages").after(fetch)
wheel = dag.shell("wheel", "sleep 0.5; echo release-1.0-py3-none-any.whl").after(types, unit)
dag.shell("publish", "echo published").after(wheel, slow, docs)
"""


def busy_plan() -> PlanView:
    """Return a plan in the middle of its run: something of everything."""
    view = PlanView("p1", "release")
    view.learn(
        steps({
            "fetch": (),
            "lint": ("fetch",),
            "types": ("fetch",),
            "test-unit": ("lint",),
            "test-slow": ("lint",),
            "wheel": ("types", "test-unit"),
            "docs": ("fetch",),
            "test-gpu": ("lint",),
            "publish": ("wheel", "docs"),
        })
    )  # fmt: skip
    story = Story(view)
    story.begins("fetch", 0.0)
    story.ends("fetch", 3.1)
    for name in ("lint", "types", "docs"):
        story.begins(name, 3.1)
    story.ends("lint", 7.4)
    story.ends("docs", 9.0, Outcome.FAILED, "command exited with 2")
    story.ends("publish", 9.0, Outcome.SKIPPED, "check 'docs' is FAILED, so its dependencies cannot be satisfied")
    story.begins("test-unit", 7.4)
    story.begins("test-slow", 7.4)
    story.queues("test-gpu", 7.4)
    for line in ("tests/test_model.py ....", "tests/test_storage.py ......", "tests/test_wire.py .."):
        view.hear("test-unit", line)
    view.hear("types", "checking ci/cli/view/tree.py")
    for row in view.rows:
        row.since = row.since or START
        if row.label == "test-slow":
            row.percent, row.output = 62, "crash loop, cycle 31 of 50"
    text = "no live runner of type 'gpu'; registered: 'shell'; stage 'test-gpu' waits"
    view.explain(Explanation((Reason(NodeRef(NodeKind.STAGE, "test-gpu"), ReasonKind.NO_RUNNER, text),)))
    return view


def live_view() -> str:
    """Return the live view as SVG."""
    console = Console(record=True, width=80, height=24, file=io.StringIO(), force_terminal=True)
    view = busy_plan()
    canvas = Canvas(width=80, height=24, now=at(19.3), started_at=START, frame=3)
    console.print(tree(view, outline(view.rows, view.parents), canvas, UNICODE))
    return console.export_svg(title="turboci run release.py", unique_id="live")


def report(target: Path) -> bool:
    """Make a picture of the report of a run; return whether there is a browser for it."""
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if browser is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "release.py").write_text(PIPELINE)
        subprocess.run(
            [str(TURBOCI), "run", "release.py", "--plain", "--jobs", "3", "--report", "r.html"],
            cwd=folder, stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
        ]
        page = (Path(folder) / "r.html").as_uri()
        subprocess.run(
            [browser, *flags, "--window-size=1200,1150", f"--screenshot={target}", page],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    return True


def main() -> None:
    """Write both."""
    (DOCS / "live-view.svg").write_text(live_view(), encoding="utf-8")
    if not report(DOCS / "report.png"):
        sys.stderr.write("no Chromium here: docs/report.png stays as it is\n")


if __name__ == "__main__":
    main()
