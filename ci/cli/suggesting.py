"""Near misses for names that do not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(wanted: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` if a known name is close, else nothing.

    Example:
        >>> near("biuld", ["build", "test"])
        " (did you mean 'build'?)"
    """
    close = difflib.get_close_matches(wanted, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
