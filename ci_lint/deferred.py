"""Libraries that most runs do not need, loaded when they are first used: a linter's start is most of its time."""

from __future__ import annotations

import importlib
from types import ModuleType


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
