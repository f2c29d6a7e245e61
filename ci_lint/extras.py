"""Parts of the linter that need libraries which a plain installation does not bring."""

from __future__ import annotations

import importlib
from types import ModuleType

from ci_lint.errors import LintError


def with_extra(name: str, library: str, extra: str, asked: str) -> ModuleType:
    """Return a module of ours that needs a library which a plain installation does not bring.

    Args:
        name: The module.
        library: What it needs.
        extra: What brings it.
        asked: What the user asked for, for the error.

    Raises:
        LintError: The library is not there.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != library:
            raise
        raise LintError(f"{asked} needs {library}; install it with: pip install 'turboci-lite[{extra}]'") from error
