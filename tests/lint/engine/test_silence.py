"""No false alarm: nothing is found in code that does not use `ci`, even where it imports `ci`.

A sample is looked at each time, another one for each day; ``TURBOCI_LINT_FILES=0`` looks at all files.
"""

from __future__ import annotations

import datetime
import os
import random
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from ci_lint.analysis import analyse
from ci_lint.inspection import inspect
from ci_lint.problems import PROBLEMS
from ci_lint.project import Project
from ci_lint.source import Source
from ci_lint.task import Task

STANDARD: Final = Path(sysconfig.get_path("stdlib"))
INSTALLED: Final = Path(sysconfig.get_path("purelib"))
CODES: Final = tuple(sorted(PROBLEMS))
COUNT: Final = int(os.environ.get("TURBOCI_LINT_FILES", "60"))
MARK: Final = b"\xef\xbb\xbf"
REFUSALS: Final = {"CI900", "CI901"}


def files_of(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*.py")) if folder is INSTALLED or INSTALLED not in path.parents]
    if not COUNT or len(found) <= COUNT:
        return found
    return random.Random(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}").sample(found, COUNT)


def with_import(data: bytes) -> bytes:
    """Return a file that imports `ci` first, unless that would make its encoding another one."""
    start = data.removeprefix(MARK)
    return data if b"coding" in data[:200] else b"import ci\n" + start


def look(path: Path) -> list[str]:
    """Return what is found in a file that imports `ci` and does not use it."""
    task = Task(path, with_import(path.read_bytes()), path.stem, path.name == "__init__.py", "ci", CODES)
    return [f"{path}: {each.code} {each.message}" for each in inspect(task).diagnostics if each.code not in REFUSALS]


def looked_at(paths: list[Path]) -> Iterator[str]:
    with ProcessPoolExecutor() as pool:
        for found in pool.map(look, paths, chunksize=8):
            yield from found


@pytest.mark.parametrize("folder", [STANDARD, INSTALLED], ids=["standard library", "installed packages"])
class TestCodeOfOthers:
    def test_nothing_is_found(self, folder: Path) -> None:
        """Nothing is found in the files as they are."""
        answers = analyse(Project(folder), [Source(path, frozenset(CODES)) for path in files_of(folder)])
        ours = {"ci_lint", "ci", "turboci", "orchestrator"}
        alarms = {path: found for path, found in answers.items() if found and not ours & set(path.parts)}
        assert {path: [each.message for each in found] for path, found in alarms.items()} == {}

    @pytest.mark.timeout(0)
    def test_nothing_is_found_where_ci_is_imported(self, folder: Path) -> None:
        """Nothing is found, without the pre-filter, where each file starts with ``import ci``."""
        assert list(looked_at(files_of(folder))) == []


def test_a_project_with_a_ci_of_its_own_is_left_alone(tmp_path: Path) -> None:
    """Whatever its `ci` is, a module or a package, in the root, in ``src`` or in a configured folder."""
    source = b'import ci\nci.new_check("")\n'
    for place in ("ci.py", "ci/__init__.py", "src/ci.py", "lib/ci/__init__.py"):
        root = tmp_path / place.replace("/", "-")
        own = root / place
        own.parent.mkdir(parents=True)
        own.write_text("def new_check(id): ...\n")
        script = root / "tools" / "build.py"
        script.parent.mkdir()
        script.write_bytes(source)
        project = Project(root, (Path("lib"),))
        assert analyse(project, [Source(script, frozenset(CODES))])[script] == (), place


def test_a_folder_that_is_called_ci_is_no_package(tmp_path: Path) -> None:
    """A directory without ``__init__.py`` loses against the installed package, and other names are no matter."""
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "deploy.py").write_text("")
    script = tmp_path / "build.py"
    script.write_bytes(b'import ci\nx = ci.new_check("")\n')
    found = analyse(Project(tmp_path), [Source(script, frozenset(CODES))])[script]
    assert [each.code for each in found] == ["CI001"]


def test_a_checkout_of_this_package_is_no_stranger(tmp_path: Path) -> None:
    """Its own `ci` is recognised by what it offers, wherever it lies."""
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "__init__.py").write_text('__all__ = ["DAG", "new_check", "depends_on", "WorkflowContext"]\n')
    script = tmp_path / "build.py"
    script.write_bytes(b'import ci\nx = ci.new_check("")\n')
    found = analyse(Project(tmp_path), [Source(script, frozenset(CODES))])[script]
    assert [each.code for each in found] == ["CI001"]
