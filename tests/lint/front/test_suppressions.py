from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_lint.catalogue import RULES
from ci_lint.findings import Diagnostic, Safety
from ci_lint.suppressions import applying
from tests.lint.front.findings import PATH, finding

EVERY_RULE = frozenset(rule.code for rule in RULES)


def judged(source: str, *found: Diagnostic, codes: frozenset[str] = EVERY_RULE) -> list[str]:
    return [each.code for each in applying.apply(found, PATH, source.encode(), codes).shown]


def mended(source: str, *found: Diagnostic) -> str:
    """Return the source after the first fix that is offered for a comment."""
    content = source.encode()
    shown = applying.apply(found, PATH, content, EVERY_RULE).shown
    fix = next(each.fix for each in shown if each.fix is not None)
    assert fix.safety is Safety.SAFE
    for edit in reversed(fix.edits):
        content = content[: edit.span.start] + edit.replacement + content[edit.span.end :]
    return content.decode()


@pytest.mark.parametrize(
    "source",
    [
        "a.after(b, b)  # ci-lint: ignore[CI003]\n",
        "a.after(b, b)  #ci-lint:ignore[CI003]\n",
        "a.after(b, b)  # ci-lint: ignore[duplicate-dependency]\n",
        "a.after(b, b)  # type: ignore[x]  # ci-lint: ignore[CI003] because the test wants it\n",
        "# ci-lint: ignore[CI003]\na.after(b, b)\n",
        "# ci-lint: ignore[CI003]\n\n# why it is so\na.after(b, b)\n",
        "a.after(b, b)  # noqa\n",
        "a.after(b, b)  # noqa: CI003\n",
        "a.after(b, b)  # NOQA:F401,ci003\n",
        "a.after(\n    b, b\n)  # ci-lint: ignore[CI003]\n",
        "a.after(  # ci-lint: ignore[CI003]\n    b, b\n)\n",
        "a.after(\n    b, b  # ci-lint: ignore[CI003]\n)\n",
        "# ci-lint: ignore-file[CI003]\n\n\na.after(b, b)\n",
        "a.after(b, b)\n# ci-lint: ignore-file[CI003]\n",
        "if x:\n    # ci-lint: ignore[CI003]\n    a.after(b, b)\n",
        "ä = 'ö'; a.after(b, b)  # ci-lint: ignore[CI003]\n",
        "a.after(b, b)  # ci-lint: ignore[CI003]",
        "x = 1\r\na.after(b, b)  # ci-lint: ignore[CI003]\r\n",
        "x = 1\ra.after(b, b)  # ci-lint: ignore[CI003]\r",
    ],
)
def test_a_comment_hides_what_it_names(source: str) -> None:
    assert judged(source, finding(source, "b, b")) == []


@pytest.mark.parametrize(
    "source",
    [
        "s = '# ci-lint: ignore[CI003]'; a.after(b, b)\n",
        "s = '''\n# ci-lint: ignore-file[CI003]\n'''; a.after(b, b)\n",
        "# see `# ci-lint: ignore[CI003]`\na.after(b, b)\n",
        "# ci-lint: runs in pre-commit\na.after(b, b)\n",
        "a.after(b, b)  # noqa: F401\n",
        "a.after(b, b)  # noqarama\n",
        "a.after(b, b)  # noqa: CI0031\n",
    ],
)
def test_what_only_looks_like_a_suppression_hides_nothing_and_is_no_mistake(source: str) -> None:
    assert judged(source, finding(source, "b, b")) == ["CI003"]


def test_a_comment_does_not_reach_beyond_its_statement() -> None:
    source = "a.after(b, b)  # ci-lint: ignore[CI003]\nc.after(d, d)\n"
    assert judged(source, finding(source, "b, b"), finding(source, "d, d")) == ["CI003"]


def test_a_comment_in_the_middle_of_a_statement_speaks_for_its_line_only() -> None:
    source = "a.after(\n    b,\n    c,  # ci-lint: ignore[CI003]\n    b,\n)\n"
    assert judged(source, finding(source, "b,", nth=1)) == ["CI090", "CI003"]


@pytest.mark.parametrize("code", ["CI900", "CI901", "CI902"])
def test_what_says_that_a_file_was_not_checked_cannot_be_hidden(code: str) -> None:
    source = "a.after(b, b)  # noqa\n"
    assert judged(source, finding(source, "b, b", code)) == [code]
    source = "a.after(b, b)  # ci-lint: ignore[CI900]\n"
    assert judged(source) == ["CI091"]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("a = 1  # ci-lint: ignore[CI003]\n", "a = 1\n"),
        ("a = 1\n# ci-lint: ignore[CI003]\nb = 1\n", "a = 1\nb = 1\n"),
        ("a = 1\n# ci-lint: ignore-file[CI003]", "a = 1\n"),
        ("a = 1  # ci-lint: ignore[CI003]  # type: ignore\n", "a = 1  # type: ignore\n"),
        ("a = 1  # type: ignore  # ci-lint: ignore[CI003]\n", "a = 1  # type: ignore\n"),
        ("a = 1  # ci-lint: ignore[CI003] while it lasts\n", "a = 1  # while it lasts\n"),
        ("a = 1  # noqa: CI003\n", "a = 1\n"),
        ("a = 1  # noqa: F401, CI003\n", "a = 1  # noqa: F401\n"),
        ("a = 1  # noqa: CI003, F401\n", "a = 1  # noqa: F401\n"),
        ("ä = 'ß'  # ci-lint: ignore[CI003]\r\n", "ä = 'ß'\r\n"),
    ],
)
def test_a_comment_that_hides_nothing_is_found_and_can_be_removed(source: str, wanted: str) -> None:
    assert judged(source) == ["CI090"]
    assert mended(source) == wanted


@pytest.mark.parametrize(
    ("listed", "left"),
    [("CI003, CI004", "CI003"), ("CI004,CI003", "CI003"), ("CI004, CI003, CI005", "CI003")],
)
def test_of_several_rules_only_those_that_hide_nothing_are_removed(listed: str, left: str) -> None:
    source = f"a.after(b, b)  # ci-lint: ignore[{listed}]\n"
    found = finding(source, "b, b")
    assert judged(source, found) == ["CI090"]
    assert mended(source, found) == f"a.after(b, b)  # ci-lint: ignore[{left}]\n"


def test_a_comment_is_not_unused_because_its_rule_did_not_run() -> None:
    source = "a = 1  # ci-lint: ignore[CI003]\n"
    assert judged(source, codes=EVERY_RULE - {"CI003"}) == []
    assert judged(source, codes=EVERY_RULE - {"CI090"}) == []


def test_a_plain_noqa_is_never_unused() -> None:
    assert judged("import os  # noqa\nx = 1  # noqa: F401, E501\n") == []


def test_mistakes_about_comments_can_be_hidden_too() -> None:
    assert judged("a = 1  # ci-lint: ignore[CI003, CI090]\n") == []


@pytest.mark.parametrize(
    ("comment", "part"),
    [
        ("ignore", "does not list its rules in brackets"),
        ("ignore CI003", "does not list its rules in brackets"),
        ("ignore[CI003", "does not list its rules in brackets"),
        ("ignore[]", "names no rule; write `# ci-lint: ignore[CI003]`"),
        ("ignroe[CI003]", "says 'ignroe', which is no way to suppress a finding (did you mean 'ignore'?)"),
        ("disable=CI003", "says 'disable'"),
        ("[CI003]", "says nothing"),
        ("ignore[CI3000]", "names 'CI3000', which is no rule"),
        ("ignore[duplicate-dependencies]", "did you mean 'duplicate-dependency'?"),
        ("ignore-file[CI003]", "put it on a line of its own"),
    ],
)
def test_a_comment_that_cannot_be_understood_is_found(comment: str, part: str) -> None:
    source = f"a = 1  # ci-lint: {comment}\n"
    (shown,) = applying.apply((), PATH, source.encode(), EVERY_RULE).shown
    assert shown.code == "CI091"
    assert part in shown.message


@pytest.mark.parametrize(
    ("written", "meant"),
    [("ci003", "CI003"), ("Duplicate_Dependency", "duplicate-dependency"), ("'CI003'", "CI003")],
)
def test_another_spelling_of_a_rule_is_mended(written: str, meant: str) -> None:
    source = f"a = 1  # ci-lint: ignore[{written}]\n"
    assert mended(source) == f"a = 1  # ci-lint: ignore[{meant}]\n"


def test_a_file_that_was_not_checked_gets_no_remarks_about_comments() -> None:
    assert judged("def (:  # ci-lint: ignore[CI003]\n") == []
    source = "x = 1  # ci-lint: ignore[CI003]\n"
    for code in ("CI900", "CI901", "CI902"):
        assert judged(source, finding(source, "x", code)) == [code]


@given(st.text(alphabet="#ci-lint: ignore[CI003,]noqa'\n\r\t\x0cä(\\\0", max_size=80))
def test_no_text_makes_it_stumble_and_fixes_stay_inside_comments(source: str) -> None:
    content = source.encode()
    for each in applying.apply((), PATH, content, EVERY_RULE).shown:
        assert each.code in {"CI090", "CI091"}
        for edit in each.fix.edits if each.fix else ():
            assert 0 <= edit.span.start <= edit.span.end <= len(content)
            assert b"#" in content[edit.span.start : edit.span.end] or b"CI" in content[edit.span.start : edit.span.end]
