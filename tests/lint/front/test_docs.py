from __future__ import annotations

import re
from pathlib import Path

import pytest

from ci_lint.checking import Cache, Checker
from ci_lint.cli.main import command
from ci_lint.cli.options import PARAMETERS
from ci_lint.files.ignoring import NEVER
from ci_lint.reports import FORMS
from ci_lint.settings import Settings, load
from ci_lint.settings.section import KEYS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "lint.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_the_configuration_of_the_page_is_one_and_has_every_key(tmp_path: Path) -> None:
    (block,) = blocks(PAGE, "toml")
    (tmp_path / "lib").mkdir()
    (tmp_path / "pyproject.toml").write_text(block)
    settings = load([tmp_path])
    assert "CI025" in settings.codes
    assert "CI017" not in settings.codes
    assert settings.src == (tmp_path / "lib",)
    assert {line.partition(" ")[0] for line in block.splitlines()[1:]} == {*KEYS} - {"select"}


def test_the_page_names_every_form_of_output_and_every_option() -> None:
    for form in FORMS:
        assert f"`{form}`" in PAGE
    text = PAGE + str(command.help)
    options = [[*parameter.opts, *parameter.secondary_opts] for parameter in PARAMETERS if parameter.name != "paths"]
    assert not [names for names in options if not any(name in text for name in names)]


@pytest.mark.parametrize("name", [".git", ".venv", "venv", "node_modules", "build", "dist", "site-packages"])
def test_the_directories_that_the_page_names_are_left_out(name: str) -> None:
    assert name in NEVER


def test_the_code_in_readme_and_docs_has_no_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we show is what we would let pass; a page about mistakes is not linted."""
    monkeypatch.chdir(tmp_path)
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    contents = {
        Path(f"{page.stem}_{number}.py"): block.encode()
        for page in pages
        if page.name != "lint.md"
        for number, block in enumerate(blocks(page.read_text(), "python"))
    }
    assert len(contents) > 3
    found = Checker(Settings(tmp_path), Cache(None)).check([*contents], contents)
    assert [each for diagnostics in found.values() for each in diagnostics] == []
