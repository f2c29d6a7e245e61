from __future__ import annotations

import pytest

from ci_lint.catalogue import ALWAYS, BY_CODE, RULES
from ci_lint.cli.explaining import explained
from ci_lint.explanations import EXPLANATIONS
from ci_lint.rules import RULES as WRITTEN


def test_the_list_and_the_rules_are_the_same_and_agree_on_what_runs() -> None:
    """A code has a rule, or an explanation of its own; never both."""
    assert not EXPLANATIONS.keys() & WRITTEN.keys()
    assert EXPLANATIONS.keys() | WRITTEN.keys() == BY_CODE.keys()
    assert {code: rule.default for code, rule in WRITTEN.items()} == {
        rule.code: rule.default for rule in RULES if rule.code in WRITTEN
    }
    assert all(BY_CODE[code].problem == rule.problem for code, rule in WRITTEN.items())


@pytest.mark.parametrize("code", [rule.code for rule in (*RULES, *ALWAYS)])
def test_every_code_is_explained_with_reason_and_fix(code: str) -> None:
    text = explained(code)
    assert text.startswith(f"# {BY_CODE[code].name} ({code})\n")
    assert "\n## Why\n" in text
    assert "\n## Fix\n" in text
    assert ("\n## Suppress\n" in text) == (BY_CODE[code] not in ALWAYS)


def test_names_and_summaries_are_written_alike() -> None:
    for rule in BY_CODE.values():
        assert rule.name == rule.name.lower()
        assert " " not in rule.name
        assert not rule.summary.endswith(".")
        assert len(rule.summary) < 70
