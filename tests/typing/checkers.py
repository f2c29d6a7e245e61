"""What mypy and pyright say about files of users."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.typing.installation import Installation

MARK = re.compile(r"# E: (?P<checkers>\w+( \w+)*)$")


@dataclass(frozen=True, order=True)
class Finding:
    """One line that a checker refuses."""

    file: str
    line: int
    checker: str
    text: str = ""


def mypy(folder: Path, installed: Installation) -> list[Finding]:
    """Return what ``mypy --strict`` reports in `folder`, with no configuration."""
    command = [
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--cache-dir",
        str(folder / ".mypy_cache"),
        "--no-color-output",
    ]
    done = _run(*command, "--explicit-package-bases", "--python-executable", str(installed.python), ".", folder=folder)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    lines = re.finditer(r"^(?P<file>[^:\n]+):(?P<line>\d+): error: (?P<text>.*)$", done.stdout, re.MULTILINE)
    return [Finding(found["file"], int(found["line"]), "mypy", found["text"]) for found in lines]


def pyright(folder: Path, installed: Installation) -> list[Finding]:
    """Return what pyright reports in `folder` in its strict mode."""
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    done = _run("-m", "pyright", "--outputjson", "--pythonpath", str(installed.python), folder=folder)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return [
        Finding(
            str(Path(found["file"]).relative_to(folder)),
            found["range"]["start"]["line"] + 1,
            "pyright",
            f"{found.get('rule', '')}: {found['message']}",
        )
        for found in json.loads(done.stdout)["generalDiagnostics"]
    ]


def verify_types(package: str, installed: Installation, folder: Path) -> tuple[bool, list[str]]:
    """Return whether pyright knows every type of a package as its users see it, and what it reports if not."""
    path = f"{installed.python.parent}{os.pathsep}{os.environ['PATH']}"
    report = _run("-m", "pyright", "--verifytypes", package, "--ignoreexternal", folder=folder, path=path).stdout
    assert "Type completeness score: " in report, report
    # Most reports only repeat that something else is unknown; those sort last.
    errors = sorted(
        (line.strip() for line in report.splitlines() if " error: " in line), key=lambda at: "partially" in at
    )
    return "Type completeness score: 100%" in report, errors


def marked(folder: Path) -> list[Finding]:
    """Return what the marks in the files say: which line has to be refused by whom."""
    return [
        Finding(str(path.relative_to(folder)), number, checker)
        for path in sorted(folder.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (mark := MARK.search(line))
        for checker in mark["checkers"].split()
    ]


def _run(*arguments: str, folder: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PATH": path} if path else {})
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
