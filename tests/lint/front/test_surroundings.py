from __future__ import annotations

from pathlib import Path

import pytest

from ci_lint.checking import Cache
from ci_lint.checking.imports import imports_of
from ci_lint.checking.reading import Files
from ci_lint.checking.surroundings import Surroundings
from ci_lint.project import Layout, Project
from ci_lint.reading.glance import Glance


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("import a\n", ["a"]),
        ("import a.b as c, d\n", ["a.b", "d"]),
        ("from a import b\n", ["a", "a.b"]),
        ("from a.b import (\n    c as d,  # why\n    e,\n)\n", ["a.b", "a.b.as", "a.b.c", "a.b.d", "a.b.e"]),
        ("from . import a\n", [".", ".a"]),
        ("from ..a import b\n", ["..a", "..a.b"]),
        ("if x: import a; from b import c\n", ["a", "b", "b.c"]),
        ("from a \\\n    import b, \\\n    c\n", ["a", "a.b", "a.c"]),
        ("\timport a\r\n\timport b\r", ["a", "b"]),
        ("# import a\nx = 'import b'\nimportant = 1\nfrom_ = reimport\n", []),
        ("from a import *\n", ["a"]),
    ],
)
def test_imports_are_seen_in_the_bytes(source: str, wanted: list[str]) -> None:
    assert [*imports_of(source.encode())] == wanted


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def surroundings(root: Path, *names: str) -> list[str]:
    project = Project(root)
    files = Files(Cache(None), Glance("ci"), {})
    return [str(path) for path in Surroundings(project, Layout(project), files).of([Path(name) for name in names])]


def write(root: Path, **sources: str) -> None:
    for name, source in sources.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)


def test_imports_are_followed_from_file_to_file(project: Path) -> None:
    write(
        project, main="import lib.one\n", lib__one="from . import two\nimport os\n", lib__two="import main\n", other=""
    )
    assert surroundings(project, "main.py") == ["lib/one.py", "lib/two.py"]
    (project / "lib" / "__init__.py").write_text("from .three import x\n")
    write(project, lib__three="")
    assert surroundings(project, "main.py") == ["lib/__init__.py", "lib/one.py", "lib/three.py", "lib/two.py"]


def test_the_source_directory_is_an_import_root(project: Path) -> None:
    write(project, tests__test_a="from app.flow import dag\n", src__app__flow="", src__app__other="")
    assert surroundings(project, "tests/test_a.py") == ["src/app/flow.py"]


def test_where_everything_was_named_nothing_is_added(project: Path) -> None:
    write(project, main="import lib\n", lib="")
    assert surroundings(project, "main.py", "lib.py") == []


def test_a_circle_of_imports_ends(project: Path) -> None:
    write(project, a="import b\n", b="import c\n", c="import a\nimport b\n", d="")
    assert surroundings(project, "a.py") == ["b.py", "c.py"]
