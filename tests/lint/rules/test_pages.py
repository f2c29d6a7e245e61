from __future__ import annotations

from tests.lint.rules import pages


def test_the_pages_are_what_the_rules_say() -> None:
    """Run ``python -m tests.lint.rules.pages --write`` when this fails."""
    made = pages.pages()
    assert {name: (pages.FOLDER / name).read_text("utf-8") for name in made} == made


def test_there_is_no_page_of_a_rule_that_is_gone() -> None:
    found = {path.name for path in pages.FOLDER.iterdir()}
    assert found == {*pages.pages(), pages.RECALL}
