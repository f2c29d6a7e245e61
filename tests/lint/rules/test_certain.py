from __future__ import annotations

import ast

import pytest

from ci_lint.rules import RULES
from tests.lint.rules.certain import SILENT
from tests.lint.rules.linting import lint

DEFAULT = tuple(rule.code for rule in RULES.values() if rule.default)


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_said_that_is_not_certain(name: str) -> None:
    ast.parse(SILENT[name])
    found = [f"{each.code} {each.message}" for each in lint(SILENT[name], *DEFAULT)]
    assert found == []
