from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ci_lint.errors import LintError
from ci_lint.files import find_files
from ci_lint.settings import Settings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def found(*paths: str, exclude: tuple[str, ...] = (), force: bool = False) -> list[str]:
    settings = Settings(Path.cwd(), exclude=exclude)
    return [str(path) for path in find_files([Path(path) for path in paths], settings, force_exclude=force).files]


def test_python_files_are_found_in_order_wherever_they_lie(project: Path) -> None:
    write(project, "b.py", "a/z.py", "a/b/c.py", "a/data.txt", "a.pyi", "c/d.py")
    assert found() == ["b.py", "a/z.py", "a/b/c.py", "c/d.py"]
    assert found("a", "b.py") == ["a/z.py", "a/b/c.py", "b.py"]
    assert found(str(project / "c")) == [str(project / "c/d.py")]


@pytest.mark.parametrize(
    "directory", [".venv", "venv", "node_modules", "build", "dist", ".git", ".tox", "__pycache__", ".ci_lint_cache"]
)
def test_directories_that_hold_no_source_are_left_out(project: Path, directory: str) -> None:
    write(project, f"{directory}/a.py", f"deep/{directory}/a.py", "a.py")
    assert found() == ["a.py"]


def test_a_virtual_environment_is_left_out_whatever_it_is_called(project: Path) -> None:
    write(project, "env311/pyvenv.cfg", "env311/lib/a.py", "a.py")
    assert found() == ["a.py"]


def test_what_git_ignores_is_left_out_and_the_nearest_file_has_the_last_word(project: Path) -> None:
    (project / ".gitignore").write_text("gen_*.py\n/out/\n*.tmp.py\n!keep.tmp.py\n")
    (project / "sub").mkdir()
    (project / "sub/.gitignore").write_text("!gen_kept.py\nlocal.py\n")
    write(project, "gen_a.py", "out/a.py", "a.tmp.py", "keep.tmp.py", "sub/out/b.py", "sub/gen_kept.py", "sub/gen_b.py")
    write(project, "sub/local.py", "local.py")
    assert found() == ["keep.tmp.py", "local.py", "sub/gen_kept.py", "sub/out/b.py"]


def test_files_above_the_named_directory_say_what_git_ignores_too(project: Path) -> None:
    (project / ".gitignore").write_text("sub/gen.py\n")
    (project / ".git/info").mkdir()
    (project / ".git/info/exclude").write_text("mine.py\n")
    write(project, "sub/gen.py", "sub/mine.py", "sub/a.py")
    assert found("sub") == ["sub/a.py"]


def test_what_is_named_is_taken_although_git_ignores_it(project: Path) -> None:
    (project / ".gitignore").write_text("out/\n")
    write(project, "out/a.py", "build/b.py", "script")
    assert found("out/a.py", "build/b.py", "script") == ["out/a.py", "build/b.py", "script"]
    assert found("out", "build") == ["out/a.py", "build/b.py"]


def test_excluded_files_are_taken_if_they_are_named_unless_that_is_forbidden(project: Path) -> None:
    write(project, "gen/a.py", "gen/deep/b.py", "a.py", "x_pb2.py")
    exclude = ("gen/", "*_pb2.py")
    assert found(exclude=exclude) == ["a.py"]
    assert found("gen/a.py", "x_pb2.py", exclude=exclude) == ["gen/a.py", "x_pb2.py"]
    assert found("gen/a.py", "gen", "x_pb2.py", "a.py", exclude=exclude, force=True) == ["a.py"]


def test_what_is_reached_twice_is_taken_once(project: Path) -> None:
    write(project, "a/b.py")
    (project / "link.py").symlink_to("a/b.py")
    assert found("a", "a/b.py", "./a/../a/b.py", ".") == ["a/b.py"]


def test_circles_of_links_are_not_followed(project: Path) -> None:
    write(project, "a/b.py")
    (project / "a/loop").symlink_to("..", target_is_directory=True)
    (project / "self.py").symlink_to("self.py")
    (project / "gone.py").symlink_to("nothing.py")
    assert found() == ["a/b.py"]
    assert found("a/loop/a") == ["a/loop/a/b.py"]


def test_a_path_that_does_not_exist_is_an_error(project: Path) -> None:
    with pytest.raises(LintError, match="nope does not exist; name files or directories"):
        found("nope")
    (project / "gone.py").symlink_to("nothing.py")
    with pytest.raises(LintError, match=r"gone\.py is a link to nothing\.py, which does not exist"):
        found("gone.py")


def test_a_directory_that_cannot_be_read_is_told_and_the_others_are_searched(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system refuses it here whoever runs the tests: root could read everything."""
    write(project, "shut/a.py", "open/b.py")
    real = os.scandir

    def refusing(directory: str) -> object:
        if directory == "shut":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), directory)
        return real(directory)

    monkeypatch.setattr(os, "scandir", refusing)
    result = find_files([Path()], Settings(project))
    assert result.files == (Path("open/b.py"),)
    assert result.unreadable == ((Path("shut"), "Permission denied"),)


def test_what_is_no_regular_file_is_left_out(project: Path) -> None:
    os.mkfifo(project / "pipe.py")
    (project / "folder.py").mkdir()
    write(project, "folder.py/a.py")
    assert found() == ["folder.py/a.py"]
