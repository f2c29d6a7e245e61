"""The hook of ci-lint, as a user's repository runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIGURATION = """\
repos:
  - repo: {hooks}
    rev: v1
    hooks:
      - id: ci-lint
        language: system
"""
WRONG = "a = 1  # ci-lint: ignore[CI003]\n"


class Repository:
    """A scratch repository, with a git that knows nothing of this machine's user."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {
            "PATH": programs,
            "HOME": str(home),
            "PRE_COMMIT_HOME": str(home / "pre-commit"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in NAMES.items()},
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "protocol.file.allow",
            "GIT_CONFIG_VALUE_0": "always",
        }
        root.mkdir(exist_ok=True)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.root, env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )

    def git(self, *arguments: str) -> None:
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stderr

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")


NAMES = {"NAME": "Somebody", "EMAIL": "somebody@example.org"}


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """A repository with nothing but our hooks, tagged."""
    repository = Repository(tmp_path / "hooks", tmp_path)
    repository.git("init", "-q")
    (repository.root / ".pre-commit-hooks.yaml").write_bytes((ROOT / ".pre-commit-hooks.yaml").read_bytes())
    repository.commit()
    repository.git("tag", "v1")
    return repository.root


@pytest.fixture
def clone(tmp_path: Path, hooks: Path) -> Repository:
    """A clean clone of a repository that uses the hook."""
    origin = Repository(tmp_path / "origin", tmp_path)
    origin.git("init", "-q")
    (origin.root / ".pre-commit-config.yaml").write_text(CONFIGURATION.format(hooks=hooks))
    (origin.root / "pyproject.toml").write_text('[tool.ci-lint]\nexclude = ["gen/"]\n')
    (origin.root / "gen").mkdir()
    (origin.root / "gen" / "made.py").write_text(WRONG)
    (origin.root / "pipeline.py").write_text("import ci\n\ndag = ci.DAG('x')\n")
    origin.commit()
    origin.git("clone", "-q", str(origin.root), str(tmp_path / "clone"))
    return Repository(tmp_path / "clone", tmp_path)


def test_the_hook_passes_on_what_is_right_and_fails_on_what_is_not(clone: Repository) -> None:
    """`pre-commit run ci-lint` works from a clean clone, without a network, and respects what is excluded."""
    good = clone.run("pre-commit", "run", "ci-lint", "--all-files")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "Passed" in good.stdout
    (clone.root / "pipeline.py").write_text(WRONG)
    clone.git("add", "-A")
    bad = clone.run("pre-commit", "run", "ci-lint")
    assert bad.returncode == 1
    assert "CI090" in bad.stdout
    assert "pipeline.py:1:8" in bad.stdout
    assert "made.py" not in bad.stdout
    assert clone.run("git", "status", "--porcelain", "--", ".ci_lint_cache").stdout == ""


def test_the_hooks_are_what_pre_commit_wants() -> None:
    """The file at the root is valid."""
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", ["README.md", "docs/lint.md"])
def test_the_lines_that_we_show_are_a_configuration(tmp_path: Path, page: str) -> None:
    """What users copy into their `.pre-commit-config.yaml` is valid and names our hook."""
    (block,) = re.findall(r"^```yaml\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    assert "- id: ci-lint" in block
    (tmp_path / "config.yaml").write_text("repos:\n" + block)
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", str(tmp_path / "config.yaml")],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
