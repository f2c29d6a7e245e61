"""Exit codes of `ci-lint`; scripts may rely on them."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """What the exit code says."""

    OK = 0
    """Everything was checked, and nothing was found."""
    FINDINGS = 1
    """Everything was checked, and something was found."""
    ERROR = 2
    """Something was not checked: wrong option, configuration or path, a file that cannot be read, our own mistake."""
    INTERRUPTED = 130
    """Ctrl-C."""
