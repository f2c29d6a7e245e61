from __future__ import annotations

import pytest

from ci_lint.rules import Rule
from tests.lint.recall.listed import LISTED
from tests.lint.recall.recall import all_rules, count, noise

MOST = 1
"""How many cases of each rule are rewritten here; ``python -m tests.lint.recall`` rewrites all."""


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_mistake_is_found_however_it_is_written(rule: Rule) -> None:
    tally = count([rule], MOST)
    assert {miss.name for miss in tally.missed} - LISTED == set(), tally.missed[0].variant.source
    listed = {name for name in LISTED if name[0] == rule.code and name[1] < MOST}
    assert listed - {miss.name for miss in tally.missed} == set(), "found: take it off the list"
    assert sum(tally.tried.values()) >= 14


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_what_is_right_stays_so_however_it_is_written(rule: Rule) -> None:
    assert [(miss.name, miss.variant.source) for miss in noise([rule], MOST)] == []
