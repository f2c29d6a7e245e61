from __future__ import annotations

import re

import pytest

from turboci import problems
from turboci.problems import RULES, Problem, Rule


def test_codes_and_names_are_unique() -> None:
    """A code means one rule, and so does a name."""
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert all(code == rule.code for code, rule in RULES.items())
    assert len(RULES) == sum(isinstance(value, Rule) for value in vars(problems).values())


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_is_named_in_one_way(rule: Rule) -> None:
    """Codes are CI and three digits, names are words with hyphens, wordings fill in whole."""
    assert re.fullmatch(r"CI\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    values = {field: f"<{field}>" for field in re.findall(r"\{(\w+)\}", rule.wording)}
    text = rule.text(**values)
    assert all(value in text for value in values.values())


def test_a_problem_is_one_line() -> None:
    """A problem with a place starts with it."""
    assert (
        str(Problem("CI016", "stage 's'", "stage 's' has no runner", "a.py:3"))
        == "a.py:3: CI016 stage 's' has no runner"
    )
    assert str(Problem("CI026", "", "the DAG has no nodes", "")) == "CI026 the DAG has no nodes"
