"""docs/testing.md: its tests are tests, and they pass."""

from __future__ import annotations

import re

import pytest

from tests.examples.running import ROOT

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")
BLOCK = r"^```python\n(.*?)^```$"
SNIPPETS = re.findall(BLOCK, PAGE, re.MULTILINE | re.DOTALL)


def test_every_test_of_the_page_passes(pytester: pytest.Pytester) -> None:
    """Each block of the page is a file that pytest runs as it stands there, warnings being errors."""
    (pipeline,) = (each for each in SNIPPETS if "def test_" not in each)
    tests = [each for each in SNIPPETS if "def test_" in each]
    pytester.makepyfile(pipeline=pipeline, **{f"test_{number}": text for number, text in enumerate(tests)})
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    done = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=len(tests))


def test_the_test_of_the_readme_passes(pytester: pytest.Pytester) -> None:
    """The test that README.md shows runs with the pipeline of the page."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (shown,) = (each for each in re.findall(BLOCK, readme, re.MULTILINE | re.DOTALL) if "ci_rehearsal" in each)
    (pipeline,) = (each for each in SNIPPETS if "def test_" not in each)
    pytester.makepyfile(pipeline + shown)
    pytester.runpytest_subprocess("-p", "no:asyncio", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_first_test_of_the_page_has_ten_lines() -> None:
    """What the page promises is what it shows, blank lines not counted."""
    first = next(each for each in SNIPPETS if "def test_" in each)
    assert len([line for line in first.splitlines() if line.strip()]) <= 10


def test_the_page_names_every_act() -> None:
    """Every way to script an attempt stands in the table of the page."""
    for act in ("succeed", "fail", "hang", "lose", "call"):
        assert f"| `{act}(" in PAGE
