"""Exit codes of `turboci`; scripts may rely on them."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """What the exit code of a command says."""

    OK = 0
    """Everything that was asked for was done, and nothing failed."""
    FAILED = 1
    """The plan ran and a node failed, or it could not go on, or ran out of time."""
    USAGE = 2
    """Nothing was run: a wrong option or file, an invalid DAG, an orchestrator that cannot be reached or started."""
    INTERRUPTED = 130
    """Ctrl-C or SIGTERM."""
