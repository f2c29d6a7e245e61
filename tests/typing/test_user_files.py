from __future__ import annotations

import re
from pathlib import Path

import pytest

import ci
from tests.typing.checkers import Finding, marked

pytestmark = pytest.mark.timeout(600)
"""Type checkers share the machine with everything else that is tested."""


def test_right_programs_are_accepted(findings: list[Finding]) -> None:
    """What the documentation shows, and what users write around it, is accepted by both checkers at their strictest."""
    assert [each for each in findings if each.file.startswith("accepted")] == []


def test_mistakes_are_refused_at_their_line_and_nowhere_else(findings: list[Finding], users: Path) -> None:
    """Each marked line is reported by the checkers that its mark names, and no other line by any."""
    found = {(each.file, each.line, each.checker): each.text for each in findings if each.file.startswith("refused")}
    wanted = {(each.file, each.line, each.checker) for each in marked(users)}
    assert sorted(wanted - set(found)) == [], "not refused"
    assert [(place, text) for place, text in found.items() if place not in wanted] == [], "refused, but not marked"


def test_there_are_mistakes_enough(users: Path) -> None:
    """More than forty lines are marked, and both checkers are held to each of them."""
    lines = {(each.file, each.line) for each in marked(users)}
    assert len(lines) >= 40
    assert len(marked(users)) == 2 * len(lines)


def test_every_public_name_is_used(users: Path) -> None:
    """The accepted programs use each name of `ci`, so that none goes untried."""
    text = "\n".join(path.read_text("utf-8") for path in (users / "accepted").glob("*.py"))
    assert set(ci.__all__) - set(re.findall(r"\bci\.(\w+)", text)) == set()
