from __future__ import annotations

import sys

import pytest

from ci_lint.cli.main import main
from ci_lint.errors import LintError
from ci_lint.extras import with_extra


@pytest.mark.parametrize(
    ("arguments", "library", "module", "extra"),
    [
        (["server"], "pygls", "ci_lint.server", "lsp"),
        (["--watch"], "watchfiles", "ci_lint.cli.watching", "watch"),
    ],
)
def test_what_a_plain_installation_does_not_bring_is_named_with_the_way_to_get_it(
    arguments: list[str],
    library: str,
    module: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [*sys.modules]:
        if name.startswith((module, f"{library}.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert f"needs {library}; install it with: pip install 'turboci-lite[{extra}]'" in error
    assert "Traceback" not in error


def test_another_missing_module_is_no_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        with_extra("nowhere", "pygls", "lsp", "it")
    assert not issubclass(ModuleNotFoundError, LintError)
