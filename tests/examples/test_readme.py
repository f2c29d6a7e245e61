"""README.md: what it tells people to do works."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.servers import ServerProcess
from tests.examples.running import ROOT, TURBOCI, in_background, run

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_pipeline_of_the_readme_runs(tmp_path: Path) -> None:
    """The pipeline is run as it stands there, and every step of it is seen, those that it adds on the way included."""
    (pipeline,) = (block for block in blocks("python") if "ci.DAG" in block)
    assert len([line for line in pipeline.splitlines() if line.strip()]) <= 20
    (tmp_path / "release.py").write_text(pipeline)
    done = run(TURBOCI, "run", "release.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    for step in ("lint", "test", "plan", "build:linux", "build:macos", "publish"):
        assert step in done.stdout


def test_the_runner_of_the_readme_runs(tmp_path: Path) -> None:
    """The runner is served as the README says, and answers a stage of its type."""
    (builds,) = (block for block in blocks("python") if "ci.Runner" in block)
    (tmp_path / "builds.py").write_text(builds)
    (tmp_path / "app.py").write_text('import ci\ndag = ci.DAG()\ndag.step("build", "builder", target="app")\n')
    with (
        ServerProcess(tmp_path) as server,
        in_background(TURBOCI, "runner", "builds:runner", "--connect", server.address, cwd=tmp_path, ends_with=0),
    ):
        done = run(TURBOCI, "run", "app.py", "--connect", server.address, "--timeout", "30", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    """`.ci/run` and the README call tox with the same environments."""
    (command,) = (line for block in blocks("sh") for line in block.splitlines() if ".venv/bin/tox run" in line)
    wanted = command[command.index(".venv/bin/tox run") :].strip()
    assert wanted in (ROOT / ".ci" / "run").read_text("utf-8")


def test_links_lead_somewhere() -> None:
    """Every relative link of the documents names a file or folder of the repository."""
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
            if "://" not in link:
                assert (document.parent / link).exists(), f"{document.name}: {link}"
