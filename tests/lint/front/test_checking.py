from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from ci_lint.checking import Cache, Checker, cache_directory, work
from ci_lint.checking.cache import load_safely
from ci_lint.cli.main import main
from ci_lint.findings import Diagnostic
from ci_lint.settings import Settings, load
from ci_lint.task import Outcome

FLOW = "import ci\n\n\ndef flow() -> ci.DAG:\n    return ci.DAG('flow')\n\n\ndef plain():\n    return ci.DAG('flow')\n"
USE = "from flow import plain\n\nplain().check('')\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI_LINT_CACHE_DIR", raising=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "use.py").write_text(USE)
    return tmp_path


def check(root: Path, *names: str, jobs: int = 1) -> dict[str, list[str]]:
    cache = Cache(cache_directory(root))
    found = Checker(load([root]), cache, jobs).check([Path(name) for name in names])
    cache.save()
    return {str(path): [each.code for each in diagnostics] for path, diagnostics in found.items()}


def empty_ids(found: dict[str, list[str]]) -> list[str]:
    return [path for path, codes in found.items() if "CI001" in codes]


def test_one_file_alone_gets_the_findings_that_it_gets_in_its_project(project: Path) -> None:
    together = check(project, "flow.py", "use.py")
    assert empty_ids(together) == ["use.py"]
    assert check(project, "use.py") == {"use.py": together["use.py"]}


def test_what_a_suppression_hides_across_modules_is_not_unused_when_the_file_is_alone(project: Path) -> None:
    (project / "use.py").write_text(USE.replace("('')", "('')  # ci-lint: ignore[CI001]"))
    assert "CI090" not in check(project, "use.py")["use.py"]


def test_a_change_in_one_module_changes_the_findings_in_another(project: Path) -> None:
    assert empty_ids(check(project, "use.py")) == ["use.py"]
    (project / "flow.py").write_text("def plain():\n    return object()\n")
    assert empty_ids(check(project, "use.py")) == []
    (project / "flow.py").write_text(FLOW)
    assert empty_ids(check(project, "use.py")) == ["use.py"]


def test_what_was_looked_at_once_is_taken_from_the_cache_in_another_company(project: Path) -> None:
    check(project, "flow.py", "use.py")
    kept = Cache(cache_directory(project)).outcomes
    assert len(kept) >= 2
    outcomes = [load_safely(data) for data in kept.values()]
    assert all(isinstance(each, Outcome) for each in outcomes)
    assert any(isinstance(each, Outcome) and each.diagnostics for each in outcomes)
    (project / "more.py").write_text("x = 1\n")
    check(project, "flow.py", "use.py", "more.py")
    assert Cache(cache_directory(project)).outcomes == kept


def test_other_processes_find_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int | None] = []

    class Recorded(ProcessPoolExecutor):
        def __init__(self, most: int, mp_context: BaseContext) -> None:
            started.append(most)
            super().__init__(most, mp_context)

    monkeypatch.setattr(work, "ProcessPoolExecutor", Recorded)
    for number in range(4):
        (project / f"more{number}.py").write_text(f"import ci\n\nci.DAG('x{number}').check('')\n")
    names = [f"more{number}.py" for number in range(4)]
    (project / "src").mkdir()
    alone = Checker(Settings(project), Cache(None), 8).check([Path(name) for name in names])
    assert started == []
    monkeypatch.setattr(work, "WORTH_IT", 1)
    together = Checker(Settings(project), Cache(None), 2).check([Path(name) for name in names])
    assert started == [2]
    assert together == alone
    assert all(diagnostics for diagnostics in together.values())


def test_a_file_that_cannot_be_parsed_is_one_finding_and_one_that_cannot_be_read_is_two(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "broken.py").write_text("import ci\ndef (:  # ci-lint: ignore[CI900]\n")
    assert main(["broken.py", "--output-format", "concise"]) == 1
    out, _ = capsys.readouterr()
    assert [line.split()[1] for line in out.splitlines()] == ["CI900"]


def test_a_file_that_goes_away_while_it_is_checked_is_told(project: Path) -> None:
    cache = Cache(None)
    found: dict[Path, tuple[Diagnostic, ...]] = Checker(Settings(project), cache).check([Path("gone.py")])
    (only,) = found[Path("gone.py")]
    assert only.code == "CI901"
    assert "No such file" in only.message
