from __future__ import annotations

import time
from pathlib import Path

import pytest

from ci_lint.checking import Cache, Checker, cache_directory
from ci_lint.checking.cache import load_safely
from ci_lint.cli.main import main
from ci_lint.findings import Diagnostic
from ci_lint.settings import Settings

UNUSED = "a = 1  # ci-lint: ignore[CI003]\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose files are old enough for their times to be trusted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI_LINT_CACHE_DIR", raising=False)
    now = time.time_ns
    monkeypatch.setattr("time.time_ns", lambda: now() + 10**10)
    (tmp_path / "a.py").write_text(UNUSED)
    (tmp_path / "b.py").write_text("x = 1\n")
    return tmp_path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose content was read."""
    names: list[str] = []
    real = Path.read_bytes

    def recorded(path: Path) -> bytes:
        names.append(path.name)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", recorded)
    return names


def check(root: Path, *names: str) -> dict[Path, tuple[Diagnostic, ...]]:
    cache = Cache(cache_directory(root))
    found = Checker(Settings(root), cache).check([Path(name) for name in names])
    cache.save()
    return found


def test_a_file_that_has_not_changed_is_not_read_again(project: Path, read: list[str]) -> None:
    first = check(project, "b.py")
    assert "b.py" in read
    read.clear()
    assert check(project, "b.py") == first
    assert "b.py" not in read


def test_a_file_that_has_changed_is_checked_again(project: Path) -> None:
    assert [each.code for each in check(project, "a.py")[Path("a.py")]] == ["CI090"]
    (project / "a.py").write_text(UNUSED.replace("CI003", "CI0O3"))
    assert [each.code for each in check(project, "a.py")[Path("a.py")]] == ["CI091"]


def test_a_file_that_changed_just_now_is_read_again_because_another_change_might_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    now = time.time_ns()
    monkeypatch.setattr("time.time_ns", lambda: now)
    (tmp_path / "b.py").write_text("x = 1\n")
    check(tmp_path, "b.py")
    read.clear()
    check(tmp_path, "b.py")
    assert read.count("b.py") == 1


def test_the_same_content_elsewhere_has_findings_there(project: Path) -> None:
    check(project, "a.py")
    (project / "c.py").write_text(UNUSED)
    assert check(project, "c.py")[Path("c.py")][0].path == Path("c.py")


def test_the_cache_hides_from_git_and_from_backups(project: Path) -> None:
    check(project, "a.py")
    directory = project / ".ci_lint_cache"
    assert (directory / ".gitignore").read_text().splitlines()[-1] == "*"
    assert (directory / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"ci-lint cache 2\n", b"ci-lint cache 2\n" + b"x" * 200])
def test_a_damaged_cache_is_as_if_it_were_not_there(project: Path, damage: bytes) -> None:
    wanted = check(project, "a.py")
    file = project / ".ci_lint_cache" / "cache"
    file.write_bytes(damage)
    assert check(project, "a.py") == wanted
    content = bytearray(file.read_bytes())
    assert content[:16] == b"ci-lint cache 2\n"
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    assert check(project, "a.py") == wanted


def test_a_cache_cannot_have_code_run() -> None:
    assert load_safely(b"cos\nsystem\n(S'true'\ntR.") is None
    assert load_safely(b"cci_lint.cli.main\nmain\n(tR.") is None
    assert load_safely(b"cci_lint.findings.span\nSpan\n(I1\nI2\ntR.") is not None


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(project: Path) -> None:
    (project / ".ci_lint_cache").write_text("in the way")
    assert check(project, "a.py")[Path("a.py")]
    assert check(project, "a.py")[Path("a.py")]


def test_the_cache_lies_where_the_environment_says(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_LINT_CACHE_DIR", str(project / "elsewhere"))
    assert main([]) == 1
    assert (project / "elsewhere" / "cache").exists()
    assert not (project / ".ci_lint_cache").exists()


def test_without_cache_nothing_is_written(project: Path) -> None:
    assert main(["--no-cache"]) == 1
    assert not (project / ".ci_lint_cache").exists()


def test_a_mended_file_is_not_found_again_in_the_cache(project: Path) -> None:
    assert main([]) == 1
    assert main(["--fix"]) == 0
    assert main([]) == 0
    assert (project / "a.py").read_text() == "a = 1\n"
