"""What ends a run of the linter before it can say anything about the code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ci_lint.deferred import deferred

if TYPE_CHECKING:
    import difflib
else:
    difflib = deferred("difflib")


class LintError(Exception):
    """The linter cannot do what it was asked to: wrong option, wrong configuration, missing file.

    Example:
        >>> raise LintError("src does not exist")
        Traceback (most recent call last):
        ci_lint.errors.LintError: src does not exist
    """


class UnknownRule(LintError):
    """A word names no rule."""


class ConfigurationError(LintError):
    """The configuration is not what it should be."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'select'?)``, or nothing if no known word is close.

    Example:
        >>> did_you_mean("slect", ["select", "ignore"])
        " (did you mean 'select'?)"
    """
    near = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
