"""What the commands say of options and files that make no sense: the whole line, exit code 2, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.cli.main import main
from ci.cli.reports.requests import ReportFailed, Reports

DAG = "import ci\ndag = ci.DAG('release')\ndag.shell('build', 'true')\n"
PIPELINE = "pipeline.py"

REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "two databases of gc": (
        ("gc", "--db", "a.db", "--connect", "127.0.0.1:1"),
        "--db and --connect exclude each other: the orchestrator has its own database",
    ),
    "two databases of a run": (
        ("run", PIPELINE, "--db", "a.db", "--connect", "127.0.0.1:1"),
        "--db is for the orchestrator in this process; the one at --connect has its own",
    ),
    "nobody to run commands": (
        ("run", PIPELINE, "--no-runner"),
        "--no-runner goes with --connect: nobody else runs the commands of this process",
    ),
    "slots of a runner that has its own": (
        ("runner", "pipeline:runner", "--jobs", "3"),
        "--jobs is for the shell runner; a ci.Runner has its own max_concurrent",
    ),
    "a report in the place of a folder": (
        ("run", PIPELINE, "--junit", "reports"),
        "reports is a directory; name a file for the report",
    ),
    "a report in no folder": (
        ("run", PIPELINE, "--trace", "missing/trace.json"),
        "missing/trace.json cannot be written: there is no directory missing; create it first",
    ),
    "a file that is no Python": (
        ("run", "pipeline.txt"),
        "pipeline.txt is not a Python file; its name has to end in .py",
    ),
    "a main that nobody can call": (
        ("run", "greedy.py"),
        (
            "greedy.py: main(orch, target) cannot be called; it takes the orchestrator, `async def main(orch):`, "
            "or nothing, `async def main():`"
        ),
    ),
    "a drawing of what is built later": (
        ("graph", "later.py"),
        (
            "later.py has no DAG at module level, only `main`, which builds its DAGs while it runs; "
            "draw those in `main` with `await execution.to_mermaid()`"
        ),
    ),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pipelines of every kind, in the current folder."""
    (tmp_path / PIPELINE).write_text(DAG + "runner = ci.Runner('builder')\n")
    (tmp_path / "pipeline.txt").write_text(DAG)
    (tmp_path / "greedy.py").write_text("async def main(orch, target): pass\n")
    (tmp_path / "later.py").write_text("async def main(orch): pass\n")
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error says which option or file it is and what to do instead; no database is made."""
    arguments, said = REFUSED[case]
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1] in (f"error: {said}", f"Error: {said}")
    assert printed.out == ""
    assert not list(folder.glob("*.db"))


def test_a_summary_that_cannot_be_written_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that named the file is named, and why."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "reports"))
    with pytest.raises(ReportFailed) as caught:
        Reports(github_summary=True).write([])
    assert str(caught.value) == f"{folder}/reports (GITHUB_STEP_SUMMARY) cannot be written: Is a directory"
