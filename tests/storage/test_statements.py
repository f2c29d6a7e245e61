"""Named statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.storage.statements import statements

CHECKS = """-- Checks.

-- name: insert_check
-- Writes a new check.
INSERT INTO checks (id)
VALUES (?);

-- name: count_checks
SELECT count(*)  -- open ones too
FROM checks
"""


def test_loads(tmp_path: Path) -> None:
    """Each statement is found by its name, without the comments around it and without its semicolon."""
    (tmp_path / "checks.sql").write_text(CHECKS)
    sql = statements("checks", directory=tmp_path)
    assert dict(sql) == {
        "insert_check": "INSERT INTO checks (id)\nVALUES (?)",
        "count_checks": "SELECT count(*)  -- open ones too\nFROM checks",
    }
    assert len(sql) == 2


def test_unknown_name(tmp_path: Path) -> None:
    """An unknown name is an error that lists the known ones."""
    (tmp_path / "checks.sql").write_text(CHECKS)
    sql = statements("checks", directory=tmp_path)
    with pytest.raises(KeyError, match=r"checks.sql has no statement 'absent'; it has count_checks, insert_check"):
        sql["absent"]
    assert "absent" not in sql


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-- name: a\nSELECT 1\n-- name: a\nSELECT 2\n", "checks.sql names statement 'a' twice"),
        ("-- name: a\n-- only words\n-- name: b\nSELECT 2\n", "checks.sql has no SQL for statement 'a'"),
        ("-- name: a\n;\n", "checks.sql has no SQL for statement 'a'"),
        ("SELECT 1;\n-- name: a\nSELECT 2\n", "checks.sql has SQL before its first '-- name:' line"),
        ("-- name: A b\nSELECT 1\n", "checks.sql names a statement 'A b'"),
        ("-- name:\nSELECT 1\n", "checks.sql names a statement ''"),
        ("-- name: a\nSELECT 1;\nSELECT 2;\n", "checks.sql has more than one statement under 'a'"),
    ],
)
def test_malformed(tmp_path: Path, text: str, problem: str) -> None:
    """A name that is there twice, misspelt or without exactly one statement is an error when the file is loaded."""
    (tmp_path / "checks.sql").write_text(text)
    with pytest.raises(ValueError, match=problem):
        statements("checks", directory=tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    """A topic without a file is an error when it is loaded."""
    with pytest.raises(FileNotFoundError):
        statements("absent", directory=tmp_path)
