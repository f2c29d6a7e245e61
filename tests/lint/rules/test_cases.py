"""Every rule finds what its cases say, nothing else, and mends what they say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

import pytest

from ci_lint import catalogue
from ci_lint.findings import Safety
from ci_lint.rules import RULES, Example, Rule
from tests.lint.rules.linting import codes_of, lint, mended

Case: TypeAlias = tuple[Rule, Example]


def invalid() -> Iterator[object]:
    for rule in RULES.values():
        for number, example in enumerate(rule.invalid):
            yield pytest.param(rule, example, id=f"{rule.code}-{number}")


def fixable() -> Iterator[object]:
    for rule in RULES.values():
        for number, example in enumerate(rule.invalid):
            if example.fixed is not None:
                yield pytest.param(rule, example, id=f"{rule.code}-{number}")


def valid() -> Iterator[object]:
    for rule in RULES.values():
        for number, source in enumerate(rule.valid):
            yield pytest.param(rule, source, id=f"{rule.code}-{number}")


@pytest.mark.parametrize(("rule", "example"), list(invalid()))
def test_it_finds_what_is_wrong(rule: Rule, example: Example) -> None:
    ast.parse(example.source)
    found = lint(example.source, rule.code)
    assert [each.code for each in found] == [rule.code] * example.count
    assert all(_says(rule, each.message) for each in found)


@pytest.mark.parametrize(("rule", "example"), list(invalid()))
def test_no_rule_fails_on_the_cases_of_others(rule: Rule, example: Example) -> None:
    assert set(codes_of(example.source)) <= set(RULES)


@pytest.mark.parametrize(("rule", "source"), list(valid()))
def test_it_is_silent_where_nothing_is_wrong(rule: Rule, source: str) -> None:
    ast.parse(source)
    assert codes_of(source, rule.code) == []


@pytest.mark.parametrize(("rule", "example"), list(fixable()))
def test_its_fix_gives_the_mended_form(rule: Rule, example: Example) -> None:
    fixed = mended(example.source, rule.code)
    assert fixed == example.fixed
    ast.parse(fixed)


@pytest.mark.parametrize(("rule", "example"), list(fixable()))
def test_its_fix_works_with_every_encoding_and_line_end(rule: Rule, example: Example) -> None:
    """Nothing but the places that are mended changes, in bytes."""
    fixed = example.fixed or ""
    assert mended(example.source.replace("\n", "\r\n"), rule.code) == fixed.replace("\n", "\r\n")
    assert mended(f"\ufeff# 'ä€'\n{example.source}", rule.code) == f"\ufeff# 'ä€'\n{fixed}"


@pytest.mark.parametrize(("rule", "example"), list(invalid()))
def test_what_has_no_mended_form_is_left_alone(rule: Rule, example: Example) -> None:
    if example.fixed is None:
        assert mended(example.source, rule.code) == example.source


@pytest.mark.parametrize(("rule", "example"), list(fixable()))
def test_safe_fixes_leave_nothing_to_mend_safely(rule: Rule, example: Example) -> None:
    once = mended(example.source, rule.code, unsafe=False)
    assert all(each.fix is None or each.fix.safety is Safety.UNSAFE for each in lint(once, rule.code))


def test_rules_are_the_list_that_options_and_comments_may_name() -> None:
    comments = {"CI090", "CI091"}
    assert [rule.code for rule in catalogue.RULES if rule.code not in comments] == list(RULES)
    for entry in catalogue.RULES:
        if entry.code not in comments:
            assert (entry.problem, entry.default) == (RULES[entry.code].problem, RULES[entry.code].default)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_is_explained_and_has_cases(rule: Rule) -> None:
    assert rule.what.endswith(".")
    assert rule.why.endswith(".")
    assert bool(rule.fix) == (rule.code == "CI021" or any(each.fixed is not None for each in rule.invalid))
    assert rule.valid
    assert rule.invalid or rule.code == "CI021"


def _says(rule: Rule, message: str) -> bool:
    """Return whether a message is the wording of the rule with values filled in."""
    parts = [part.rpartition("}")[2] for part in rule.problem.wording.split("{")]
    at = 0
    for part in parts:
        at = message.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
