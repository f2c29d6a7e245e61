"""examples/self_check.py: the main job, on this repository, and on a small project that can be made red."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.examples.running import EXAMPLES, ROOT, TURBOCI, run

PROJECT = {
    "pyproject.toml": """
        [build-system]
        requires = ["hatchling"]
        build-backend = "hatchling.build"
        [project]
        name = "small"
        version = "1.0"
        requires-python = ">=3.11"
        [tool.hatch.build.targets.wheel]
        packages = ["small"]
        [tool.mypy]
        files = ["small"]
        strict = true
    """,
    "small/__init__.py": '''
        """A small project."""
        answer: int = 42
    ''',
    "tests/unit/test_answer.py": """
        from small import answer
        def test_answer() -> None:
            assert answer == 42
    """,
    "tests/slow/deep/test_more.py": """
        def test_more() -> None:
            pass
    """,
    "tests/test_top.py": """
        def test_top() -> None:
            pass
    """,
    "tests/e2e/test_never.py": """
        raise SystemExit("end-to-end tests are not part of the main job")
    """,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the example in it."""
    for name, text in PROJECT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line[8:] for line in text.strip("\n").splitlines()).rstrip() + "\n")
    (tmp_path / "examples").mkdir()
    shutil.copy(EXAMPLES / "self_check.py", tmp_path / "examples")
    formatted = run(sys.executable, "-m", "ruff", "format", ".", cwd=tmp_path)
    assert formatted.returncode == 0, formatted.stdout
    return tmp_path


def test_this_repository(tmp_path: Path) -> None:
    """The main job is green here; of the tests it runs two groups alone, because the others run beside this one."""
    database = ("--db", tmp_path / "turboci.db")
    groups = ("contract", "test_architecture.py")
    done = run(TURBOCI, "run", "examples/self_check.py", *database, "--", *groups, cwd=ROOT, timeout=110)
    assert done.returncode == 0, done.stdout
    for step in ("lint", "format", "types", "test:contract", "test:test_architecture.py", "wheel"):
        assert step in done.stdout


def test_a_green_project(project: Path) -> None:
    """Lint, types, every group of tests that planning finds, and the wheel run; the exit code is 0."""
    done = run(TURBOCI, "run", "examples/self_check.py", cwd=project)
    assert done.returncode == 0, done.stdout
    for step in ("plan", "lint", "format", "types", "test:slow", "test:unit", "test:test_top.py", "wheel"):
        assert step in done.stdout
    assert "test:e2e" not in done.stdout
    assert [path.name for path in (project / "dist").iterdir()] == ["small-1.0-py3-none-any.whl"]


def test_a_red_project(project: Path) -> None:
    """A failed test is shown with its last lines, the wheel is not built, and the exit code is 1."""
    (project / "tests/unit/test_answer.py").write_text("def test_answer() -> None:\n    assert 6 * 9 == 42\n")
    done = run(TURBOCI, "run", "examples/self_check.py", cwd=project)
    assert done.returncode == 1, done.stdout
    assert "assert (6 * 9) == 42" in done.stdout
    assert not (project / "dist").exists()
