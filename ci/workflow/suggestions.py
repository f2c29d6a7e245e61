"""Near misses for ids that do not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'build'?)``, or nothing if no known word is close.

    Example:
        >>> did_you_mean("biuld", ["plan", "build"])
        " (did you mean 'build'?)"
    """
    near = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
