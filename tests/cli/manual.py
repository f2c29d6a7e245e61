"""`python -m tests.cli.manual --write`: docs/cli.md, made from the commands themselves and from what they print."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from ci.cli.main import turboci

TARGET: Final = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
TURBOCI: Final = Path(sys.executable).with_name("turboci")
WIDTH: Final = 96
UNWANTED: Final = frozenset({"CI", "COLUMNS", "FORCE_COLOR", "GITHUB_STEP_SUMMARY", "SQLITE_PATH", "TURBOCI_ADDRESS"})

PIPELINE: Final = """import ci

dag = ci.DAG("release")
fetch = dag.shell("fetch", "echo fetched 3 packages")
build = dag.shell("build", "echo compiling; test -e header.h || { echo header.h is missing; exit 3; }").after(fetch)
dag.shell("deploy", "echo deployed").after(build)
"""
SCENES: Final = (
    ("A run in a pipe, in CI, or with `--plain` prints a line for each change, and then the summary:",
     "run release.py"),
    ("What ran is in the database, and can be looked into later:", "plans --db turboci.db"),
    ("", "why latest deploy --db turboci.db"),
    ("", "logs latest build --db turboci.db"),
    ("Mistakes are one line on stderr:", "show relaese --db turboci.db"),
    ("A summary for GitHub is Markdown with the graph in Mermaid:", "show latest --db turboci.db --github-summary"),
    ("A retry is a new plan; beside a server its runners take it at once:", "retry latest --db turboci.db"),
    ("", "why latest --db turboci.db"),
    ("", "cancel latest --db turboci.db"),
    ("", "runners --connect 127.0.0.1:1"),
)  # fmt: skip
INTRODUCTION: Final = """# The command line

<!-- made by `python -m tests.cli.manual --write`; tests/e2e/test_manual.py says when it is out of date -->

`turboci run FILE.py` runs a pipeline and shows how it goes; the other commands keep an orchestrator running, look into
it, and change what it does. Every command explains itself with `--help`; this page is made of these texts and of what
the commands print.

**A plan** is named by its id, the beginning of its id, its name (the newest plan of that name), or `latest`.

**Where.** Commands that ask an orchestrator take `--connect host:port`, or the environment variable `TURBOCI_ADDRESS`,
or else 127.0.0.1:50051. With `--db turboci.db` they look into the file that `turboci run` has left, without a server;
if one serves the file, they ask that one.

**For programs** there is `--json`: the fields have the names of [the API](api.md), enums are their names, times are ISO
8601. Results go to stdout, everything else to stderr.

**Exit codes** are the same for every command:

| code | meaning |
|---|---|
| 0 | done, and nothing failed |
| 1 | a node failed or was cancelled, the plan could not go on, time ran out, or `doctor` found a problem |
| 2 | nothing was done: wrong option or file, invalid DAG, no such plan, orchestrator not there |
| 130 | interrupted by Ctrl-C or SIGTERM |

**Ctrl-C** in `turboci run` cancels the plan and waits until its work has stopped, at other runners, too; a second one
kills the commands of this process, leaves at once, and says what may still run elsewhere. In `turboci watch` it
only stops watching.

The live view on a terminal, a tree with the reason under what waits for long:

![the live view of turboci run](live-view.svg)

The page that `--report` writes, one file that needs no server and no network:

![the report of a run in a browser](report.png)
"""


def manual() -> str:
    """Return the page."""
    parts = [INTRODUCTION, "## An example\n", *_example(), "## Commands\n", *_commands()]
    return "\n".join(parts).rstrip() + "\n"


def _commands() -> Iterator[str]:
    names = turboci.context_settings["help_option_names"]
    root = click.Context(turboci, info_name="turboci", help_option_names=names)
    for name in turboci.list_commands(root):
        command = turboci.get_command(root, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=root, terminal_width=WIDTH, max_content_width=WIDTH)
        yield f"### turboci {name}\n\n```text\n{command.get_help(context)}\n```\n"


def _example() -> Iterator[str]:
    yield f"`release.py`:\n\n```python\n{PIPELINE}```\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "release.py").write_text(PIPELINE)
        for words, command in SCENES:
            if words:
                yield f"{words}\n"
            said = _said(command, Path(folder))
            fence = "````" if "```" in said else "```"
            yield f"{fence}console\n$ turboci {command}\n{said}{fence}\n"


def _said(command: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    done = subprocess.run(
        [str(TURBOCI), *command.split()],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if "Traceback" in done.stderr or done.returncode not in {0, 1, 2}:
        raise RuntimeError(f"turboci {command} ended with {done.returncode}:\n{done.stderr}")
    return _steady(done.stdout + done.stderr)


_ID: Final = "5d1c0a37e6f94b628d3e7b1f90a4c2d8"


def _steady(text: str) -> str:
    """Return the text with the same times, ids and ports as ever, so that only words can change."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-03-01 12:00:00", text)
    text = re.sub(r"\d\d:\d\d:\d\d", "12:00:00", text)
    text = re.sub(r"\b\d+\.\d+s\b", "0.1s", text)
    text = re.sub(r"127\.0\.0\.1:(?!50051)\d{2,}", "127.0.0.1:40123", text)
    return re.sub(r"\b[0-9a-f]{8}([0-9a-f]{24})?\b", lambda found: _ID[: len(found[0])], text)


def main() -> int:
    """Write the page, or say whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m tests.cli.manual", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/cli.md")
    if parser.parse_args().write:
        TARGET.write_text(manual(), encoding="utf-8")
        return 0
    return int(manual() != TARGET.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
