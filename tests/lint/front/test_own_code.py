from __future__ import annotations

from pathlib import Path

import pytest

from ci_lint.cli.main import main

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.timeout(900)
def test_our_own_code_has_no_findings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in the repository passes `ci-lint`, with the exceptions that pyproject.toml lists."""
    monkeypatch.chdir(ROOT)
    assert main(["--no-cache", "--output-format", "concise"]) == 0, capsys.readouterr().out
