"""Libraries that most runs do not need, loaded when they are first used: a linter's start is most of its time."""

from __future__ import annotations

import importlib
from types import ModuleType

from ci_lint.errors import LintError


class _Deferred(ModuleType):
    """Stands for a module until it is needed, and then hands out what is in it."""

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module(self.__name__), name)


def deferred(name: str) -> ModuleType:
    """Return a module that is loaded when an attribute of it is first read.

    The reader says ``if TYPE_CHECKING: import x`` and ``else: x = deferred("x")``, so that type checkers and the test
    of the arrows see the import.
    """
    return _Deferred(name)


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
